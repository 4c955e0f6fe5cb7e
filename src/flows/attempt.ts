/**
 * One attempt to gain a token through the employer's browser, from proving the ground to tidying up: the phases P0 to P9
 * in order, for `connect` and `reauth` alike. What differs between the two is in the plan.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { App, FinchSide } from '../app.ts'
import type { Connection, VaultKind } from '../domain/connection.ts'
import { digest } from '../domain/fingerprint.ts'
import type { Flow, FlowKind } from '../domain/flow.ts'
import type { Secret } from '../domain/secret.ts'
import type { ConnectSession } from '../finch/answers.ts'
import { Problem } from '../problem.ts'
import type { Lock } from '../store/locks.ts'
import type { Vault } from '../vault/vault.ts'
import type { CallbackServer, Hit } from '../web/callback.ts'
import {
  echoesState,
  failedAlone,
  nextCode,
  openLink,
  pageFor,
  productName,
  refuseNobody,
  rememberState,
  watchers,
} from './browse.ts'
import { type Gained, rollForward, tidyUp } from './complete.ts'
import { exchange } from './exchange.ts'
import { Journal } from './journal.ts'
import type { Tell } from './news.ts'
import { readEmployer } from './refresh.ts'
import { refuseRobotElsewhere } from './robot.ts'

export interface AttemptPlan {
  readonly kind: FlowKind
  readonly customerId: string
  readonly customerName: string
  /** Reauth: the connection whose token is replaced. */
  readonly target: Connection | null
  /** The only connection the answer may speak of; null: whichever the employer makes. */
  readonly connectionId: string | null
  readonly providerId: string | null
  readonly products: readonly string[]
  readonly timeoutMs: number
  /** How long to queue for the connection's lock and for the callback's port; 0 fails at once. */
  readonly waitMs: number
  /** Asks Finch for the link; answers with the customer id it went by there. */
  readonly openSession: (
    finch: FinchSide,
    minutes: number,
  ) => Promise<{ session: ConnectSession; finchCustomerId: string }>
  readonly finchCustomerId: string
}

/** A link that is waited for needs to live little longer than the wait. */
const LINK_MARGIN_MINUTES = 10

export async function attempt(app: App, given: AttemptPlan, tell: Tell): Promise<Connection> {
  const { store } = app
  // P0 prove: everything that could keep a token from being saved is found before anybody logs in.
  store.prove()
  const { lock, plan } = await lockConnection(app, given, tell)
  try {
    refuseRobotElsewhere(app)
    refuseNobody(app)
    await refuseChanged(app, plan.target)
    const finch = await app.finch()
    const vault = await app.vault()
    await settleVault(app, vault.kind)
    return await withJournal({ app, plan, tell, finch, vault })
  } finally {
    lock?.release()
  }
}

/** Reauth: the lock on its connection, waited for as long as `waitMs` allows. After a wait the record is read anew. */
async function lockConnection(
  app: App,
  plan: AttemptPlan,
  tell: Tell,
): Promise<{ lock: Lock | null; plan: AttemptPlan }> {
  const { connectionId, target, waitMs } = plan
  if (connectionId === null) return { lock: null, plan }
  const name = `connection.${connectionId}`
  const free = app.store.lock(name)
  if (free !== null) return { lock: free, plan }
  if (waitMs > 0) tell({ kind: 'queued', for: `connection ${connectionId}`, waitMs })
  const lock = waitMs > 0 ? await app.store.lockSoon(name, waitMs, app.host.signal) : null
  if (lock === null) {
    throw new Problem('conflict', `another process is working on connection ${connectionId}`, {
      code: 'in_progress',
      hint: 'wait for it with --wait 5m, or look at what became of it: finchconn list',
      retryable: true,
    })
  }
  const now = target === null ? null : await app.store.connections.find(connectionId)
  return { lock, plan: { ...plan, target: now ?? target } }
}

interface Run {
  readonly app: App
  readonly plan: AttemptPlan
  readonly tell: Tell
  readonly finch: FinchSide
  readonly vault: Vault
}

interface Begun extends Run {
  readonly journal: Journal
}

type KnownSession = Pick<Flow, 'sessionId' | 'finchCustomerId'>

