/**
 * The local web of one attempt: a launcher that marks the browser with a cookie and sends it to Finch, the callback that
 * takes the code, and the page that tells how it ended. Wrong and foreign requests get their answer and the wait goes on.
 *
 * Cookie and state must both fit. Finch may not echo `state` for sessions, which is undocumented: when it is absent the
 * cookie alone decides; when it is present and wrong, nothing helps.
 */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { inWords } from '../domain/duration.ts'
import { digest, equalInConstantTime } from '../domain/fingerprint.ts'
import { Secret } from '../domain/secret.ts'
import { Problem } from '../problem.ts'
import { type Arrived, cookieOf, inspectRequest, readCallback } from './guard.ts'
import { PAGE_HEADERS, type PageName, renderPage } from './pages.ts'

/** How long a browser that was told to fetch the last page may take to come for it. */
const LAST_PAGE_MS = 2_000

export interface CallbackOptions {
  /** Registered at Finch: http, loopback, with the port to listen on. */
  readonly redirectUri: string
  /** SHA-256 of the state that was sent along. */
  readonly stateDigest: string
  /** Saves the code; the browser is answered only after it has returned. */
  readonly onCode: (code: Secret) => Promise<void>
}

export interface CallbackServer {
  /** The address to open: ours, of constant shape, so that no secret stands in a process list or a browser's argv. */
  readonly launchUrl: string
  /** Where the launcher sends the browser; set once the session exists. */
  sendTo(connectUrl: string): void
  /** Resolves with the code; rejects when Finch reported a refusal, the link was stolen, the time is over or the signal fired. */
  wait(timeoutMs: number, signal: AbortSignal): Promise<Secret>
  /** Shows how it ended to a browser that waits for it, then closes. */
  finish(page: PageName): Promise<void>
  close(): Promise<void>
}

/** Throws Problem 2 for a redirect URI that no local flow can use, 11 for a port in use. */
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
    launchUrl: `http://${host}${web.launchPath}`,
    sendTo: (connectUrl) => web.sendTo(connectUrl),
    wait: (timeoutMs, signal) => web.wait(timeoutMs, signal),
    async finish(page) {
      await web.finish(page)
      await closeAll(servers)
    },
    close: () => closeAll(servers),
  }
}

