/** P2 and P3 with a browser on this machine: a callback on loopback, the link printed and opened, and the codes that come. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from '../../app.ts'
import { digest } from '../../domain/fingerprint.ts'
import { EMULATOR_PROFILE } from '../../domain/profile.ts'
import type { Secret } from '../../domain/secret.ts'
import { Problem } from '../../problem.ts'
import type { ProblemKind } from '../../problem-codes.ts'
import type { CallbackOptions, CallbackServer, Hit } from '../../web/callback.ts'
import { STRAYS, type Stray } from '../../web/guard.ts'
import { beginAgain } from './begin.ts'
import type { Report } from './events.ts'
import type { Journal } from './journal.ts'
import type { Code, CodeSource, Login, OpenedSession } from './login.ts'
import { pageFor } from './outcome-page.ts'
import { sendRobot } from './robot.ts'
import { withState } from './session.ts'
import { remoteCommand } from './ssh-forward.ts'

type Room = Pick<App, 'store' | 'prompts' | 'config' | 'host'>

/** How often a person is asked about another browser in one login. */
const MOST_QUESTIONS = 3

/** Listens for the callback, so that whatever keeps it from listening is found before anybody logs in. */
export async function localBrowser(login: Login): Promise<CodeSource> {
  const { app, expected, finch, report, patience } = login
  const { openCallback } = await import('../../web/callback.ts')
  // A robot employer walks on to the last page, and no further than this login.
  const over = new AbortController()
  const { asking, ...watching } = watchers(app, report, over.signal)
  const stateNeeded = await echoesState(app, finch.origin)
  const web = await whenPortIsFree(login, () =>
    openCallback({
      redirectUri: app.config.redirectUri,
      stateDigest: digest(login.state),
      stateNeeded,
      whose: { customerName: expected.customerName, providerId: expected.providerId, product: productName(app) },
      onCode: ({ code }) => keepCode(login.journal, code),
      ...watching,
    }),
  )
  let opened: OpenedSession | null = null
  return {
    async open(session) {
      opened = session
      web.sendTo(withState(session.session.connectUrl, finch.connectOrigin, login.state))
      await openLink(app, report, web, over.signal)
    },
    async firstThatLands(land) {
      const until = performance.now() + patience.timeoutMs
      let refused: Problem | null = null
      for (;;) {
        const hit = await nextCode(app, report, web, until, asking).catch((error: unknown) => {
          // Where nothing better came, the one code that did come says more than the silence after it.
          throw refused !== null && error instanceof Problem && error.kind === 'pending' ? refused : error
        })
        try {
          const landed = await land(codeOf(hit, web))
          if (hit.proven) await rememberState(app, finch.origin)
          return landed
        } catch (error) {
          if (!failedAlone(hit, error)) throw error
          if (refused === null) report({ kind: 'code_refused', why: error.message })
          refused = error
        }
        await beginAgain(login, {
          sessionId: opened?.session.sessionId ?? null,
          finchCustomerId: opened?.finchCustomerId ?? expected.finchCustomerId,
        })
        await web.goOn(pageFor(refused))
      }
    },
    finish: (page, providerId) => web.finish(page, providerId),
    close() {
      over.abort()
      return web.close()
    },
  }
}

function codeOf({ code, proven }: Hit, web: CallbackServer): Code {
  return { secret: code, proven, isOvertaken: () => !proven && web.overtaken() }
}

/** P3. If the disk will not take the code, it goes on from memory; see `markSent`. */
async function keepCode(journal: Journal, code: Secret): Promise<void> {
  try {
    await journal.saveCode(code)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
  }
}

const PORT_POLL_MS = 200

/** Two logins on one machine share the registered port: the later one waits for it where it may. */
async function whenPortIsFree<T>({ app, patience, report }: Login, open: () => Promise<T>): Promise<T> {
  const until = performance.now() + patience.waitMs
  for (let tries = 1; ; tries += 1) {
    try {
      return await open()
    } catch (error) {
      const taken = error instanceof Problem && error.code === 'port_taken'
      if (!taken || performance.now() > until) throw error
      if (tries === 1) report({ kind: 'queued', for: 'the callback port', waitMs: patience.waitMs })
      await sleep(PORT_POLL_MS, undefined, { signal: app.host.signal }).catch(() => {
        throw app.host.signal.reason
      })
    }
  }
}

