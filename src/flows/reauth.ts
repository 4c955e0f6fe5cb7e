/** reauth: the guarded swap. The employer logs in again, and the new token takes the old one's place for this connection only. */
import type { App, FinchSide } from '../app.ts'
import type { Connection } from '../domain/connection.ts'
import { needOf } from '../domain/standing.ts'
import { Problem } from '../problem.ts'
import { attempt } from './attempt.ts'
import { naming } from './learn.ts'
import type { Tell } from './news.ts'
import { refresh } from './refresh.ts'
import { remarkSharedToken, tokenOf } from './token.ts'

export interface ReauthWish {
  readonly connection: Connection
  /** Swap although Finch calls the connection healthy. */
  readonly force: boolean
  readonly timeoutMs: number
  /** How long to queue behind another login on this machine; 0 fails at once. */
  readonly waitMs: number
  /** Asked when a login is not needed and `force` is not set: it is healthy, or Finch is still setting it up. */
  readonly confirmNeedless: (now: Connection) => Promise<boolean>
}

export interface ReauthResult {
  readonly connection: Connection
  readonly before: Connection
}

/** Null when a connection that needs no login was to be left as it is. */
export async function reauth(app: App, wish: ReauthWish, tell: Tell): Promise<ReauthResult | null> {
  const before = wish.connection
  const finch = await app.finch()
  const needless = wish.force ? null : await needlessNow(app, finch, before)
  if (needless !== null && !(await wish.confirmNeedless(needless))) return null
  const connection = await attempt(
    app,
    {
      kind: 'reauth',
      customerId: before.customerId,
      customerName: (await app.store.customers.find(before.customerId))?.name ?? before.customerId,
      finchCustomerId: before.finchCustomerId,
      target: before,
      connectionId: before.connectionId,
      providerId: before.providerId,
      products: before.requestedProducts,
      timeoutMs: wish.timeoutMs,
      waitMs: wish.waitMs,
      openSession: async (side, minutes) => ({
        finchCustomerId: before.finchCustomerId,
        session: await naming(app, before, () =>
          side.client.createReauthSession({
            connectionId: before.connectionId,
            redirectUri: app.config.redirectUri,
            minutesToExpire: minutes,
          }),
        ),
      }),
    },
    tell,
  )
  await remarkSharedToken(app, connection, tell)
  return { connection, before }
}

/** Problems of a token that a login cures. */
const CURABLE = new Set([
  'token_missing',
  'token_differs',
  'token_refused',
  'invalid_token',
  'unauthorized',
  'account_setup_required',
  'identity_mismatch',
  'reauthenticate_user',
  'connection_gone',
])

/** The connection where, asked of Finch now, a login would change nothing; else null. */
async function needlessNow(app: App, finch: FinchSide, connection: Connection): Promise<Connection | null> {
  try {
    const now = await refresh(app, finch.client, connection, await tokenOf(app, connection))
    const need = needOf(now)
    // A status that is new to us is left to whoever asked for the login.
    return need === 'wait' || (need === 'none' && now.status === 'connected') ? now : null
  } catch (error) {
    if (error instanceof Problem && CURABLE.has(error.code)) return null
    throw error
  }
}

/** Entities that the new login gained or no longer reaches. */
export function entityChanges({ before, connection }: ReauthResult): { gained: string[]; missing: string[] } {
  const names = (of: Connection) =>
    new Map(of.entities.map((entity) => [entity.entityId, entity.name ?? entity.entityId]))
  const [old, now] = [names(before), names(connection)]
  return {
    gained: [...now].filter(([id]) => !old.has(id)).map(([, name]) => name),
    missing: [...old].filter(([id]) => !now.has(id)).map(([, name]) => name),
  }
}
