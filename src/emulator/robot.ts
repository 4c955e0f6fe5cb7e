import { type HTMLElement, parse } from 'node-html-parser'
import { type Navigation, Navigator, type Visited } from './navigation.ts'

// A robot employer: walks the emulator's Connect pages over HTTP as a browser without scripts would. It follows
// redirects by hand, so that it can tell the way through Connect from the way back.

export interface RobotAnswers {
  /** Chosen when the session has fixed none. Default 'gusto'. */
  provider?: string
  /** Default 'good_user'. Where no user name is asked for it still says whose account it is: `good_user_2` has `good_token_2`. */
  user?: string
  /** Default 'good_pass', or the user's token where one is asked for. */
  secret?: string
  /** How many entities to tick where they are asked for, from the first on. Default all. */
  entities?: number | 'all'
  /** Leave at the first page. */
  cancel?: boolean
}

export interface RobotResult {
  /** `stuck`: at a page it could not answer or answered wrongly, at a foreign page, or nobody answered (status 0). */
  ended: 'callback' | 'canceled' | 'stuck'
  status: number
  /** Of the last page. */
  address: string
  /** The last page as it came, or what went wrong. */
  text: string
  /** Why it is stuck, as the end of a sentence; null when it is not. */
  reason: string | null
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
  signal?.throwIfAborted()
  const ending = new AbortController()
  const stop = () => ending.abort(signal?.reason)
  signal?.addEventListener('abort', stop, { once: true })
  const deadline = setTimeout(() => ending.abort(new Error(`no end within ${MAX_TIME / 1_000} seconds`)), MAX_TIME)
  try {
    const walked = await walk(address, answers, ending.signal)
    if (walked.ended === 'stuck') signal?.throwIfAborted()
    return walked
  } finally {
    clearTimeout(deadline)
    signal?.removeEventListener('abort', stop)
  }
}

async function walk(address: string, answers: RobotAnswers, signal: AbortSignal): Promise<RobotResult> {
  const navigator = new Navigator()
  let connectOrigin: string | null = null
  let callback: string | null = null
  let request: Navigation = { method: 'GET', url: address, body: null, initiator: null, redirectedFrom: [] }
  let sentAt = ''

  for (let step = 0; step < MAX_STEPS; step += 1) {
    let page: Visited
    try {
      page = await navigator.visit(request, signal)
    } catch (error) {
      const reason = `nobody answered at ${new URL(request.url).origin}: ${reasonOf(error)}`
      return { ended: 'stuck', status: 0, address: request.url, text: reasonOf(error), reason, callback }
    }
    const end = (ended: RobotResult['ended'], reason: string | null = null): RobotResult => ({
      ended,
      status: page.status,
      address: request.url,
      text: page.text,
      reason,
      callback,
    })

    if (page.location !== null) {
      const target = new URL(page.location, request.url)
      // Leaving Connect's own pages for another origin is what the callback looks like from here.
      if (connectOrigin !== null && callback === null && target.origin !== connectOrigin) callback = target.href
      const redirectedFrom = [...request.redirectedFrom, request.url]
      request = { ...request, method: 'GET', url: target.href, body: null, redirectedFrom }
      continue
    }
    if (callback !== null) return end('callback')

    const form = parse(page.text).querySelector('form[data-step]')
    if (form === null) {
      if (answers.cancel && connectOrigin !== null) return end('canceled')
      return end('stuck', `it does not know ${nameOf(page)}`)
    }
    const name = form.getAttribute('data-step') ?? ''
    // The same step again means that its answer was not taken; it will not get better.
    if (name === sentAt) return end('stuck', `${nameOf(page)} rejected its answer${complaintOf(page)}`)
    const body = fillIn(form, name, answers)
    if (body === null) return end('stuck', `it cannot answer ${nameOf(page)}`)
    sentAt = name
    connectOrigin = new URL(request.url).origin
    const url = new URL(form.getAttribute('action') ?? '', request.url).href
    request = { method: 'POST', url, body, initiator: connectOrigin, redirectedFrom: [] }
  }
  const reason = `no end after ${MAX_STEPS} steps`
  return { ended: 'stuck', status: 0, address: request.url, text: reason, reason, callback }
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
      if (has(form, 'secret'))
        body.set('secret', answers.secret ?? (has(form, 'user') ? 'good_pass' : tokenOf(answers)))
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

function tokenOf({ user = 'good_user' }: RobotAnswers): string {
  return user.replace(/^good_user/, 'good_token')
}

/** A page by its heading, for a sentence. */
function nameOf({ status, text }: Visited): string {
  const heading = textOf(text, 'h1')
  return heading === '' ? `a page with status ${status}` : `the page "${heading}"`
}

function complaintOf({ text }: Visited): string {
  const complaint = textOf(text, '[role=alert]')
  return complaint === '' ? '' : `: ${complaint}`
}

const LONGEST_QUOTE = 200

function textOf(page: string, selector: string): string {
  const found = parse(page).querySelector(selector)?.text ?? ''
  return found.replaceAll(/\s+/g, ' ').trim().slice(0, LONGEST_QUOTE)
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