async function withJournal(run: Run): Promise<Connection> {
  const { app, plan, tell, finch } = run
  const { openCallback } = await import('../web/callback.ts')
  const state = randomBytes(32).toString('base64url')
  let current = await begin(run, state, { sessionId: null, finchCustomerId: plan.finchCustomerId })
  let web: CallbackServer | null = null
  // A robot employer walks on to the last page, and no further than this attempt.
  const over = new AbortController()
  const { asking, ...watching } = watchers(app, tell, over.signal)
  try {
    const stateNeeded = await echoesState(app, finch.origin)
    web = await whenPortIsFree(run, () =>
      openCallback({
        redirectUri: app.config.redirectUri,
        stateDigest: digest(state),
        stateNeeded,
        whose: { customerName: plan.customerName, providerId: plan.providerId, product: productName(app) },
        onCode: ({ code }) => keepCode(current.journal, code),
        ...watching,
      }),
    )
    const { session, finchCustomerId } = await openSession(current)
    web.sendTo(withState(session.connectUrl, finch.connectOrigin, state))
    await openLink(app, tell, web, over.signal)
    const until = performance.now() + plan.timeoutMs
    let refused: Problem | null = null
    for (;;) {
      const hit = await nextCode(app, tell, web, until, asking).catch((error: unknown) => {
        // Where nothing better came, the one code that did come says more than the silence after it.
        throw refused !== null && error instanceof Problem && error.kind === 'pending' ? refused : error
      })
      const gained = await complete(current, web, hit).catch((error: unknown) => {
        if (failedAlone(hit, error)) return error
        throw error
      })
      if (!(gained instanceof Problem)) return await conclude(current, web, gained)
      if (refused === null) tell({ kind: 'code_refused', why: gained.message })
      refused = gained
      current.journal.release()
      current = await anew(run, state, { sessionId: session.sessionId, finchCustomerId })
      await web.goOn(pageFor(gained))
    }
  } catch (error) {
    await web?.finish(pageFor(error))
    await giveUp(current, error)
    throw error
  } finally {
    current.journal.release()
    over.abort()
    await web?.close()
  }
}

/** P0 and P1: the row that says what is meant, before anything happens. */
async function begin(run: Run, state: string, session: KnownSession): Promise<Begun> {
  const { app, plan, finch, vault } = run
  const journal = await Journal.begin(
    { store: app.store, host: app.host, vault },
    {
      ...session,
      kind: plan.kind,
      environment: app.config.environment,
      origin: finch.origin,
      clientId: finch.clientId,
      customerId: plan.customerId,
      expectedConnectionId: plan.connectionId,
      expectedProviderId: plan.providerId,
      expectedGeneration: plan.target?.generation ?? 0,
      requestedProducts: plan.products,
      stateDigest: digest(state),
      redirectUri: app.config.redirectUri,
    },
  )
  return { ...run, journal }
}

/** A code that was refused has used up its row; the one that may still come gets a row of its own. */
async function anew(run: Run, state: string, session: KnownSession): Promise<Begun> {
  const begun = await begin(run, state, session)
  if (session.sessionId !== null) await run.app.store.sessions.mark(session.sessionId, 'open')
  return begun
}

/** P9, and the employer's name. */
async function conclude(run: Begun, web: CallbackServer, gained: Gained): Promise<Connection> {
  const { app, plan, finch, tell } = run
  const { connection, token } = gained
  await web.finish(plan.kind === 'connect' ? 'connected' : 'reauthenticated', connection.providerId)
  await tidyUp(run, 'done')
  if (gained.unaccepted) throw notAccepted(connection)
  return readEmployer(app, finch.client, connection, token, tell).catch((error: unknown) => {
    // Everything that matters is saved: Ctrl-C here only skips the employer's name.
    if (error instanceof Problem && error.kind === 'stopped') return connection
    throw error
  })
}

const PORT_POLL_MS = 200

/** Two logins on one machine share the registered port: the later one waits for it where it may. */
async function whenPortIsFree<T>({ app, plan, tell }: Run, open: () => Promise<T>): Promise<T> {
  const until = performance.now() + plan.waitMs
  for (let tries = 1; ; tries += 1) {
    try {
      return await open()
    } catch (error) {
      const taken = error instanceof Problem && error.code === 'port_taken'
      if (!taken || performance.now() > until) throw error
      if (tries === 1) tell({ kind: 'queued', for: 'the callback port', waitMs: plan.waitMs })
      await sleep(PORT_POLL_MS, undefined, { signal: app.host.signal }).catch(() => {
        throw app.host.signal.reason
      })
    }
  }
}

