import type Finch from '@tryfinch/finch-api'
import * as v from 'valibot'
import { isApplication } from './admit.ts'
import { readBody } from './body.ts'
import { type Answer, type Call, ok, type TokenCall } from './call.ts'
import { fulfill } from './grant.ts'
import { refuse } from './refusal.ts'
import { type Connection, lookUp } from './state.ts'
import { announceFirstSync, announceStatus } from './webhook-events.ts'

const Exchange = v.looseObject({
  code: v.string(),
  client_id: v.optional(v.string()),
  client_secret: v.optional(v.string()),
  redirect_uri: v.optional(v.string()),
})

/**
 * `POST /auth/token`. A bad code is refused the same way whoever asks, so the code is looked at before the credentials;
 * a good code survives an exchange with bad ones.
 */
export function exchangeCode(call: Call): Answer {
  const body = readBody(Exchange, call.body)
  const { state, application } = call
  const code = lookUp(state.codes, body.code)
  if (code === undefined || code.used || code.expiresAt <= call.now) throw refuse.invalidGrant()
  const session = lookUp(state.sessions, code.sessionId)
  if (session === undefined) throw refuse.invalidGrant()
  if (!isApplication(application, body.client_id ?? '', body.client_secret ?? '')) throw refuse.invalidClient()
  // A redirect flow must name its address again, an embedded flow must not.
  const redirectUri = body.redirect_uri ?? null
  if (session.clientId !== application.clientId || code.redirectUri !== redirectUri) throw refuse.invalidGrant()

  const granted = fulfill(state, session, code, call.now)
  if (granted === null) throw refuse.invalidGrant()
  code.used = true
  const { accessToken, connection, isNew } = granted
  announceStatus(state, connection)
  if (isNew && connection.lastSync !== null) announceFirstSync(state, connection, application.origin)
  const answer: Finch.CreateAccessTokenResponse = {
    access_token: accessToken,
    token_type: 'bearer',
    connection_id: connection.id,
    connection_type: connection.type,
    client_type: connection.clientType,
    products: [...connection.products],
    provider_id: connection.provider,
    entity_ids: liveEntities(connection).map(({ id }) => id),
    customer_id: connection.customer?.id ?? null,
    customer_name: connection.customer?.name ?? null,
    ...companyAndAccount(connection),
  }
  return ok(answer)
}

/** `GET /introspect`: works in every state of a connection but disconnected. */
export function introspect(call: TokenCall): Answer {
  const { connection, token } = call
  const status = {
    status: connection.status,
    message: STATUS_MESSAGES[connection.status],
    last_successful_sync: connection.lastSync === null ? null : new Date(connection.lastSync).toISOString(),
  }
  const answer: Finch.Introspection = {
    id: token.id,
    client_id: connection.clientId,
    client_type: connection.clientType,
    connection_id: connection.id,
    connection_status: status,
    connection_type: connection.type,
    products: [...connection.products],
    provider_id: connection.provider,
    payroll_provider_id: connection.provider,
    authentication_methods: [
      { type: connection.method, connection_status: status, products: [...connection.products] },
    ],
    entities: connection.entities.map((entity) => ({
      id: entity.id,
      name: entity.name,
      source_id: entity.sourceId,
      status: entity.status,
    })),
    customer_id: connection.customer?.id ?? null,
    customer_name: connection.customer?.name ?? null,
    customer_email: connection.customer?.email ?? null,
    username: connection.method === 'credential' ? connection.user : null,
    manual: connection.method === 'assisted',
    ...companyAndAccount(connection),
  }
  return ok(answer)
}

/** `POST /disconnect`: the whole connection and all its tokens, for good. */
export function disconnect(call: TokenCall): Answer {
  call.connection.disconnected = true
  announceStatus(call.state, call.connection)
  return ok({ status: 'success' } satisfies Finch.DisconnectResponse)
}

const EntityIds = v.looseObject({ entity_ids: v.pipe(v.array(v.pipe(v.string(), v.uuid())), v.minLength(1)) })

/** `POST /disconnect-entity`: the other entities and the token stay. */
export function disconnectEntity(call: TokenCall): Answer {
  const body = v.safeParse(EntityIds, call.body)
  if (!body.success) throw refuse.entityIds()
  const ids = new Set(body.output.entity_ids)
  const leaving = liveEntities(call.connection).filter(({ id }) => ids.delete(id))
  if (ids.size > 0) throw refuse.noEntities([...ids])
  for (const entity of leaving) {
    entity.status = 'disconnected'
    announceStatus(call.state, call.connection, entity)
  }
  return ok({ status: 'success' } satisfies Finch.DisconnectEntityResponse)
}

const STATUS_MESSAGES: Readonly<Record<Connection['status'], string>> = {
  pending: 'Waiting for access to the provider.',
  processing: 'The first data sync is running.',
  connected: 'The connection is working.',
  reauth: 'The employer must authenticate again.',
  error_no_account_setup: 'The employer has not added the account in the provider.',
  error_permissions: 'The account lacks permissions in the provider.',
}

function liveEntities(connection: Connection) {
  return connection.entities.filter((entity) => entity.status !== 'disconnected')
}

/** A connection of several entities has no one company; Finch leaves `company_id` out there. */
function companyAndAccount(connection: Connection): { company_id?: string; account_id?: string } {
  const [first, ...others] = connection.entities
  return {
    ...(others.length === 0 ? { company_id: connection.companyId } : {}),
    ...(first === undefined ? {} : { account_id: first.id }),
  }
}
