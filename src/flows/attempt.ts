/**
 * One attempt to gain a token through the employer's browser, from proving the ground to tidying up: the phases P0 to P9
 * in order, for `connect` and `reauth` alike. What differs between the two is in the plan.
 */
import { randomBytes } from 'node:crypto'
import type { App, FinchSide } from '../app.ts'
import { EMULATOR_PROFILE, isLoopback } from '../config.ts'
import type { Connection, Environment, VaultKind } from '../domain/connection.ts'
import { digest } from '../domain/fingerprint.ts'
import type { FlowKind } from '../domain/flow.ts'
import type { Secret } from '../domain/secret.ts'
import { ROBOT_WORDS, readRobotWords } from '../emulator/robot-words.ts'
import type { ConnectSession } from '../finch/answers.ts'
import { Problem } from '../problem.ts'
import type { CallbackServer } from '../web/callback.ts'
import type { PageName } from '../web/pages.ts'
import { type Gained, rollForward, tidyUp } from './complete.ts'
import { exchange } from './exchange.ts'
import { Journal } from './journal.ts'
import type { Tell } from './news.ts'
import { readEmployer } from './refresh.ts'
import { remoteCommand } from './remote.ts'

export interface AttemptPlan {
  readonly kind: FlowKind
  readonly customerId: string
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
  const { app, plan, tell, finch, journal } = run
  const { openCallback } = await import('../web/callback.ts')
  const state = randomBytes(32).toString('base64url')
  await journal.start({
    flowId: journal.flowId,
    kind: plan.kind,
    environment: run.environment,
    origin: finch.origin,
    clientId: finch.clientId,
    customerId: plan.customerId,
    finchCustomerId: plan.finchCustomerId,
    sessionId: null,
    expectedConnectionId: plan.connectionId,
    expectedProviderId: plan.providerId,
    expectedGeneration: plan.target?.generation ?? 0,
    requestedProducts: plan.products,
    stateDigest: digest(state),
    redirectUri: app.config.redirectUri,
  })
  let web: CallbackServer | null = null
  // A robot employer walks on to the last page, and no further than this attempt.
  const over = new AbortController()
  try {
    web = await openCallback({
      redirectUri: app.config.redirectUri,
      stateDigest: digest(state),
      onCode: (code) => keepCode(journal, code),
    })
    const { session } = await openSession(run)
    const code = await browse(run, web, session, state, over.signal)
    const { connection, token } = await complete(run, web, code)
    await tidyUp(run, 'done')
    return await readEmployer(app, finch, connection, token, tell).catch((error: unknown) => {
      // Everything that matters is saved: Ctrl-C here only skips the employer's name.
      if (error instanceof Problem && error.kind === 'stopped') return connection
      throw error
    })
  } catch (error) {
    await giveUp(run, error)
    throw error
  } finally {
    over.abort()
    await web?.close()
  }
}

/** The session is recorded before anybody can use its link. */
async function openSession({ app, plan, finch, journal }: Run): Promise<{ session: ConnectSession }> {
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
  return { session }
}

/** P2 browser: the address is printed and opened, and the wait is bounded and shown. */
async function browse(
  { app, plan, tell, finch }: Run,
  web: CallbackServer,
  session: ConnectSession,
  state: string,
  over: AbortSignal,
): Promise<Secret> {
  web.sendTo(withState(session.connectUrl, finch.connectOrigin, state))
  app.host.onPhase?.('P2')
  const ending = new AbortController()
  const stop = () => ending.abort(app.host.signal.reason)
  app.host.signal.addEventListener('abort', stop, { once: true })
  if (app.host.signal.aborted) stop()
  const opened = await openAddress(app, web.launchUrl, over, (reason) => ending.abort(reason))
  tell({ kind: 'opening', address: web.launchUrl, opened: opened.opened, why: opened.opened ? null : opened.why })
  const remote = remoteCommand(app.host.env, app.config.redirectUri)
  if (remote !== null) tell({ kind: 'remote', command: remote })
  const until = performance.now() + plan.timeoutMs
  const ticking = setInterval(() => tell({ kind: 'waiting', leftMs: until - performance.now() }), 1_000)
  tell({ kind: 'waiting', leftMs: plan.timeoutMs })
  try {
    const code = await web.wait(plan.timeoutMs, ending.signal)
    tell({ kind: 'code' })
    return code
  } finally {
    app.host.signal.removeEventListener('abort', stop)
    clearInterval(ticking)
  }
}

/** P3. If the disk will not take the code, it goes on from memory; see `markSent`. */
async function keepCode(journal: Journal, code: Secret): Promise<void> {
  try {
    await journal.saveCode(code)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
  }
}

/** P4 to P8, and the page that tells the browser how it ended. */
async function complete(run: Run, web: CallbackServer, code: Secret): Promise<Gained> {
  const { app, journal, tell, finch, plan } = run
  let page: PageName = 'failed'
  try {
    const flow = await app.store.flows.find(journal.flowId)
    if (flow === null) throw new Error('the journal lost its row')
    const completion = { app, vault: await app.vault(), journal, tell, locked: plan.connectionId }
    const raw = await exchange(completion, finch, flow, code)
    const gained = await rollForward(completion, finch, flow, raw)
    page = plan.kind === 'connect' ? 'connected' : 'reauthenticated'
    return gained
  } catch (error) {
    if (error instanceof Problem && error.kind === 'mismatch') page = 'mismatch'
    throw error
  } finally {
    await web.finish(page)
  }
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

function refuseRobotElsewhere({ config }: App): void {
  if (config.browser === 'none' || config.browser?.[0] !== 'robot' || config.profile === EMULATOR_PROFILE) return
  if (isLoopback(new URL(config.connectOrigin))) return
  throw new Problem('usage', 'the robot works only with an emulator on this machine', {
    code: 'robot_elsewhere',
    hint: 'add --profile emulator, or point FINCHCONN_API_URL and FINCHCONN_CONNECT_URL at finchconn emulator',
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

async function openAddress(
  app: App,
  address: string,
  signal: AbortSignal,
  onFailed: (reason: unknown) => void,
): Promise<{ opened: true } | { opened: false; why: string }> {
  const { browser } = app.config
  if (browser === 'none') return { opened: false, why: 'not asked to' }
  if (browser?.[0] === 'robot') {
    sendRobot(address, browser.slice(1), signal).then(onFailed, (error: unknown) => {
      if (!signal.aborted) onFailed(error)
    })
    return { opened: true }
  }
  const { openBrowser } = await import('../web/browser.ts')
  return openBrowser(address, browser, app.host.env)
}

/** Walks while we wait. Resolves with what ends the wait; never when the callback was reached, which then decides. */
async function sendRobot(address: string, words: readonly string[], signal: AbortSignal): Promise<Problem> {
  const { walkConnect } = await import('../emulator/robot.ts')
  const answers = readRobotWords(words)
  if ('wrong' in answers) throw new Error(`the settings let through the robot's word ${answers.wrong}`)
  const walked = await walkConnect(address, answers, signal)
  if (walked.callback !== null) return new Promise(() => {})
  if (walked.ended === 'cancelled')
    return new Problem('failed', 'the robot canceled the login in Finch Connect, as it was told to', {
      code: 'robot_canceled',
    })
  return new Problem(
    walked.status === 0 ? 'failed' : 'usage',
    `the robot got stuck in Finch Connect: ${walked.reason}`,
    {
      code: 'robot_stuck',
      hint: `tell it how to log in, such as --browser "robot mfa" (it knows ${Object.keys(ROBOT_WORDS).join(', ')}), or name a browser and do it yourself`,
    },
  )
}
