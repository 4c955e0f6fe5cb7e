import { randomUUID } from 'node:crypto'
import * as v from 'valibot'
import { readBody } from './body.ts'
import type { Answer, Call } from './call.ts'
import { findProvider, PRODUCTS } from './providers.ts'
import { refuse } from './refusal.ts'
import { type Connection, lookUp, type Session, type State } from './state.ts'

const MINUTE = 60_000
const DEFAULT_MINUTES = 129_600
const DEFAULT_REAUTH_MINUTES = 43_200

const Name = v.pipe(v.string(), v.minLength(1), v.maxLength(255))
const Minutes = v.pipe(v.number(), v.minValue(1), v.maxValue(129_600))
const Products = v.pipe(
  v.array(v.picklist(PRODUCTS)),
  v.minLength(1),
  v.check(
    (products) => !(products.includes('deduction') && products.includes('benefits')),
    'deduction is an alias of benefits and must not be combined with it',
  ),
)

const NewSession = v.looseObject({
  customer_id: Name,
  customer_name: Name,
  products: Products,
  customer_email: v.nullish(v.pipe(v.string(), v.email())),
  integration: v.nullish(
    v.looseObject({
      provider: v.string(),
      auth_method: v.nullish(v.picklist(['assisted', 'credential', 'oauth', 'api_token'])),
    }),
  ),
  manual: v.nullish(v.boolean()),
  minutes_to_expire: v.nullish(Minutes),
  redirect_uri: v.nullish(v.string()),
  sandbox: v.nullish(v.picklist(['finch', 'provider'])),
})

const ReauthSession = v.looseObject({
  connection_id: v.string(),
  // Finch's document gives no bounds here, unlike for a new session.
  minutes_to_expire: v.optional(v.pipe(v.number(), v.safeInteger())),
  products: v.nullish(Products),
  redirect_uri: v.nullish(v.string()),
})

/** `POST /connect/sessions`: 201 with `session_id` and `connect_url`. */
export function createSession(call: Call): Answer {
  const body = readBody(NewSession, call.body)
  const { state, application } = call
  const integration = body.integration ?? null
  if (integration !== null) checkIntegration(integration.provider, integration.auth_method ?? null)
  checkRedirectUri(call, body.redirect_uri ?? null)
  if ((body.sandbox ?? null) !== null && state.rules.clientType !== 'sandbox') {
    throw refuse.invalidRequest('sandbox: only sandbox applications may ask for it')
  }
  const existing = blockingConnection(state, application.clientId, body.customer_id, integration?.provider ?? null)
  if (existing !== undefined) throw refuse.alreadyExists(body.customer_id, existing.id)

  return openSession(call, {
    customer: { id: body.customer_id, name: body.customer_name, email: body.customer_email ?? null },
    products: body.products,
    provider: integration?.provider ?? null,
    authMethod: integration?.auth_method ?? null,
    manual: body.manual ?? false,
    redirectUri: body.redirect_uri ?? null,
    sandbox: body.sandbox ?? null,
    reauthOf: null,
    expiresAt: call.now + (body.minutes_to_expire ?? DEFAULT_MINUTES) * MINUTE,
  })
}

/** `POST /connect/sessions/reauthenticate`: like a new session, but customer, provider and way to log in are the connection's. */
export function createReauthSession(call: Call): Answer {
  const body = readBody(ReauthSession, call.body)
  const connection = lookUp(call.state.connections, body.connection_id)
  if (connection === undefined || connection.disconnected || connection.clientId !== call.application.clientId) {
    throw refuse.noConnection()
  }
  checkRedirectUri(call, body.redirect_uri ?? null)

  return openSession(call, {
    customer: connection.customer,
    products: body.products ?? connection.products,
    provider: connection.provider,
    authMethod: connection.method,
    manual: connection.method === 'assisted',
    redirectUri: body.redirect_uri ?? null,
    sandbox: connection.type === 'finch' ? 'finch' : null,
    reauthOf: connection.id,
    expiresAt: call.now + (body.minutes_to_expire ?? DEFAULT_REAUTH_MINUTES) * MINUTE,
  })
}

function openSession(call: Call, asked: Omit<Session, 'id' | 'clientId' | 'used'>): Answer {
  const { state, application } = call
  const id = randomUUID()
  state.sessions[id] = { id, clientId: application.clientId, ...asked, used: false }
  return { status: 201, json: { session_id: id, connect_url: `${application.origin}/authorize?session=${id}` } }
}

function checkIntegration(providerId: string, method: string | null): void {
  const provider = findProvider(providerId)
  if (provider === undefined) throw refuse.invalidRequest(`integration.provider: ${providerId} is not a provider`)
  if (method !== null && !provider.methods.some((offered) => offered === method)) {
    throw refuse.invalidRequest(`integration.auth_method: ${providerId} does not support ${method}`)
  }
}

function checkRedirectUri(call: Call, redirectUri: string | null): void {
  if (redirectUri !== null && !call.application.redirectUris.includes(redirectUri)) {
    throw refuse.invalidRequest('redirect_uri: is not registered for this application')
  }
}

/** The live connection that stands in the way of a new one, by the scope the rules give. */
function blockingConnection(
  state: State,
  clientId: string,
  customerId: string,
  provider: string | null,
): Connection | undefined {
  const scope = state.rules.alreadyExists
  if (scope === 'never') return undefined
  return Object.values(state.connections).find(
    (connection) =>
      !connection.disconnected &&
      connection.clientId === clientId &&
      connection.customer?.id === customerId &&
      (scope === 'customer' || connection.provider === provider),
  )
}
