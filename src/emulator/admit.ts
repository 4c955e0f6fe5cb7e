import { createHash, timingSafeEqual } from 'node:crypto'
import type { Answer, Application, DataEndpoint, DataProduct, TokenCall } from './call.ts'
import { countSuccess, refuseOverLimit } from './limits.ts'
import { findProvider, offers } from './providers.ts'
import { refuse } from './refusal.ts'
import type { EmulatorRules } from './rules.ts'
import { type Connection, type Entity, lookUp, type State, type Status, type Token } from './state.ts'

// Who may come in. The order of the checks is Finch's: credential, product of the token, state of the connection, rate
// limit, what the provider can do.

/** HTTP Basic with client id and secret. */
export function admitClient(authorization: string | undefined, application: Application): void {
  const encoded = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '')?.[1]
  if (encoded === undefined) throw refuse.noCredential()
  const [id = '', ...secret] = Buffer.from(encoded, 'base64').toString('utf8').split(':')
  if (!isApplication(application, id, secret.join(':'))) throw refuse.invalidClient()
}

export function isApplication(application: Application, clientId: string, clientSecret: string): boolean {
  return sameText(clientId, application.clientId) && sameText(clientSecret, application.clientSecret)
}

/** A bearer token of a live connection. A disconnected one looks like one that never was. */
export function admitToken(
  authorization: string | undefined,
  state: State,
): { accessToken: string; token: Token; connection: Connection } {
  const accessToken = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
  if (accessToken === undefined) throw refuse.noCredential()
  const token = lookUp(state.tokens, accessToken)
  const connection = token === undefined ? undefined : lookUp(state.connections, token.connectionId)
  if (token === undefined || token.retired || connection === undefined || connection.disconnected) {
    throw refuse.invalidToken()
  }
  return { accessToken, token, connection }
}

/** Runs a data endpoint for the one entity the request means, if token, connection, limits and provider allow it. */
export function withEntity(call: TokenCall, { product, limit = product, run }: DataEndpoint): Answer {
  const { connection } = call
  if (!isGranted(connection, product)) throw refuse.notAuthorized(product)
  const entity = chosenEntity(connection, call.query, call.state.rules.missingEntity)
  refuseByStatus(connection, connection.status)
  refuseByStatus(connection, entity.status)
  const limitKey = `${connection.clientId}/${limit}`
  refuseOverLimit(call.state, limitKey, limit, call.now)
  const provider = findProvider(connection.provider)
  if (provider === undefined || !offers(provider, connection.method, product)) {
    throw refuse.notImplemented(connection.provider, product)
  }
  const answer = run({ ...call, entity })
  countSuccess(call.state, limitKey, call.now)
  return answer
}

/** `deduction` is what benefits were called before. */
function isGranted({ products }: Connection, product: DataProduct): boolean {
  return products.includes(product) || (product === 'benefits' && products.includes('deduction'))
}

function chosenEntity(connection: Connection, query: URLSearchParams, missing: EmulatorRules['missingEntity']): Entity {
  const asked = [...query.getAll('entity_ids[]'), ...query.getAll('entity_ids')]
  if (asked.length > 1) throw refuse.invalidRequest('entity_ids: exactly one entity id is allowed')
  const live = connection.entities.filter((entity) => entity.status !== 'disconnected')
  if (asked.length === 0 && live.length > 1 && missing === 'refuse') {
    throw refuse.invalidRequest('entity_ids: this token has several entities; name one')
  }
  const entity = asked.length === 0 ? live[0] : live.find(({ id }) => id === asked[0])
  if (entity === undefined) throw refuse.notFound('No such entity on this connection.')
  return entity
}

function refuseByStatus(connection: Connection, status: Status | 'disconnected'): void {
  if (status === 'reauth') throw refuse.reauthenticate()
  if (status === 'error_no_account_setup') throw refuse.notSetUp()
  if (status === 'error_permissions') throw refuse.noPermission()
  if (status === 'processing') throw refuse.syncRunning()
  // What is still missing is not documented; here an assisted connection waits for the employer, any other for Finch.
  if (status === 'pending') {
    throw connection.method === 'assisted' ? refuse.authorizationPending() : refuse.accountantPending()
  }
}

function sameText(given: string, wanted: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(given), hash(wanted))
}
