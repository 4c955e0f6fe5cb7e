/**
 * One login: a trip through Finch Connect that ends in a token, P0 to P9 of the order of writes. This file begins one
 * (P0, P1), ends one (P9), and gives one up; the steps between are listed by `connect`, `reauth` and `adopt`.
 */
import { randomBytes } from 'node:crypto'
import type { App, FinchSide } from '../../app.ts'
import type { Connection, VaultKind } from '../../domain/connection.ts'
import { digest } from '../../domain/fingerprint.ts'
import type { LoginKind, LoginRecord } from '../../domain/login.ts'
import { Problem } from '../../problem.ts'
import type { Lock } from '../../store/locks.ts'
import type { Vault } from '../../vault/vault.ts'
import { readEmployer } from '../refresh.ts'
import type { CodeSource } from './code-source.ts'
import type { Report } from './events.ts'
import { Journal } from './journal.ts'
import type { Landed } from './land.ts'
import { refuseNobody } from './local-browser.ts'
import { pageFor } from './outcome-page.ts'
import { refuseRobotElsewhere } from './robot.ts'
import { tidyUp } from './tidy.ts'

/** What a login is for. The answer is held to it. */
export interface Expected {
  readonly kind: LoginKind
  readonly customerId: string
  readonly customerName: string
  /** The customer's id at Finch, as far as it is known before Finch agrees to a session. */
  readonly finchCustomerId: string
  /** Reauth: the connection whose token is replaced. */
  readonly target: Connection | null
  /** The only connection the answer may speak of; null: whichever the employer makes. */
  readonly connectionId: string | null
  readonly providerId: string | null
  readonly products: readonly string[]
}

/** How long a login may take. */
export interface Patience {
  /** For the employer to come back. */
  readonly timeoutMs: number
  /** To queue for the connection's lock and for the callback's port; 0 fails at once. */
  readonly waitMs: number
}

export interface LoginStart {
  readonly app: App
  readonly expected: Expected
  readonly patience: Patience
  readonly report: Report
  /** Where the code comes from: a browser on this machine, so far. */
  readonly openSource: (login: Login) => Promise<CodeSource>
}

/** A login under way, as each of its steps gets it. */
export interface Login {
  readonly app: App
  readonly expected: Expected
  readonly patience: Patience
  readonly report: Report
  readonly finch: FinchSide
  readonly vault: Vault
  /** Sent along to Finch Connect, which may send it back; only its digest is written down. */
  readonly state: string
  /** Replaced by `beginAgain`, when a code that proved nothing has used it up. */
  journal: Journal
}

/**
 * Begins a login (P0, P1), lets `steps` bring it to a saved connection (P2 to P8), and ends it (P9). One that fails is
 * given up where nothing was saved yet, and left to the next command where something was.
 */
export async function withLogin(
  start: LoginStart,
  steps: (login: Login, source: CodeSource) => Promise<Landed>,
): Promise<Connection> {
  const { app } = start
  // P0 prove: everything that could keep a token from being saved is found before anybody logs in.
  app.store.prove()
  const { lock, expected } = await lockConnection(start)
  let login: Login | null = null
  let source: CodeSource | null = null
  try {
    login = await begin({ ...start, expected })
    source = await start.openSource(login)
    return await conclude(login, source, await steps(login, source))
  } catch (error) {
    await source?.finish(pageFor(error))
    if (login !== null) await abandon(login, error)
    throw error
  } finally {
    login?.journal.release()
    await source?.close()
    lock?.release()
  }
}

/** Reauth: the lock on its connection, waited for as long as `waitMs` allows. After a wait the record is read anew. */
async function lockConnection({
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
async function begin(start: LoginStart): Promise<Login> {
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

/** P9, and the employer's name. */
async function conclude(login: Login, source: CodeSource, landed: Landed): Promise<Connection> {
  const { app, expected, finch, report } = login
  const { connection, token } = landed
  await source.finish(expected.kind === 'connect' ? 'connected' : 'reauthenticated', connection.providerId)
  await tidyUp(login, 'done')
  if (landed.unaccepted) throw notAccepted(connection)
  return readEmployer(app, finch.client, connection, token, report).catch((error: unknown) => {
    // Everything that matters is saved: Ctrl-C here only skips the employer's name.
    if (error instanceof Problem && error.kind === 'stopped') return connection
    throw error
  })
}

function notAccepted({ connectionId }: Connection): Problem {
  return new Problem(
    'undetermined',
    `connection ${connectionId} is saved, and Finch does not accept its new token yet`,
    {
      code: 'unverified',
      hint: `ask again in a moment: finchconn show ${connectionId} --refresh`,
      retryable: true,
    },
  )
}

/**
 * A login that has neither code nor answer is over. One that has is left to the journal, whatever its phase says: a
 * full disk keeps the phase from being written, and not the answer.
 */
async function abandon(login: Login, error: unknown): Promise<void> {
  const { app, journal, report } = login
  try {
    const record = await app.store.logins.find(journal.loginId)
    if (record?.phase !== 'started' || (await journal.answer(record)) !== null) return
    await tidyUp(login, 'abandoned', error instanceof Problem ? error.code : 'bug')
    if (error instanceof Problem && error.kind === 'stopped') report({ kind: 'nothing_saved', login: record })
  } catch (trouble) {
    // The first failure is the one to tell; the next command looks at this login again.
    if (!(trouble instanceof Problem)) throw trouble
    report({ kind: 'untidy', why: trouble.message })
  }
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
