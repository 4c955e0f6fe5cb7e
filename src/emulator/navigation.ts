import { request as overHttp } from 'node:http'
import { request as overHttps } from 'node:https'
import { CookieJar } from 'tough-cookie'

// One page load as a browser makes it: its headers and cookies, redirects reported and not followed. `fetch` cannot do
// this, because it sets Sec-Fetch-Mode itself.

export interface Navigation {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly body: URLSearchParams | null
  /** Origin of the page whose form was sent; null when the address was opened from outside any page. */
  readonly initiator: string | null
  /** The addresses that redirected here, oldest first. */
  readonly redirectedFrom: readonly string[]
}

export interface Visited {
  readonly status: number
  readonly text: string
  readonly location: string | null
}

const USER_AGENT = 'Mozilla/5.0 (finchconn robot)'

export class Navigator {
  readonly #jar = new CookieJar()

  /** Rejects when nobody answers or `signal` is aborted. */
  async visit(navigation: Navigation, signal: AbortSignal): Promise<Visited> {
    const { url, method, body } = navigation
    const cookie = await this.#jar.getCookieString(url)
    const { status, headers, text } = await send(url, method, body?.toString() ?? null, signal, {
      ...navigationHeaders(navigation),
      ...(cookie === '' ? {} : { cookie }),
    })
    for (const line of headers['set-cookie'] ?? []) await this.#jar.setCookie(line, url, { ignoreError: true })
    const redirects = status >= 300 && status < 400
    return { status, text, location: redirects ? (headers.location ?? null) : null }
  }
}

function navigationHeaders(navigation: Navigation): Record<string, string> {
  return {
    accept: 'text/html,application/xhtml+xml',
    'sec-fetch-dest': 'document',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-site': siteOf(navigation),
    'sec-fetch-user': '?1',
    'upgrade-insecure-requests': '1',
    'user-agent': USER_AGENT,
  }
}

/** `Sec-Fetch-Site` looks at the whole chain of redirects: one foreign address in it is enough. */
function siteOf({ url, initiator, redirectedFrom }: Navigation): 'none' | 'same-origin' | 'same-site' | 'cross-site' {
  if (initiator === null) return 'none'
  const from = new URL(initiator)
  const chain = [...redirectedFrom, url].map((address) => new URL(address))
  if (chain.every(({ origin }) => origin === from.origin)) return 'same-origin'
  const sameSite = chain.every(({ protocol, hostname }) => protocol === from.protocol && hostname === from.hostname)
  return sameSite ? 'same-site' : 'cross-site'
}

interface Answered {
  readonly status: number
  readonly headers: { readonly 'set-cookie'?: string[] | undefined; readonly location?: string | undefined }
  readonly text: string
}

function send(
  url: string,
  method: string,
  body: string | null,
  signal: AbortSignal,
  headers: Record<string, string>,
): Promise<Answered> {
  const form = body === null ? {} : { 'content-type': 'application/x-www-form-urlencoded' }
  const start = new URL(url).protocol === 'https:' ? overHttps : overHttp
  return new Promise((resolve, reject) => {
    const request = start(url, { method, signal, agent: false, headers: { ...headers, ...form } }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => {
        text += part
      })
      response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
      response.once('error', reject)
    })
    request.once('error', reject)
    request.end(body ?? undefined)
  })
}
