/** P2 and P3 of an attempt: the link is printed and opened, and codes come back, from the employer or from somebody else. */
import type { App } from '../app.ts'
import { EMULATOR_PROFILE } from '../config.ts'
import { Problem, type ProblemKind } from '../problem.ts'
import type { CallbackOptions, CallbackServer, Hit } from '../web/callback.ts'
import { STRAYS, type Stray } from '../web/guard.ts'
import type { PageName } from '../web/pages.ts'
import type { Tell } from './news.ts'
import { remoteCommand } from './remote.ts'
import { sendRobot } from './robot.ts'

type Room = Pick<App, 'store' | 'prompts' | 'config' | 'host'>

/** How often a person is asked about another browser in one attempt. */
const MOST_QUESTIONS = 3

/** Nobody waits for a login that nobody can begin. */
export function refuseNobody({ config }: Pick<App, 'config'>): void {
  if (!config.noInput || config.browser !== null || config.sources.browser === 'flag') return
  throw new Problem('input_needed', 'nobody is here to open a browser (running without prompts)', {
    code: 'no_browser',
    hint: 'add --no-browser to have the link printed for somebody to open, or --browser <command> to open it',
  })
}

/** What the product is called on pages: the profile, where it has a name of its own. */
export function productName({ config }: Pick<App, 'config'>): string | null {
  return ['default', EMULATOR_PROFILE].includes(config.profile) ? null : config.profile
}

/** The fact that this Finch sends back the state it was given: from then on a callback without it is not from Finch. */
function stateFact(origin: string): string {
  return `state_echoed:${origin}`
}

export async function echoesState({ store }: Pick<App, 'store'>, origin: string): Promise<boolean> {
  return (await store.fact(stateFact(origin))) !== null
}

/** A disk that does not take this keeps no login from being finished. */
export async function rememberState({ store }: Pick<App, 'store'>, origin: string): Promise<void> {
  try {
    await store.settle(stateFact(origin), 'yes')
  } catch (error) {
    if (!(error instanceof Problem)) throw error
  }
}

/** What the local web asks of the person at the terminal, and tells them, while `over` has not fired. */
export function watchers(
  app: Room,
  tell: Tell,
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
      tell({ kind: 'stray', why: STRAYS[stray] })
    },
    async mayTakeOver(gone) {
      if (!app.prompts.available || questions === MOST_QUESTIONS) {
        if (!secondTold) tell({ kind: 'second_opening' })
        secondTold = true
        return false
      }
      questions += 1
      asked += 1
      tell({ kind: 'question' })
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
export async function openLink(app: Room, tell: Tell, web: CallbackServer, over: AbortSignal): Promise<void> {
  app.host.onPhase?.('P2')
  const opened = await openAddress(app, web, over)
  tell({ kind: 'opening', address: web.launchUrl, opened: opened.opened, why: opened.opened ? null : opened.why })
  const remote = remoteCommand(app.host.env, app.config.redirectUri)
  if (remote !== null) tell({ kind: 'remote', command: remote })
}

/** Waits for the next code until `until` (of `performance.now`), and shows that it waits. */
export async function nextCode(
  app: Room,
  tell: Tell,
  web: CallbackServer,
  until: number,
  asking: () => boolean,
): Promise<Hit> {
  const left = () => Math.max(0, until - performance.now())
  const ticking = setInterval(() => {
    if (!asking()) tell({ kind: 'waiting', leftMs: left() })
  }, 1_000)
  tell({ kind: 'waiting', leftMs: left() })
  try {
    const hit = await web.wait(left(), app.host.signal)
    tell({ kind: 'code' })
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
  const { openBrowser } = await import('../web/browser.ts')
  return openBrowser(web.launchUrl, browser, {
    env: app.host.env,
    platform: app.host.platform,
    usual: app.config.usualBrowsers,
    reached: web.reached,
  })
}

/** The page for a login that came back and was not saved. */
export function pageFor(error: unknown): PageName {
  if (!(error instanceof Problem)) return 'failed'
  if (error.kind === 'mismatch') return 'mismatch'
  if (error.code === 'invalid_grant') return 'expired'
  if (error.kind === 'undetermined' && error.code !== 'unreadable_answer') return 'again'
  if (error.code === 'superseded' || error.code === 'customer_single') return 'conflict'
  return 'failed'
}

const ENDING: readonly ProblemKind[] = ['stopped', 'undetermined', 'unavailable', 'credentials']

/** Whether a code that proves nothing failed for its own sake, so that the right one may still come. */
export function failedAlone(hit: Hit, error: unknown): error is Problem {
  if (hit.proven || !(error instanceof Problem)) return false
  // What keeps every code from being saved keeps the right one too; a token that waits for a lock is not refused.
  return !ENDING.includes(error.kind) && error.code !== 'in_progress'
}
