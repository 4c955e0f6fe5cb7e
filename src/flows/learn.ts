/**
 * What is learned about a connection, saved with what changed: its history tells when trouble began, whoever looks at it
 * later. A refusal of Finch that says something of the connection itself is learned too, before it is told.
 */
import type { App } from '../app.ts'
import { type Connection, STATUS_UNKNOWN } from '../domain/connection.ts'
import { DISCONNECTED, reconnectCommand, referenceTo, TOKEN_REFUSED } from '../domain/standing.ts'
import { FinchRefusal } from '../finch/refusals.ts'
import { Problem } from '../problem.ts'
import type { Refreshed } from '../store/connections.ts'

/**
 * Saves facts about a connection, and its changes of status as events. Facts that were gathered with a token which has
 * been replaced meanwhile are dropped. Answers with the record as it is now.
 */
export async function learn(app: Pick<App, 'store'>, connection: Connection, facts: Refreshed): Promise<Connection> {
  const { store } = app
  const { connectionId } = connection
  return store.atomically(async () => {
    const before = await store.connections.find(connectionId)
    if (before === null || before.generation !== connection.generation) return before ?? connection
    await store.connections.refresh(connectionId, facts)
    const about = { customerId: before.customerId, connectionId }
    const changed = facts.status !== undefined && facts.status !== before.status
    if (changed) await store.events.record('status_changed', about, { before: before.status, after: facts.status })
    for (const entity of facts.entities ?? []) {
      const known = before.entities.find(({ entityId }) => entityId === entity.entityId)
      if (known === undefined || known.status === entity.status) continue
      // What befalls the connection as a whole is told once.
      if (changed && entity.status === facts.status) continue
      const change = { entity_id: entity.entityId, before: known.status, after: entity.status }
      await store.events.record('entity_status_changed', about, change)
    }
    return (await store.connections.find(connectionId)) ?? before
  })
}

/** A call with the token of a connection. Where Finch does not take the token, that is remembered. */
export async function withTokenOf<T>(
  app: Pick<App, 'store'>,
  connection: Connection,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (!isTokenRefused(error)) throw error
    // Finch answers so for a connection that was ended, too; where that is known it stays known.
    const known = (await app.store.connections.find(connection.connectionId)) ?? connection
    if (known.status === DISCONNECTED) throw gone(known, error)
    // Of a token that Finch has not taken yet nothing is learned: later commands ask again.
    if (known.status === STATUS_UNKNOWN) throw notAcceptedYet(known, error)
    const now = await learn(app, connection, { status: TOKEN_REFUSED, statusMessage: null })
    if (now.generation !== connection.generation) throw replacedMeanwhile(now, error)
    throw new Problem('reauth_needed', `Finch rejected the token of connection ${known.connectionId}`, {
      code: 'token_refused',
      hint: `it was replaced, or the connection was disconnected: finchconn reauth ${referenceTo(now)} gets a new one, or says so`,
      requestId: error.requestId,
      cause: error,
    })
  }
}

function notAcceptedYet(connection: Connection, cause: FinchRefusal): Problem {
  return new Problem('undetermined', `Finch does not accept the new token of ${connection.connectionId} yet`, {
    code: 'unverified',
    hint: `ask again in a few minutes; if it stays like this: finchconn reauth ${referenceTo(connection)}`,
    requestId: cause.requestId,
    retryable: true,
    cause,
  })
}

/** A call that names a connection. Where Finch has no such connection any more, that is remembered. */
export async function naming<T>(app: Pick<App, 'store'>, connection: Connection, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (!isGone(error)) throw error
    throw gone(await learn(app, connection, { status: DISCONNECTED, statusMessage: null }), error)
  }
}

/** Said of a call that only sends a token: any 401 that is not about the employer's login is about the token. */
export function isTokenRefused(error: unknown): error is FinchRefusal {
  return error instanceof FinchRefusal && (error.code === 'invalid_token' || error.code === 'unauthorized')
}

/** Said of a call that names a connection: Finch has none of that id. Documented as 400, and 404 would be as plain. */
export function isGone(error: unknown): error is FinchRefusal {
  if (!(error instanceof FinchRefusal)) return false
  return error.code === 'connection_not_found' || (error.status === 404 && error.enveloped)
}

function gone(connection: Connection, refusal: FinchRefusal): Problem {
  return new Problem('not_found', `Finch no longer has connection ${connection.connectionId}: it was disconnected`, {
    code: 'connection_gone',
    hint: `${reconnectCommand(connection)} makes a new one`,
    requestId: refusal.requestId,
    cause: refusal,
  })
}

function replacedMeanwhile({ connectionId }: Connection, refusal: FinchRefusal): Problem {
  return new Problem('undetermined', `the token of connection ${connectionId} was replaced while Finch was asked`, {
    code: 'changed_meanwhile',
    hint: 'run it again',
    cause: refusal,
  })
}
