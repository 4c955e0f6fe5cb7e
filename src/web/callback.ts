/**
 * The local web of one login: a launcher that marks the browser with a cookie and sends it to Finch, the callback that
 * takes codes, and the page that tells how it ended. Wrong and foreign requests get their answer and the wait goes on.
 *
 * Cookie and state must both fit, and a person must have gone there. Finch may not echo `state` for sessions, which is
 * undocumented: until it has done so once, a callback without one is tried on the cookie alone. Such a code proves
 * nothing, so its failing ends nothing either: whoever waits says `goOn`.
 */
import type { Secret } from '../domain/secret.ts'
import { Problem } from '../problem.ts'
import { CallbackWeb } from './callback-web.ts'
import type { Stray } from './guard.ts'
import type { MayTakeOver } from './launcher.ts'
import { closeAll, listenOnLoopback, proveReachable } from './loopback.ts'
import type { PageName, Whose } from './pages.ts'

/** A code that came back. `proven`: with the state that only Finch and this login know. */
export interface Hit {
  readonly code: Secret
  readonly proven: boolean
}

export interface CallbackOptions {
  /** Registered at Finch: http, loopback, with the port to listen on. */
  readonly redirectUri: string
  /** SHA-256 of the state that was sent along. */
  readonly stateDigest: string
  /** This Finch has echoed a state before, so a callback without one is not from Finch. */
  readonly stateNeeded: boolean
  readonly whose: Whose
  /** Saves the code that is tried next; the browser is answered only after it has returned. */
  readonly onCode: (hit: Hit) => Promise<void>
  /** Told of each request that looked like a callback and was refused. */
  readonly onStray: (stray: Stray) => void
  /** Another browser opened the link: may it go on in the first one's place? */
  readonly mayTakeOver: MayTakeOver
}

export interface CallbackServer {
  /** The address to open: ours, of constant shape, so that no secret stands in a process list or a browser's argv. */
  readonly launchUrl: string
  /** Resolves when a browser has opened that address. */
  readonly reached: Promise<void>
  /** Where the launcher sends the browser; set once the session exists. */
  sendTo(connectUrl: string): void
  /** Resolves with the next code; rejects when Finch reported a refusal, the time is over or the signal fired. */
  wait(timeoutMs: number, signal: AbortSignal): Promise<Hit>
  /** Ends the wait. */
  fail(reason: unknown): void
  /** A code with the state has come while one without it is being tried. */
  overtaken(): boolean
  /** The code that was tried led nowhere: its browser gets this page, and the next code is waited for. */
  goOn(page: PageName): Promise<void>
  /** Shows how it ended to a browser that waits for it, then closes. */
  finish(page: PageName, providerId?: string): Promise<void>
  close(): Promise<void>
}

/** Throws Problem 2 for a redirect URI that no local login can use, 11 for a port in use. */
export async function openCallback(options: CallbackOptions): Promise<CallbackServer> {
  const { host, port, path } = localParts(options.redirectUri)
  const web = new CallbackWeb(options, host, path)
  const servers = await listenOnLoopback(port, (request, response) => web.answer(request, response))
  try {
    await proveReachable(`http://${host}${web.noncePath}`, web.nonce)
  } catch (error) {
    await closeAll(servers)
    throw error
  }
  return {
    launchUrl: `http://${host}${web.launcher.path}`,
    reached: web.launcher.reached.promise,
    sendTo: (connectUrl) => web.launcher.sendTo(connectUrl),
    wait: (timeoutMs, signal) => web.wait(timeoutMs, signal),
    fail: (reason) => web.fail(reason),
    overtaken: () => web.overtaken(),
    goOn: (page) => web.goOn(page),
    async finish(page, providerId) {
      await web.finish(page, providerId)
      await closeAll(servers)
    },
    close: () => closeAll(servers),
  }
}

function localParts(redirectUri: string): { host: string; port: number; path: string } {
  const url = new URL(redirectUri)
  if (url.protocol !== 'http:' || !['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) {
    throw new Problem('usage', `cannot wait on this machine at ${redirectUri}: it must be http on localhost`, {
      code: 'redirect_not_local',
      hint: 'set FINCHCONN_REDIRECT_URI to one like http://localhost:4179/callback that is registered at Finch',
    })
  }
  return { host: url.host, port: url.port === '' ? 80 : Number(url.port), path: url.pathname }
}
