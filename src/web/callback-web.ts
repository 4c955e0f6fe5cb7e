/** What one login's local web answers, request by request; `callback.ts` says what for. */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { inWords } from '../domain/duration.ts'
import { digest, equalInConstantTime } from '../domain/fingerprint.ts'
import { Secret } from '../domain/secret.ts'
import { Problem } from '../problem.ts'
import type { CallbackOptions, Hit } from './callback.ts'
import { type Deferred, deferred } from './deferred.ts'
import {
  type Arrived,
  inspectRequest,
  isNavigation,
  looksLikeCallback,
  partsOf,
  readCallback,
  STRAYS,
  type Stray,
} from './guard.ts'
import { Launcher } from './launcher.ts'
import { PAGE_HEADERS, type PageName, renderPage, type Whose } from './pages.ts'

/** How long a browser that was told to fetch the last page may take to come for it. */
const LAST_PAGE_MS = 2_000
/** Codes without a state that are tried in one login; each one costs a call to Finch. */
const MOST_UNPROVEN = 20

interface Failed {
  readonly failed: unknown
}

type Outcome = { readonly hit: Hit } | Failed

/** One code, and the page its browser is waiting for. */
interface Try {
  readonly hit: Hit
  readonly path: string
  readonly page: Deferred<PageName>
  readonly shown: Deferred<void>
  sentToPage: boolean
}

export class CallbackWeb {
  readonly launcher: Launcher
  readonly noncePath = `/nonce/${randomName()}`
  readonly nonce = randomBytes(16).toString('hex')
  readonly #options: CallbackOptions
  readonly #host: string
  readonly #path: string
  readonly #tries = new Map<string, Try>()
  readonly #strays = new Set<Stray>()
  #whose: Whose
  #stateNeeded: boolean
  #outcome = deferred<Outcome>()
  #current: Try | null = null
  #queue: Try[] = []
  #failed: Failed | null = null
  #closed = false
  /** What was allowed for the whole wait. */
  #allowedMs: number | null = null

