import { randomUUID } from 'node:crypto'
import * as v from 'valibot'
import { readBody } from './body.ts'
import { type Answer, type Call, ok, type TokenCall } from './call.ts'
import { addConnection, issueToken, makeConnection } from './grant.ts'
import { type AuthMethod, findProvider, type Provider } from './providers.ts'
import { refuse } from './refusal.ts'
import type { Connection } from './state.ts'
import { STATUSES, setStatus } from './status.ts'
import { announceFirstSync, announceStatus } from './webhook-events.ts'

// Connections without a trip through Connect. They have no customer, and their answers have another shape than
// /auth/token's.

const DEFAULT_PRODUCTS = ['company', 'directory', 'employment', 'individual']
const DEFAULT_SIZE = 20

const Method = v.picklist(['api_token', 'assisted', 'credential', 'oauth'])

const NewConnection = v.looseObject({
  provider_id: v.string(),
  authentication_type: v.optional(Method),
  products: v.optional(v.array(v.string())),
  employee_size: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000))),
})

const NewAccount = v.looseObject({
  company_id: v.string(),
  provider_id: v.string(),
  authentication_type: v.optional(Method),
  products: v.optional(v.array(v.string())),
})

const StatusChange = v.looseObject({ connection_status: v.optional(v.picklist(STATUSES)) })

/** `POST /sandbox/connections`: 200 with an access token at once. */
export function createSandboxConnection(call: Call): Answer {
  const body = readBody(NewConnection, call.body)
  const connection = connect(call, {
    companyId: randomUUID(),
    provider: body.provider_id,
    method: body.authentication_type,
    products: body.products,
    size: body.employee_size ?? DEFAULT_SIZE,
  })
  const accessToken = issueToken(call.state, connection, call.now)
  return ok({ ...describe(connection), access_token: accessToken, token_type: 'bearer' })
}

/** `POST /sandbox/connections/accounts`: a second way into a company that has one, as a connection of its own. */
export function createSandboxAccount(call: Call): Answer {
  const body = readBody(NewAccount, call.body)
  const known = Object.values(call.state.connections).find(
    (connection) => connection.companyId === body.company_id && connection.provider === body.provider_id,
  )
  if (known === undefined) throw refuse.notFound('No such company at this provider.')
  const connection = connect(call, {
    companyId: body.company_id,
    provider: body.provider_id,
    method: body.authentication_type,
    products: body.products,
    size: known.size,
  })
  return ok({ ...describe(connection), access_token: issueToken(call.state, connection, call.now) })
}

/** `PUT /sandbox/connections/accounts`: puts the connection of the token, and all its entities, into a status. */
export function setConnectionStatus(call: TokenCall): Answer {
  const { connection_status: status } = readBody(StatusChange, call.body ?? {})
  if (status !== undefined) {
    setStatus(call.connection, status)
    announceStatus(call.state, call.connection)
  }
  return ok(describe(call.connection))
}

interface Asked {
  readonly companyId: string
  readonly provider: string
  readonly method: v.InferOutput<typeof Method> | undefined
  readonly products: readonly string[] | undefined
  readonly size: number
}

function connect(call: Call, asked: Asked): Connection {
  const provider = findProvider(asked.provider)
  if (provider === undefined) throw refuse.invalidRequest(`provider_id: ${asked.provider} is not a provider`)
  const method = chosenMethod(provider, asked.method)
  const connection = addConnection(
    call.state,
    makeConnection(
      {
        clientId: call.application.clientId,
        clientType: call.state.rules.clientType,
        type: 'finch',
        customer: null,
        provider: provider.id,
        companyId: asked.companyId,
        size: asked.size,
        method,
        user: `sandbox ${randomUUID()}`,
        products: asked.products ?? DEFAULT_PRODUCTS,
        entities: [0],
      },
      call.now,
    ),
  )
  announceStatus(call.state, connection)
  if (connection.lastSync !== null) announceFirstSync(call.state, connection, call.application.origin)
  return connection
}

/** `authentication_type` knows no `api_credential`: `api_token` stands for it where a provider has that instead. */
function chosenMethod(provider: Provider, asked: v.InferOutput<typeof Method> | undefined): AuthMethod {
  const method = asked ?? provider.methods[0]
  if (provider.methods.includes(method)) return method
  if (method === 'api_token' && provider.methods.includes('api_credential')) return 'api_credential'
  throw refuse.mismatchedAuth(provider.id, method)
}

function describe(connection: Connection) {
  const entity = connection.entities[0]
  return {
    account_id: entity?.id ?? connection.id,
    authentication_type: connection.method === 'api_credential' ? 'api_token' : connection.method,
    company_id: connection.companyId,
    connection_id: connection.id,
    entity_id: entity?.id ?? connection.id,
    products: [...connection.products],
    provider_id: connection.provider,
  }
}