/** The session is recorded before anybody can use its link. */
async function openSession({
  app,
  plan,
  finch,
  journal,
}: Begun): Promise<{ session: ConnectSession; finchCustomerId: string }> {
  const minutes = Math.ceil(plan.timeoutMs / 60_000) + LINK_MARGIN_MINUTES
  const { session, finchCustomerId } = await plan.openSession(finch, minutes)
  const now = app.host.now()
  await app.store.atomically(async () => {
    await app.store.sessions.add({
      sessionId: session.sessionId,
      kind: plan.kind,
      customerId: plan.customerId,
      finchCustomerId,
      connectionId: plan.connectionId,
      providerId: plan.providerId,
      status: 'open',
      createdAt: now.toISOString(),
      expiresAt: new Date(now.getTime() + minutes * 60_000).toISOString(),
    })
    await journal.noteSession(session.sessionId, finchCustomerId)
  })
  return { session, finchCustomerId }
}

/** P3. If the disk will not take the code, it goes on from memory; see `markSent`. */
async function keepCode(journal: Journal, code: Secret): Promise<void> {
  try {
    await journal.saveCode(code)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
  }
}

/** P4 to P8. */
async function complete(run: Begun, web: CallbackServer, { code, proven }: Hit): Promise<Gained> {
  const { app, journal, tell, finch, plan, vault } = run
  const flow = await app.store.flows.find(journal.flowId)
  if (flow === null) throw new Error('the journal lost its row')
  const completion = { app, vault, journal, tell, locked: plan.connectionId }
  const raw = await exchange(completion, finch, flow, code)
  if (!proven && web.overtaken()) throw await overtaken(journal)
  const gained = await rollForward(completion, finch, flow, raw).catch((error: unknown) => {
    throw withTokenKept(error)
  })
  if (proven) await rememberState(app, finch.origin)
  if (gained === null) throw notConfirmed(plan)
  return gained
}

/** What failed after the answer was saved is finished by any later command, and the person should know that. */
function withTokenKept(error: unknown): unknown {
  if (!(error instanceof Problem) || error.kind !== 'unavailable') return error
  return new Problem(error.kind, `${error.message}; the new token is kept, sealed`, {
    code: error.code,
    hint: `${error.hint ?? 'fix that'}: the next finchconn command finishes this login, and nobody has to log in again`,
    requestId: error.requestId,
    retryable: true,
    cause: error,
  })
}

/** A token that would replace one Finch may still accept waits, sealed, for Finch's word. */
function notConfirmed({ connectionId, customerId }: AttemptPlan): Problem {
  return new Problem(
    'undetermined',
    'the new token is saved, and Finch has not confirmed it yet; the old one stays in use',
    {
      code: 'unverified',
      hint: `each later command asks Finch again, for instance: finchconn ${connectionId === null ? `list --customer ${customerId}` : `show ${connectionId} --refresh`}`,
      retryable: true,
    },
  )
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

/** While a code without a state was exchanged, one with it came: this Finch echoes it, and the first was not from Finch. */
async function overtaken(journal: Journal): Promise<Problem> {
  const why = 'it came without the state that Finch sends back'
  await journal.quarantine(why)
  return new Problem('mismatch', `refused the new token: ${why}`, { code: 'state_missing' })
}

/**
 * An attempt that has neither code nor answer is over. One that has is left to the journal, whatever its phase says: a
 * full disk keeps the phase from being written, and not the answer.
 */
async function giveUp(run: Begun, error: unknown): Promise<void> {
  const { app, journal } = run
  try {
    const flow = await app.store.flows.find(journal.flowId)
    if (flow?.phase !== 'started' || (await journal.answer(flow)) !== null) return
    await tidyUp(run, 'abandoned', error instanceof Problem ? error.code : 'bug')
    if (error instanceof Problem && error.kind === 'stopped') run.tell({ kind: 'nothing_saved', flow })
  } catch (trouble) {
    // The first failure is the one to tell; the next command looks at this attempt again.
    if (!(trouble instanceof Problem)) throw trouble
    run.tell({ kind: 'untidy', why: trouble.message })
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

/** Only Finch's own Connect may be opened, and our state goes with it. */
export function withState(connectUrl: string, connectOrigin: string, state: string): string {
  const url = URL.canParse(connectUrl) ? new URL(connectUrl) : null
  const fits =
    url !== null &&
    url.origin === connectOrigin &&
    url.username === '' &&
    url.password === '' &&
    /^[\x21-\x7e]+$/.test(connectUrl)
  if (url === null || !fits) {
    throw new Problem('mismatch', "Finch returned a Connect address that isn't its own, so it was not opened", {
      code: 'foreign_connect_url',
      hint: `the address must begin with ${connectOrigin}; set FINCHCONN_CONNECT_URL where Connect is elsewhere`,
    })
  }
  url.searchParams.set('state', state)
  return url.href
}
