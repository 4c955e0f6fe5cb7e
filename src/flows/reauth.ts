/** reauth: the guarded swap. The employer logs in again, and the new token takes the old one's place for this connection only. */
import type { App, FinchSide } from '../app.ts'
import { type Connection, isHealthy } from '../domain/connection.ts'
import { FinchRefusal } from '../finch/refusals.ts'
import { Problem } from '../problem.ts'
import { attempt } from './attempt.ts'
import type { Tell } from './news.ts'
import { refresh } from './refresh.ts'
import { tokenOf } from './token.ts'

export interface ReauthWish {
  readonly connection: Connection
  /** Swap although Finch calls the connection healthy. */
  readonly force: boolean
  readonly timeoutMs: number
  /** How long to queue behind another login on this machine; 0 fails at once. */
  readonly waitMs: number
  /** Asked when it is healthy and `force` is not set. */
  readonly confirmHealthy: () => Promise<boolean>
}

export interface ReauthResult {
  readonly connection: Connection
  readonly before: Connection
}

/** Null when a healthy connection was to be left as it is. */
export async function reauth(app: App, wish: ReauthWish, tell: Tell): Promise<ReauthResult | null> {
  const before = wish.connection
  const finch = await app.finch()
  if (!wish.force && (await isHealthyNow(app, finch, before)) && !(await wish.confirmHealthy())) return null
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
        session: await side.client.createReauthSession({
          connectionId: before.connectionId,
          redirectUri: app.config.redirectUri,
          minutesToExpire: minutes,
        }),
      }),
    },
    tell,
  )
  return { connection, before }
}

/** Asked of Finch, now. A token that is missing, damaged or refused is what reauth is for, so it is not healthy. */
async function isHealthyNow(app: App, finch: FinchSide, connection: Connection): Promise<boolean> {
  try {
    return isHealthy(await refresh(app, finch, connection, await tokenOf(app, connection)))
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const curable =
      error.code === 'token_missing' || error.code === 'token_differs' || error.code === 'identity_mismatch'
    if (curable || (error instanceof FinchRefusal && error.status === 401)) return false
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