function localParts(redirectUri: string): { host: string; port: number; path: string } {
  const url = new URL(redirectUri)
  if (url.protocol !== 'http:' || !['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) {
    throw new Problem(
      'usage',
      `nothing can wait on this machine at the redirect URI ${redirectUri}: that takes http on localhost`,
      {
        code: 'redirect_not_local',
        hint: 'set FINCHCONN_REDIRECT_URI to one like http://localhost:4179/callback that is registered at Finch',
      },
    )
  }
  return { host: url.host, port: url.port === '' ? 80 : Number(url.port), path: url.pathname }
}

type Outcome = { readonly code: Secret } | { readonly problem: Problem }

class CallbackWeb {
  readonly launchPath = `/go/${randomBytes(16).toString('base64url')}`
  readonly noncePath = `/nonce/${randomBytes(16).toString('base64url')}`
  readonly nonce = randomBytes(16).toString('hex')
  readonly #donePath = `/done/${randomBytes(16).toString('base64url')}`
  // A name of its own: browsers share cookies between the ports of a host, and two logins may run at once.
  readonly #cookieName = `finchconn_${randomBytes(6).toString('hex')}`
  readonly #cookie = randomBytes(32).toString('base64url')
  readonly #options: CallbackOptions
  readonly #host: string
  readonly #path: string
  readonly #outcome = deferred<Outcome>()
  readonly #page = deferred<PageName>()
  readonly #lastPageShown = deferred<void>()
  #connectUrl: string | null = null
  #launched = false
  #taken = false
  #closed = false
  #sentToDone = false

  constructor(options: CallbackOptions, host: string, path: string) {
    this.#options = options
    this.#host = host
    this.#path = path
  }

  sendTo(connectUrl: string): void {
    this.#connectUrl = connectUrl
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    this.#handle(request, response).catch(() => {
      // Whatever went wrong in answering one request (a socket that closed, mostly), the wait goes on.
      response.destroy()
    })
  }

  async wait(timeoutMs: number, signal: AbortSignal): Promise<Secret> {
    const over = deferred<Outcome>()
    const pending = () =>
      new Problem('pending', `nobody came back within ${inWords(timeoutMs)}`, {
        code: 'pending',
        hint: 'run it again, with a longer --timeout if need be',
      })
    // From here on no code is taken any more; one that is being saved just now is waited for, or it would be lost.
    const end = (problem: Problem) => {
      this.#closed = true
      if (!this.#taken) over.resolve({ problem })
    }
    const timer = setTimeout(() => end(pending()), timeoutMs)
    const stop = () => end(signal.reason as Problem)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    try {
      const outcome = await Promise.race([this.#outcome.promise, over.promise])
      if ('problem' in outcome) throw outcome.problem
      return outcome.code
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    }
  }

  async finish(page: PageName): Promise<void> {
    this.#page.resolve(page)
    if (!this.#sentToDone) return
    const late = new Promise<void>((resolve) => setTimeout(resolve, LAST_PAGE_MS).unref())
    await Promise.race([this.#lastPageShown.promise, late])
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const arrived: Arrived = {
      method: request.method ?? '',
      target: request.url ?? '',
      rawHeaders: request.rawHeaders,
    }
    const verdict = inspectRequest(arrived, this.#host)
    if (!verdict.fits) return void send(response, verdict.status, verdict.status === 204 ? null : 'stray')
    if (verdict.path === this.#path) return this.#callback(arrived, verdict.query, response)
    if (verdict.path === this.launchPath) return void this.#launch(arrived, response)
    if (verdict.path === this.#donePath) return this.#done(response)
    if (verdict.path === this.noncePath) {
      response.writeHead(200, { 'Content-Type': 'text/plain', Connection: 'close' }).end(this.nonce)
      return
    }
    send(response, 404, 'stray')
  }

  #launch(arrived: Arrived, response: ServerResponse): void {
    const known = this.#hasCookie(arrived)
    if (this.#connectUrl === null) return void send(response, 503, 'stray')
    if (this.#launched && !known) {
      // Somebody else on this machine read the link, and whoever was first may not be our person: nobody goes on.
      this.#outcome.resolve({
        problem: new Problem('failed', 'the link was opened a second time, by another browser or program', {
          code: 'link_opened_twice',
          hint: 'run it again and open the new link once',
        }),
      })
      return void send(response, 410, 'stolen')
    }
    this.#launched = true
    response
      .writeHead(302, {
        ...PAGE_HEADERS,
        Location: this.#connectUrl,
        'Set-Cookie': `${this.#cookieName}=${this.#cookie}; HttpOnly; SameSite=Lax; Path=/`,
      })
      .end()
  }

  async #callback(arrived: Arrived, query: URLSearchParams, response: ServerResponse): Promise<void> {
    const callback = readCallback(query)
    const late = this.#closed && !this.#taken
    if (late || callback.kind === 'nonsense' || !this.#hasCookie(arrived) || !this.#stateFits(callback.state)) {
      return void send(response, 400, 'stray')
    }
    if (callback.kind === 'refused') {
      // Finch documents no error parameter, so it is believed only with the state that no stranger has.
      if (callback.state === null) return void send(response, 400, 'stray')
      this.#outcome.resolve({
        problem: new Problem('failed', 'Finch reported that the login was not completed', {
          code: 'connect_refused',
          hint: 'ask the employer what they saw, then run it again',
        }),
      })
      return void send(response, 200, 'cancelled')
    }
    // The first valid hit wins; a browser that repeats it is sent the same way and nothing is exchanged twice.
    if (!this.#taken) {
      this.#taken = true
      const code = new Secret(callback.code)
      try {
        await this.#options.onCode(code)
      } finally {
        this.#outcome.resolve({ code })
      }
    }
    this.#sentToDone = true
    response.writeHead(303, { ...PAGE_HEADERS, Location: this.#donePath }).end()
  }

  async #done(response: ServerResponse): Promise<void> {
    const page = await this.#page.promise
    send(response, page === 'connected' || page === 'reauthenticated' ? 200 : 409, page)
    response.once('close', () => this.#lastPageShown.resolve())
  }

  #hasCookie(arrived: Arrived): boolean {
    const cookie = cookieOf(arrived, this.#cookieName)
    return cookie !== null && equalInConstantTime(cookie, this.#cookie)
  }

  #stateFits(state: string | null): boolean {
    return state === null || equalInConstantTime(digest(state), this.#options.stateDigest)
  }
}

function send(response: ServerResponse, status: number, page: PageName | null): void {
  response.writeHead(status, PAGE_HEADERS).end(page === null ? undefined : renderPage(page))
}

interface Deferred<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve: (value) => resolve(value) }
}

/**
 * Both loopback addresses, exclusively: with only one of them bound, another program can take the other and receive the
 * code, since browsers choose either for `localhost`. A machine without IPv6 has only the one.
 */
async function listenOnLoopback(
  port: number,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Server[]> {
  const servers: Server[] = []
  for (const host of ['127.0.0.1', '::1']) {
    const server = createServer(
      { maxHeaderSize: 32 * 1024, requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 1 },
      answer,
    )
    server.maxConnections = 256
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen({ host, port, exclusive: true, ipv6Only: host === '::1' }, resolve)
      })
      servers.push(server)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : ''
      if (host === '::1' && servers.length > 0 && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')) continue
      await closeAll(servers)
      throw portProblem(port, String(code), error)
    }
  }
  return servers
}

function portProblem(port: number, code: string, cause: unknown): Problem {
  const hint =
    'end the program that has it, or set FINCHCONN_REDIRECT_URI to another port and register that address at Finch'
  if (code === 'EADDRINUSE')
    return new Problem('conflict', `port ${port} is taken by another process`, { code: 'port_taken', hint, cause })
  return new Problem('failed', `cannot listen on port ${port} (${code})`, { code: 'port_unusable', hint, cause })
}

/** Asks through the very name the browser will use: whoever answers there must be us. */
async function proveReachable(url: string, nonce: string): Promise<void> {
  const seen = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(5_000) })
    .then((response) => response.text())
    .catch((error: unknown) => {
      throw new Problem('failed', `this machine cannot reach itself at ${new URL(url).origin}`, {
        code: 'callback_unreachable',
        hint: 'check that "localhost" means this machine (hosts file, proxy settings)',
        cause: error,
      })
    })
  if (seen === nonce) return
  throw new Problem('conflict', `another program answers at ${new URL(url).origin}`, {
    code: 'port_taken',
    hint: 'end that program, or set FINCHCONN_REDIRECT_URI to another port and register that address at Finch',
  })
}

async function closeAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(
    servers.map(
      (server) =>
        new Promise<void>((resolve) => {
          server.close(() => resolve())
          server.closeAllConnections()
        }),
    ),
  )
}
