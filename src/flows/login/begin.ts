/** P0 and P1 of a login: everything that could keep a token from being saved is found, and what is meant is written down. */
import { randomBytes } from 'node:crypto'
import type { App } from '../../app.ts'
import type { Connection, VaultKind } from '../../domain/connection.ts'
import { digest } from '../../domain/fingerprint.ts'
import type { LoginRecord } from '../../domain/login.ts'
import { Problem } from '../../problem.ts'
import type { Lock } from '../../store/locks.ts'
import { Journal } from './journal.ts'
import type { Expected, Login, LoginStart } from './login.ts'
import { refuseRobotElsewhere } from './robot.ts'

/** Reauth: the lock on its connection, waited for as long as `waitMs` allows. After a wait the record is read anew. */
export async function lockConnection({
  app,
  expected,
  patience: { waitMs },
  report,
}: LoginStart): Promise<{ lock: Lock | null; expected: Expected }> {
  const { connectionId, target } = expected
  if (connectionId === null) return { lock: null, expected }
  const name = `connection.${connectionId}`
  const free = app.store.lock(name)
  if (free !== null) return { lock: free, expected }
  if (waitMs > 0) report({ kind: 'queued', for: `connection ${connectionId}`, waitMs })
  const lock = waitMs > 0 ? await app.store.lockSoon(name, waitMs, app.host.signal) : null
  if (lock === null) {
    throw new Problem('conflict', `another process is working on connection ${connectionId}`, {
      code: 'in_progress',
      hint: 'wait for it with --wait 5m, or look at what became of it: finchconn list',
      retryable: true,
    })
  }
  const now = target === null ? null : await app.store.connections.find(connectionId)
  return { lock, expected: { ...expected, target: now ?? target } }
}

/** P0 and P1: the row that says what is meant, before anything happens. */
export async function begin(start: LoginStart): Promise<Login> {
  const { app, expected, patience, report } = start
  refuseRobotElsewhere(app)
  refuseNobody(app)
  await refuseChanged(app, expected.target)
  const finch = await app.finch()
  const vault = await app.vault()
  await settleVault(app, vault.kind)
  const about = { app, expected, patience, report, finch, vault, state: randomBytes(32).toString('base64url') }
  const journal = await beginJournal(about, { sessionId: null, finchCustomerId: expected.finchCustomerId })
  return { ...about, journal }
}

/** A code that was refused has used up its row; the one that may still come gets a row of its own. */
export async function beginAgain(login: Login, session: KnownSession): Promise<void> {
  login.journal.release()
  login.journal = await beginJournal(login, session)
  if (session.sessionId !== null) await login.app.store.sessions.mark(session.sessionId, 'open')
}

type KnownSession = Pick<LoginRecord, 'sessionId' | 'finchCustomerId'>

async function beginJournal(
  { app, expected, finch, vault, state }: Omit<Login, 'journal'>,
  session: KnownSession,
): Promise<Journal> {
  return Journal.begin(
    { store: app.store, host: app.host, vault },
    {
      ...session,
      kind: expected.kind,
      environment: app.config.environment,
      origin: finch.origin,
      clientId: finch.clientId,
      customerId: expected.customerId,
      expectedConnectionId: expected.connectionId,
      expectedProviderId: expected.providerId,
      expectedGeneration: expected.target?.generation ?? 0,
      requestedProducts: expected.products,
      stateDigest: digest(state),
      redirectUri: app.config.redirectUri,
    },
  )
}

/** The record may have changed since it was read: while Finch was asked, or while a question stood unanswered. */
async function refuseChanged({ store }: App, target: Connection | null): Promise<void> {
  if (target === null) return
  const now = await store.connections.find(target.connectionId)
  if (now?.generation === target.generation) return
  throw new Problem('conflict', `connection ${target.connectionId} was logged in again in the meantime`, {
    code: 'changed_meanwhile',
    hint: `finchconn show ${target.connectionId}`,
  })
}

/** Of two first runs with different vaults the later one must not put a token where nobody will look for it. */
async function settleVault({ store }: App, kind: VaultKind): Promise<void> {
  const settled = await store.settle('vault', kind)
  if (settled === kind) return
  throw new Problem('usage', `this store keeps its tokens in the ${settled} vault as of a moment ago`, {
    code: 'vault_differs',
    hint: 'run it again',
  })
}

/** Nobody waits for a login that nobody can begin. */
function refuseNobody({ config }: Pick<App, 'config'>): void {
  if (!config.noInput || config.browser !== null || config.sources.browser === 'flag') return
  throw new Problem('input_needed', 'nobody is here to open a browser (running without prompts)', {
    code: 'no_browser',
    hint: 'add --no-browser to have the link printed for somebody to open, or --browser <command> to open it',
  })
}