/** What the product is called on pages: the profile, where it has a name of its own. */
function productName({ config }: Pick<App, 'config'>): string | null {
  return ['default', EMULATOR_PROFILE].includes(config.profile) ? null : config.profile
}

/** The fact that this Finch sends back the state it was given: from then on a callback without it is not from Finch. */
function stateFact(origin: string): string {
  return `state_echoed:${origin}`
}

async function echoesState({ store }: Pick<App, 'store'>, origin: string): Promise<boolean> {
  return (await store.fact(stateFact(origin))) !== null
}

/** A disk that does not take this keeps no login from being finished. */
async function rememberState({ store }: Pick<App, 'store'>, origin: string): Promise<void> {
  try {
    await store.settle(stateFact(origin), 'yes')
  } catch (error) {
    if (!(error instanceof Problem)) throw error
  }
}

/** What the local web asks of the person at the terminal, and tells them, while `over` has not fired. */
function watchers(
  app: Room,
  report: Report,
  over: AbortSignal,
): Pick<CallbackOptions, 'onStray' | 'mayTakeOver'> & { readonly asking: () => boolean } {
  let asked = 0
  let questions = 0
  let strayTold = false
  let secondTold = false
  return {
    asking: () => asked > 0,
    onStray(stray: Stray) {
      if (strayTold) return
      strayTold = true
      report({ kind: 'stray', why: STRAYS[stray] })
    },
    async mayTakeOver(gone) {
      if (!app.prompts.available || questions === MOST_QUESTIONS) {
        if (!secondTold) report({ kind: 'second_opening' })
        secondTold = true
        return false
      }
      questions += 1
      asked += 1
      report({ kind: 'question' })
      try {
        return await app.prompts.confirm(
          'Another browser opened the link. Was that you?',
          false,
          AbortSignal.any([gone, over]),
        )
      } finally {
        asked -= 1
      }
    },
  }
}

/** The address is printed and opened. */
async function openLink(app: Room, report: Report, web: CallbackServer, over: AbortSignal): Promise<void> {
  app.host.onPhase?.('P2')
  const opened = await openAddress(app, web, over)
  report({ kind: 'opening', address: web.launchUrl, opened: opened.opened, why: opened.opened ? null : opened.why })
  const remote = remoteCommand(app.host.env, app.config.redirectUri)
  if (remote !== null) report({ kind: 'remote', command: remote })
}

/** Waits for the next code until `until` (of `performance.now`), and shows that it waits. */
async function nextCode(
  app: Room,
  report: Report,
  web: CallbackServer,
  until: number,
  asking: () => boolean,
): Promise<Hit> {
  const left = () => Math.max(0, until - performance.now())
  const ticking = setInterval(() => {
    if (!asking()) report({ kind: 'waiting', leftMs: left() })
  }, 1_000)
  report({ kind: 'waiting', leftMs: left() })
  try {
    const hit = await web.wait(left(), app.host.signal)
    report({ kind: 'code' })
    return hit
  } finally {
    clearInterval(ticking)
  }
}

type Opened = { readonly opened: true } | { readonly opened: false; readonly why: string | null }

async function openAddress(app: Room, web: CallbackServer, over: AbortSignal): Promise<Opened> {
  const { browser } = app.config
  if (browser === 'none') return { opened: false, why: null }
  if (browser?.[0] === 'robot') {
    sendRobot(web.launchUrl, browser.slice(1), over).then(web.fail, (error: unknown) => {
      if (!over.aborted) web.fail(error)
    })
    return { opened: true }
  }
  const { openBrowser } = await import('../../web/browser.ts')
  return openBrowser(web.launchUrl, browser, {
    env: app.host.env,
    platform: app.host.platform,
    usual: app.config.usualBrowsers,
    reached: web.reached,
  })
}

const ENDING: readonly ProblemKind[] = ['stopped', 'undetermined', 'unavailable', 'credentials']

/** Whether a code that proves nothing failed for its own sake, so that the right one may still come. */
function failedAlone(hit: Hit, error: unknown): error is Problem {
  if (hit.proven || !(error instanceof Problem)) return false
  // What keeps every code from being saved keeps the right one too; a token that waits for a lock is not refused.
  return !ENDING.includes(error.kind) && error.code !== 'in_progress'
}
