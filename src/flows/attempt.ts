/**
 * One attempt to gain a token through the employer's browser, from proving the ground to tidying up: the phases P0 to P9
 * in order, for `connect` and `reauth` alike. What differs between the two is in the plan.
 */
import { randomBytes } from 'node:crypto'
import type { App, FinchSide } from '../app.ts'
import type { Connection, Environment, VaultKind } from '../domain/connection.ts'
import { digest } from '../domain/fingerprint.ts'
import type { Flow, FlowKind } from '../domain/flow.ts'
import type { Secret } from '../domain/secret.ts'
import type { ConnectSession } from '../finch/answers.ts'
import { Problem } from '../problem.ts'
import type { CallbackServer, Hit } from '../web/callback.ts'
import {
  echoesState,
  failedAlone,
  nextCode,
  openLink,
  pageFor,
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
  /** Asks Finch for the link; answers with the customer id it went by there. */
  readonly openSession: (
    finch: FinchSide,
    minutes: number,
  ) => Promise<{ session: ConnectSession; finchCustomerId: string }>
  readonly finchCustomerId: string
}

/** A link that is waited for needs to live little longer than the wait. */
const LINK_MARGIN_MINUTES = 10

export async function attempt(app: App, plan: AttemptPlan, tell: Tell): Promise<Connection> {
  const { store, config } = app
  // P0 prove: everything that could keep a token from being saved is found before anybody logs in.
  store.proveRoom()
  const lock = plan.connectionId === null ? null : store.lock(`connection.${plan.connectionId}`)
  if (plan.connectionId !== null && lock === null) {
    throw new Problem('conflict', `another process is at connection ${plan.connectionId}`, {
      code: 'in_progress',
      hint: 'wait for it to end, then look: finchconn list',
      retryable: true,
    })
  }
  try {
    refuseRobotElsewhere(app)
    refuseNobody(app)
    await refuseChanged(app, plan.target)
    const finch = await app.finch()
    const vault = await app.vault()
    const journal = await Journal.prove({ store, host: app.host, vault })
    try {
      await settleVault(app, vault.kind)
      return await withJournal({ app, plan, tell, finch, journal, environment: config.environment })
    } finally {
      journal.release()
    }
  } finally {
    lock?.release()
  }
}

interface Run {
  readonly app: App
  readonly plan: AttemptPlan
  readonly tell: Tell
  readonly finch: FinchSide
  readonly journal: Journal
  readonly environment: Environment
}

async function withJournal(run: Run): Promise<Connection> {
  const { app, plan, tell, finch } = run
  const { openCallback } = await import('../web/callback.ts')
  const state = randomBytes(32).toString('base64url')
  await begin(run, state, null)
  let web: CallbackServer | null = null
  let current = run
  // A robot employer walks on to the last page, and no further than this attempt.
  const over = new AbortController()
  const { asking, ...watching } = watchers(app, tell, over.signal)
  try {
    web = await openCallback({
      redirectUri: app.config.redirectUri,
      stateDigest: digest(state),
      stateNeeded: await echoesState(app, finch.origin),
      whose: { customerName: plan.customerName, providerId: plan.providerId, product: null },
      onCode: ({ code }) => keepCode(current.journal, code),
      ...watching,
    })
    const { session, finchCustomerId } = await openSession(run)
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
      if (!(gained instanceof Problem)) {
        const { connection, token } = gained
        await web.finish(plan.kind === 'connect' ? 'connected' : 'reauthenticated', connection.providerId)
        await tidyUp(current, 'done')
        return await readEmployer(app, finch, connection, token, tell).catch((error: unknown) => {
          // Everything that matters is saved: Ctrl-C here only skips the employer's name.
          if (error instanceof Problem && error.kind === 'stopped') return connection
          throw error
        })
      }
      refused = gained
      refused = gained
      tell({ kind: 'code_refused', why: gained.message })
      if (current !== run) current.journal.release()
      current = await anew(run, state, { sessionId: session.sessionId, finchCustomerId })
      await web.goOn(pageFor(gained))
    }
  } catch (error) {
    await web?.finish(pageFor(error))
    await giveUp(current, error)
    throw error
  } finally {
    over.abort()
    await web?.close()
    if (current !== run) current.journal.release()
  }
}

