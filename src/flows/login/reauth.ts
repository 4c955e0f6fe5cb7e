/** reauth: the guarded swap. The employer logs in again, and the new token takes the old one's place for this connection only. */
import type { App, FinchSide } from '../../app.ts'
import type { Connection } from '../../domain/connection.ts'
import { needOf } from '../../domain/standing.ts'
import { Problem } from '../../problem.ts'
import type { ProblemCode } from '../../problem-codes.ts'
import { naming } from '../learn.ts'
import { refresh } from '../refresh.ts'
import { remarkSharedToken, tokenOf } from '../token.ts'
import type { Report } from './events.ts'
import { complete } from './land.ts'
import { localBrowser } from './local-browser.ts'
import type { Expected, Patience } from './login.ts'
import { openReauthSession } from './session.ts'
import { withLogin } from './with-login.ts'

export interface ReauthOptions {
  readonly connection: Connection
  /** Swap although Finch calls the connection healthy. */
  readonly force: boolean
  /** Asked when a login is not needed and `force` is not set: it is healthy, or Finch is still setting it up. */
  readonly confirmNeedless: (now: Connection) => Promise<boolean>
}

export interface ReauthResult {
  readonly connection: Connection
  readonly before: Connection
}

/** Null when a connection that needs no login was to be left as it is. */
export async function reauth(
  app: App,
  { connection: before, force, confirmNeedless }: ReauthOptions,
  patience: Patience,
  report: Report,
): Promise<ReauthResult | null> {
  const finch = await app.finch()
  const needless = force ? null : await needlessNow(app, finch, before)
  if (needless !== null && !(await confirmNeedless(needless))) return null

  const start = { app, expected: await expectedOf(app, before), patience, report, openSource: localBrowser }
  const connection = await withLogin(start, async (login, source) => {
    const session = await naming(app, before, () => openReauthSession(login, before.connectionId))
    await source.open(session) // P2: the link is printed and opened
    return source.firstThatLands(complete(login)) // P3 to P8: a code is saved, redeemed, verified and committed
  })

  await remarkSharedToken(app, connection, report)
  return { connection, before }
}

async function expectedOf({ store }: App, before: Connection): Promise<Expected> {
  return {
    kind: 'reauth',
    customerId: before.customerId,
    customerName: (await store.customers.find(before.customerId))?.name ?? before.customerId,
    finchCustomerId: before.finchCustomerId,
    target: before,
    connectionId: before.connectionId,
    providerId: before.providerId,
    products: before.requestedProducts,
  }
}

/** Problems of a token that a login cures. */
const CURABLE: ReadonlySet<ProblemCode> = new Set([
  'token_missing',
  'token_differs',
  'token_refused',
  'unverified',
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
