import { type HTMLElement, parse } from 'node-html-parser'
import { CookieJar } from 'tough-cookie'

// A robot employer: walks the emulator's Connect pages over HTTP as a browser without scripts would. It follows
// redirects by hand, so that it can tell the way through Connect from the way back.

export interface RobotAnswers {
  /** Chosen when the session has fixed none. Default 'gusto'. */
  provider?: string
  /** Default 'good_user'. */
  user?: string
  /** Default 'good_pass', or 'good_token' where a token is asked for. */
  secret?: string
  /** How many entities to tick where they are asked for, from the first on. Default all. */
  entities?: number | 'all'
  /** Leave at the first page. */
  cancel?: boolean
}

export interface RobotResult {
  /** `stuck`: at a page it could not answer or answered wrongly, at a foreign page, or nobody answered (status 0). */
  ended: 'callback' | 'cancelled' | 'stuck'
  status: number
  /** Of the last page. */
  address: string
  /** The last page as it came, or what went wrong. */
  text: string
  /** Where Connect sent it in the end, with code and state; null when it never did. */
  callback: string | null
}

const MAX_STEPS = 40
const MAX_TIME = 30_000

/**
 * Walks from `address` (of Connect, or of anything that redirects there) to the redirect address and on from there,
 * until a page does not redirect. Rejects only when `signal` is aborted.
 */
export async function walkConnect(
  address: string,
  answers: RobotAnswers = {},
  signal?: AbortSignal,
): Promise<RobotResult> {
  const jar = new CookieJar()
  const deadline = AbortSignal.any([AbortSignal.timeout(MAX_TIME), ...(signal === undefined ? [] : [signal])])
  let connectOrigin: string | null = null
  let callback: string | null = null
  let request: Request = { method: 'GET', url: address, body: null }
  let sentAt = ''

  for (let step = 0; step < MAX_STEPS; step += 1) {
    let page: Visited
    try {
      page = await visit(request, jar, deadline)
    } catch (error) {
      signal?.throwIfAborted()
      return { ended: 'stuck', status: 0, address: request.url, text: reasonOf(error), callback }
    }
    const end = (ended: RobotResult['ended']): RobotResult => ({
      ended,
      status: page.status,
      address: request.url,
      text: page.text,
      callback,
    })

    if (page.location !== null) {
      const target = new URL(page.location, request.url)
      // Leaving Connect's own pages for another origin is what the callback looks like from here.
      if (connectOrigin !== null && callback === null && target.origin !== connectOrigin) callback = target.href
      request = { method: 'GET', url: target.href, body: null }
      continue
    }
    if (callback !== null) return end('callback')

    const form = parse(page.text).querySelector('form[data-step]')
    if (form === null) return end(answers.cancel && connectOrigin !== null ? 'cancelled' : 'stuck')
    const name = form.getAttribute('data-step') ?? ''
    // The same step again means that its answer was not taken; it will not get better.
    if (name === sentAt) return end('stuck')
    const body = fillIn(form, name, answers)
    if (body === null) return end('stuck')
    sentAt = name
    connectOrigin = new URL(request.url).origin
    request = { method: 'POST', url: new URL(form.getAttribute('action') ?? '', request.url).href, body }
  }
  return { ended: 'stuck', status: 0, address: request.url, text: `no end after ${MAX_STEPS} steps`, callback }
}

interface Request {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly body: URLSearchParams | null
}

interface Visited {
  readonly status: number
  readonly text: string
  readonly location: string | null
}

async function visit(request: Request, jar: CookieJar, signal: AbortSignal): Promise<Visited> {
  const cookie = await jar.getCookieString(request.url)
  const answer = await fetch(request.url, {
    method: request.method,
    body: request.body,
    redirect: 'manual',
    signal,
    headers: { accept: 'text/html', ...(cookie === '' ? {} : { cookie }) },
  })
  for (const line of answer.headers.getSetCookie()) await jar.setCookie(line, request.url, { ignoreError: true })
  const location = answer.status >= 300 && answer.status < 400 ? answer.headers.get('location') : null
  return { status: answer.status, text: await answer.text(), location }
}

/** What the robot sends for one form; null when it has no answer to it. */
function fillIn(form: HTMLElement, step: string, answers: RobotAnswers): URLSearchParams | null {
  const body = new URLSearchParams({ step })
  if (answers.cancel) {
    body.set('cancel', 'yes')
    return body
  }
  switch (step) {
    case 'provider': {
      const wanted = answers.provider ?? 'gusto'
      if (!buttonsOf(form).includes(wanted)) return null
      body.set('provider', wanted)
      return body
    }
    case 'login':
      if (has(form, 'user')) body.set('user', answers.user ?? 'good_user')
      if (has(form, 'secret')) body.set('secret', answers.secret ?? (has(form, 'user') ? 'good_pass' : 'good_token'))
      return body
    case 'mfa':
      body.set('otp', '123456')
      return body
    case 'entities': {
      const offered = form.querySelectorAll('input[name=entity]').map((box) => box.getAttribute('value') ?? '')
      const count = answers.entities ?? 'all'
      for (const value of count === 'all' ? offered : offered.slice(0, count)) body.append('entity', value)
      return body
    }
    case 'consent':
      return body
    default:
      return null
  }
}

function has(form: HTMLElement, field: string): boolean {
  return form.querySelector(`input[name=${field}]`) !== null
}

function buttonsOf(form: HTMLElement): string[] {
  return form.querySelectorAll('button[name=provider]').map((button) => button.getAttribute('value') ?? '')
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
