/**
 * Which requests the local web listens to. Pure. Any page in the person's browser and any program on the machine can
 * send requests here, so everything is refused that is not exactly what was expected; refusing costs nothing, since
 * the wait goes on.
 */
export interface Arrived {
  readonly method: string
  /** As it stood in the request line. */
  readonly target: string
  /** Name, value, name, value … as received: duplicates are still visible here. */
  readonly rawHeaders: readonly string[]
}

export type Verdict =
  | { readonly fits: true; readonly path: string; readonly query: URLSearchParams }
  | { readonly fits: false; readonly status: number }

export function headerValues({ rawHeaders }: Arrived, name: string): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name)
}

const PURPOSES = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz']

/** `host` is the one allowed Host header, with its port. */
export function inspectRequest(arrived: Arrived, host: string): Verdict {
  const hosts = headerValues(arrived, 'host')
  // DNS rebinding reaches us under a foreign name; two Host headers would be read differently by different parts.
  if (hosts.length !== 1 || hosts[0]?.toLowerCase() !== host) return { fits: false, status: 421 }
  if (!arrived.target.startsWith('/') || arrived.target.startsWith('//')) return { fits: false, status: 400 }
  if (arrived.method !== 'GET') return { fits: false, status: 405 }
  // A prefetch or a preview is nobody's decision; answering it would use up what works once.
  const purposes = PURPOSES.flatMap((name) => headerValues(arrived, name))
  if (purposes.some((value) => /prefetch|prerender|preview/i.test(value))) return { fits: false, status: 204 }
  const { path, query } = partsOf(arrived.target)
  return { fits: true, path, query }
}

export function partsOf(target: string): { path: string; query: URLSearchParams } {
  const [path = '', ...rest] = target.split('?')
  return { path, query: new URLSearchParams(rest.join('?')) }
}

/** Whether a tab was sent here, and not an image, a frame or a script's request. Browsers that do not say are believed. */
export function isNavigation(arrived: Arrived): boolean {
  const says = (name: string, expected: string) => headerValues(arrived, name).every((value) => value === expected)
  return says('sec-fetch-mode', 'navigate') && says('sec-fetch-dest', 'document')
}

const LONGEST_CODE = 4_096

export type Callback =
  | { readonly kind: 'code'; readonly code: string; readonly state: string | null }
  | { readonly kind: 'refused'; readonly error: string; readonly state: string | null }
  | { readonly kind: 'nonsense' }

/** What a callback's query says. A repeated parameter has no single meaning and is refused. */
export function readCallback(query: URLSearchParams): Callback {
  const codes = query.getAll('code')
  const states = query.getAll('state')
  const errors = query.getAll('error')
  if (codes.length > 1 || states.length > 1 || errors.length > 1) return { kind: 'nonsense' }
  const state = states[0] ?? null
  const [code] = codes
  if (code !== undefined && errors.length === 0) {
    return code !== '' && code.length <= LONGEST_CODE && /^[\x21-\x7e]+$/.test(code)
      ? { kind: 'code', code, state }
      : { kind: 'nonsense' }
  }
  const [error] = errors
  return error !== undefined && code === undefined ? { kind: 'refused', error, state } : { kind: 'nonsense' }
}

/** The value of one cookie; null when it is absent or stands there twice. */
export function cookieOf(arrived: Arrived, name: string): string | null {
  const found = headerValues(arrived, 'cookie')
    .flatMap((header) => header.split(';'))
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
  return found.length === 1 ? (found[0] ?? '').slice(name.length + 1) : null
}

/** Whether a request that was refused looked like somebody coming back from Finch. */
export function looksLikeCallback(arrived: Arrived, callbackPath: string): boolean {
  const { path, query } = partsOf(arrived.target)
  return path === callbackPath || query.has('code') || (query.has('state') && query.has('error'))
}

/** Why a callback was refused, to be told to a person who waits for one. */
export const STRAYS = {
  other_host: 'it came to a different host or port than the redirect URI',
  other_path: 'it came to a different path than the redirect URI',
  other_browser: 'it came from a browser that had not opened the link',
  not_navigation: 'it was sent by a page or program, not by someone opening it',
  wrong_state: 'it belongs to another login',
  no_state: 'it does not say which login it belongs to',
  unproven_error: 'it says that the login failed, and not which login',
  unreadable: 'its code could not be read',
} as const

export type Stray = keyof typeof STRAYS