/** P1: the row that says what is meant, before anything happens. */
async function begin(
  { app, plan, finch, journal, environment }: Run,
  state: string,
  session: Pick<Flow, 'sessionId' | 'finchCustomerId'> | null,
): Promise<void> {
  await journal.start({
    flowId: journal.flowId,
    kind: plan.kind,
    environment,
    origin: finch.origin,
    clientId: finch.clientId,
    customerId: plan.customerId,
    finchCustomerId: session?.finchCustomerId ?? plan.finchCustomerId,
    sessionId: session?.sessionId ?? null,
    expectedConnectionId: plan.connectionId,
    expectedProviderId: plan.providerId,
    expectedGeneration: plan.target?.generation ?? 0,
    requestedProducts: plan.products,
    stateDigest: digest(state),
    redirectUri: app.config.redirectUri,
  })
}

/** A code that was refused has used up its row; the one that may still come gets a row of its own. */
async function anew(run: Run, state: string, session: Pick<Flow, 'sessionId' | 'finchCustomerId'>): Promise<Run> {
  const { app } = run
  const journal = await Journal.prove({ store: app.store, host: app.host, vault: await app.vault() })
  const next = { ...run, journal }
  await begin(next, state, session)
  return next
}

/** The session is recorded before anybody can use its link. */
async function openSession({
  app,
  plan,
  finch,
  journal,
}: Run): Promise<{ session: ConnectSession; finchCustomerId: string }> {
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
    await app.store.flows.move(journal.flowId, 'started', { sessionId: session.sessionId, finchCustomerId })
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
async function complete(run: Run, web: CallbackServer, { code, proven }: Hit): Promise<Gained> {
  const { app, journal, tell, finch, plan } = run
  const flow = await app.store.flows.find(journal.flowId)
  if (flow === null) throw new Error('the journal lost its row')
  const completion = { app, vault: await app.vault(), journal, tell, locked: plan.connectionId }
  const raw = await exchange(completion, finch, flow, code)
  if (proven) await rememberState(app, finch.origin)
  else if (web.overtaken()) throw await overtaken(journal)
  return rollForward(completion, finch, flow, raw)
}

/** While a code without a state was exchanged, one with it came: this Finch echoes it, and the first was not from Finch. */
async function overtaken(journal: Journal): Promise<Problem> {
  const why = 'it came without the state that Finch sends back'
  await journal.quarantine(why)
  return new Problem('mismatch', `refused the new token: ${why}`, { code: 'state_missing' })
}

/** An attempt that has no code is over; one that has is left to the journal. */
async function giveUp(run: Run, error: unknown): Promise<void> {
  const flow = await run.app.store.flows.find(run.journal.flowId)
  if (flow?.phase !== 'started') return
  await tidyUp(run, 'abandoned', error instanceof Problem ? error.code : 'bug')
}

/** The record may have changed since it was read: while Finch was asked, or while a question stood unanswered. */
async function refuseChanged({ store }: App, target: Connection | null): Promise<void> {
  if (target === null) return
  const now = await store.connections.find(target.connectionId)
  if (now?.generation === target.generation) return
  throw new Problem('conflict', `connection ${target.connectionId} was logged in again meanwhile`, {
    code: 'changed_meanwhile',
    hint: `finchconn show ${target.connectionId}`,
  })
}

/** Of two first runs with different vaults the later one must not put a token where nobody will look for it. */
async function settleVault({ store }: App, kind: VaultKind): Promise<void> {
  const settled = await store.settle('vault', kind)
  if (settled === kind) return
  throw new Problem('usage', `this store keeps its tokens in the ${settled} vault since a moment ago`, {
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
    throw new Problem('mismatch', 'Finch answered with a Connect address that is not its own; it was not opened', {
      code: 'foreign_connect_url',
      hint: `the address must begin with ${connectOrigin}; set FINCHCONN_CONNECT_URL where Connect is elsewhere`,
    })
  }
  url.searchParams.set('state', state)
  return url.href
}