  constructor(options: CallbackOptions, host: string, path: string) {
    this.#options = options
    this.launcher = new Launcher(async (gone) => !this.#closed && this.#current === null && options.mayTakeOver(gone))
    this.#whose = options.whose
    this.#stateNeeded = options.stateNeeded
    this.#host = host
    this.#path = path
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    this.#handle(request, response).catch((error: unknown) => {
      // Whatever went wrong in answering one request (a socket that closed, mostly), the wait goes on.
      if (error instanceof Problem && error.kind === 'stopped') this.fail(error)
      response.destroy()
    })
  }

  async wait(timeoutMs: number, signal: AbortSignal): Promise<Hit> {
    this.#allowedMs ??= timeoutMs
    const over = deferred<Outcome>()
    // From here on no code is taken any more; one that is being saved just now is waited for, or it would be lost.
    const end = (problem: Problem) => {
      this.#closed = true
      if (this.#current === null) over.resolve({ failed: problem })
    }
    const timer = setTimeout(() => end(this.#timedOut(this.#allowedMs ?? timeoutMs)), timeoutMs)
    const stop = () => end(signal.reason as Problem)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    try {
      const outcome = await Promise.race([this.#outcome.promise, over.promise])
      if ('failed' in outcome) throw outcome.failed
      return outcome.hit
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    }
  }

  #timedOut(timeoutMs: number): Problem {
    const seen = [...this.#strays].map((stray) => STRAYS[stray])
    return new Problem('pending', `timed out: the login wasn't finished within ${inWords(timeoutMs)}`, {
      code: 'pending',
      hint:
        seen.length === 0
          ? 'run it again, with a longer --timeout if need be'
          : `a callback arrived that did not match (${seen.join('; ')}): run it again and stay in the browser that opens the link`,
    })
  }

  fail(reason: unknown): void {
    this.#closed = true
    this.#end(reason)
  }

  /** While a code is being tried this waits for it: that code may still be the right one. */
  #end(reason: unknown): void {
    this.#failed ??= { failed: reason }
    this.#outcome.resolve(this.#failed)
  }

  overtaken(): boolean {
    return this.#current?.hit.proven === false && this.#queue.some(({ hit }) => hit.proven)
  }

  async goOn(page: PageName): Promise<void> {
    this.#current?.page.resolve(page)
    this.#current = null
    this.#outcome = deferred()
    const next = this.#queue.find(({ hit }) => hit.proven) ?? this.#queue[0]
    this.#queue = this.#queue.filter((one) => one !== next)
    if (next !== undefined) await this.#begin(next)
    else if (this.#failed !== null) this.#outcome.resolve(this.#failed)
  }

  async finish(page: PageName, providerId?: string): Promise<void> {
    this.#closed = true
    if (providerId !== undefined) this.#whose = { ...this.#whose, providerId }
    const tries = [...this.#tries.values()]
    for (const one of tries) one.page.resolve(page)
    const late = new Promise<void>((resolve) => setTimeout(resolve, LAST_PAGE_MS).unref())
    await Promise.race([
      Promise.all(tries.filter(({ sentToPage }) => sentToPage).map(({ shown }) => shown.promise)),
      late,
    ])
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const arrived: Arrived = {
      method: request.method ?? '',
      target: request.url ?? '',
      rawHeaders: request.rawHeaders,
    }
    const verdict = inspectRequest(arrived, this.#host)
    if (!verdict.fits) {
      if (verdict.status === 421 && looksLikeCallback(arrived, this.#path)) this.#stray('other_host')
      return void this.#send(response, verdict.status, verdict.status === 204 ? null : 'stray')
    }
    if (verdict.path === this.#path) return this.#callback(arrived, response)
    if (verdict.path === this.launcher.path) {
      const refused = await this.launcher.open(arrived, response)
      if (refused !== null) this.#send(response, refused, refused === 410 ? 'second' : 'stray')
      return
    }
    const tried = [...this.#tries.values()].find(({ path }) => path === verdict.path)
    if (tried !== undefined) return this.#lastPage(tried, response)
    if (verdict.path === this.noncePath) {
      response.writeHead(200, { 'Content-Type': 'text/plain', Connection: 'close' }).end(this.nonce)
      return
    }
    if (looksLikeCallback(arrived, this.#path)) this.#stray('other_path')
    this.#send(response, 404, 'stray')
  }

  async #callback(arrived: Arrived, response: ServerResponse): Promise<void> {
    const callback = readCallback(partsOf(arrived.target).query)
    const stray = this.#strayIn(arrived, callback)
    if (stray !== null) {
      this.#stray(stray)
      return void this.#send(response, 400, 'stray')
    }
    if (callback.kind === 'refused') {
      this.#end(
        new Problem('failed', 'Finch reported that the login was not completed', {
          code: 'connect_refused',
          hint: 'ask the employer what they saw, then run it again',
        }),
      )
      return void this.#send(response, 200, 'canceled')
    }
    const tried = callback.kind === 'code' ? await this.#take(callback.code, callback.state !== null) : null
    if (tried === null) return void this.#send(response, 400, 'stray')
    tried.sentToPage = true
    response.writeHead(303, { ...PAGE_HEADERS, Location: tried.path }).end()
  }

  /** Why a callback does not belong to this login; null when it does. */
  #strayIn(arrived: Arrived, callback: ReturnType<typeof readCallback>): Stray | null {
    if (!isNavigation(arrived)) return 'not_navigation'
    if (callback.kind === 'nonsense') return 'unreadable'
    if (!this.launcher.isHolder(arrived)) return 'other_browser'
    if (callback.state !== null) {
      if (!equalInConstantTime(digest(callback.state), this.#options.stateDigest)) return 'wrong_state'
      this.#stateNeeded = true
      return null
    }
    // Finch documents no error parameter, so it is believed only with the state that no stranger has.
    if (callback.kind === 'refused') return 'unproven_error'
    return this.#stateNeeded ? 'no_state' : null
  }

  /** The same code again is the same try: a browser that repeats it is sent the same way and nothing is exchanged twice. */
  async #take(code: string, proven: boolean): Promise<Try | null> {
    const known = this.#tries.get(code)
    if (known !== undefined) return known
    const late = this.#closed && this.#current === null
    if (late || (!proven && this.#tries.size >= MOST_UNPROVEN)) return null
    const hit = { code: new Secret(code), proven }
    const one: Try = { hit, path: `/done/${randomName()}`, page: deferred(), shown: deferred(), sentToPage: false }
    this.#tries.set(code, one)
    if (this.#current === null) await this.#begin(one)
    else this.#queue.push(one)
    return one
  }

  async #begin(one: Try): Promise<void> {
    this.#current = one
    this.launcher.endQuestion()
    try {
      await this.#options.onCode(one.hit)
    } finally {
      this.#outcome.resolve({ hit: one.hit })
    }
  }

  async #lastPage({ page, shown }: Try, response: ServerResponse): Promise<void> {
    const name = await page.promise
    response.once('close', () => shown.resolve())
    this.#send(response, name === 'connected' || name === 'reauthenticated' ? 200 : 409, name, this.#whose)
  }

  #stray(stray: Stray): void {
    if (this.#closed) return
    this.#strays.add(stray)
    this.#options.onStray(stray)
  }

  /** Whose login it is stands only on pages that are shown to the browser that holds it. */
  #send(response: ServerResponse, status: number, page: PageName | null, whose?: Whose): void {
    response.writeHead(status, PAGE_HEADERS).end(page === null ? undefined : renderPage(page, whose))
  }
}

function randomName(): string {
  return randomBytes(16).toString('base64url')
}
