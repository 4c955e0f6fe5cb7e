/** The one link that is printed and opened: it marks the browser that opens it with a cookie and sends it on to Finch. */
import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { equalInConstantTime } from '../domain/fingerprint.ts'
import { deferred } from './deferred.ts'
import { type Arrived, cookieOf, isNavigation } from './guard.ts'
import { PAGE_HEADERS } from './pages.ts'

/** `gone` fires when the browser that asks stops waiting for an answer. */
export type MayTakeOver = (gone: AbortSignal) => Promise<boolean>

export class Launcher {
  readonly path = `/go/${randomBytes(16).toString('base64url')}`
  /** Resolves when a browser has opened the link. */
  readonly reached = deferred<void>()
  // A name of its own: browsers share cookies between the ports of a host, and two logins may run at once.
  readonly #cookieName = `finchconn_${randomBytes(6).toString('hex')}`
  readonly #mayTakeOver: MayTakeOver
  #cookie = newCookie()
  #connectUrl: string | null = null
  #launched = false
  #asking: { readonly response: ServerResponse; readonly gone: AbortController } | null = null

  constructor(mayTakeOver: MayTakeOver) {
    this.#mayTakeOver = mayTakeOver
  }

  sendTo(connectUrl: string): void {
    this.#connectUrl = connectUrl
  }

  /** Answers with the way to Finch; otherwise with the status of a refusal. */
  async open(arrived: Arrived, response: ServerResponse): Promise<number | null> {
    if (this.#connectUrl === null) return 503
    // Only a tab that was sent here is somebody's opening: an image in a page would spend the link.
    if (!isNavigation(arrived)) return 403
    if (this.#launched && !this.isHolder(arrived) && !(await this.#takesOver(response))) return 410
    this.#launched = true
    this.reached.resolve()
    response
      .writeHead(302, {
        ...PAGE_HEADERS,
        Location: this.#connectUrl,
        'Set-Cookie': `${this.#cookieName}=${this.#cookie}; HttpOnly; SameSite=Lax; Path=/`,
      })
      .end()
    return null
  }

  /** The login came back meanwhile: a question that still stands is answered by that. */
  endQuestion(): void {
    this.#asking?.gone.abort()
  }

  /** Whether this browser is the one that opened the link. */
  isHolder(arrived: Arrived): boolean {
    const cookie = cookieOf(arrived, this.#cookieName)
    return cookie !== null && equalInConstantTime(cookie, this.#cookie)
  }

  /**
   * Another browser has the link. It may be the person's other one, or somebody else on this machine who read it: only
   * the person can tell. With a yes the first browser is out.
   */
  async #takesOver(response: ServerResponse): Promise<boolean> {
    // One question at a time; a browser that gave up waiting makes room for its own next try.
    if (this.#asking !== null && !this.#asking.response.closed) return false
    const gone = new AbortController()
    this.#asking = { response, gone }
    response.once('close', () => gone.abort())
    const yes = await this.#mayTakeOver(gone.signal)
    if (this.#asking?.gone === gone) this.#asking = null
    if (!yes || gone.signal.aborted) return false
    this.#cookie = newCookie()
    return true
  }
}

function newCookie(): string {
  return randomBytes(32).toString('base64url')
}
