import { text } from 'node:stream/consumers'
import { CookieJar } from 'tough-cookie'
import { openDirect } from './direct.ts'

// One page load as a browser makes it: its headers and cookies, redirects reported and not followed.

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
    const answer = await openDirect(url, {
      method,
      body: body?.toString() ?? null,
      signal,
      headers: {
        ...navigationHeaders(navigation),
        ...(body === null ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        ...(cookie === '' ? {} : { cookie }),
      },
    })
    const { statusCode: status = 0, headers } = answer
    const page = await text(answer)
    for (const line of headers['set-cookie'] ?? []) await this.#jar.setCookie(line, url, { ignoreError: true })
    const redirects = status >= 300 && status < 400
    return { status, text: page, location: redirects ? (headers.location ?? null) : null }
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
