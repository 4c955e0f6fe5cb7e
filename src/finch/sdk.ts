/**
 * The one door to the official SDK, with its dangerous defaults taken away: it would send a single-use code again, print
 * secrets under FINCH_LOG, follow a redirect with the secret in the body, and wait for hours on Retry-After. How an answer
 * comes in, whole and bounded, is in line.ts.
 */
import Finch from '@tryfinch/finch-api'
import type { APIPromise } from '@tryfinch/finch-api/core/api-promise'
import { inWords } from '../domain/duration.ts'
import type { Secret } from '../domain/secret.ts'
import type { Tracer } from '../domain/trace.ts'
import { Problem } from '../problem.ts'
import { readRefusal } from './answers.ts'
import { type Line, openLine, PROXY_TROUBLE, type Send } from './line.ts'
import { type Redactor, redactor } from './redact.ts'
import { FinchRefusal, NoAnswer, notYet, refused } from './refusals.ts'
import { traced } from './trace.ts'

export type SessionProducts = Finch.Connect.SessionNewParams['products']

const LARGEST_ANSWER = 1024 * 1024
const CALL_MS = 30_000
const READ_TRIES = 3
const LONGEST_WAIT_MS = 20_000
const LONGEST_REQUEST_ID = 200

export interface FinchOptions {
  /** Without a slash at the end. */
  readonly apiUrl: string
  /** Must not be told back. */
  readonly clientSecret?: Secret
  readonly signal: AbortSignal
  /** Milliseconds for a call as a whole, its repetitions included. */
  readonly callMs?: number
  /** The longest pause Finch may ask for before a repetition. */
  readonly longestWaitMs?: number
  /** Bytes of the largest answer that is read. */
  readonly largest?: number
  readonly trace?: Tracer
  /** Another way than Node's own fetch: through a proxy. */
  readonly send?: Send
  /** What this call sends and must not be told back, besides the client secret. */
  readonly sends?: Secret
  /** The body of the answer stays as it came, for a journal that seals it. */
  readonly raw?: boolean
}

export interface Answer {
  readonly status: number
  readonly body: Buffer
  readonly requestId: string | null
}

function sdk({ apiUrl, trace, sends }: FinchOptions, who: Credentials, line: Line): Finch {
  const silent = () => {}
  return new Finch({
    clientID: null,
    clientSecret: null,
    webhookSecret: null,
    ...who,
    baseURL: apiUrl,
    maxRetries: 0,
    logLevel: 'off',
    logger: { error: silent, warn: silent, info: silent, debug: silent },
    fetch: traced(line.fetch, trace, [...Object.values(who), sends?.reveal() ?? '']),
  })
}

type Credentials = { clientID: string; clientSecret: string } | { accessToken: string }

/** Makes one call with a client of its own. */
export type Asking = (finch: Finch, extra: { timeout: number }) => APIPromise<unknown>

/** Asks once. Throws FinchRefusal when Finch said no, NoAnswer when its answer did not come, whole and in time. */
export async function once(options: FinchOptions, who: Credentials, ask: Asking): Promise<Answer> {
  const { signal, callMs = CALL_MS, largest = LARGEST_ANSWER, send } = options
  const hidden = redactor([options.clientSecret, options.sends])
  const line = openLine({ callMs, largest, signal, send })
  try {
    const response = await ask(sdk(options, who, line), { timeout: callMs }).asResponse()
    const body = Buffer.from(await response.arrayBuffer())
    return {
      status: response.status,
      body: options.raw ? body : hidden.body(body),
      requestId: requestIdIn(response.headers, hidden),
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (line.failure() !== null) throw new NoAnswer(reason(line, callMs, error), line.answered(), error)
    if (error instanceof Finch.APIError && error.status !== undefined) {
      throw refused({
        status: error.status,
        refusal: readRefusal(hidden.value(error.error)),
        requestId: requestIdIn(error.headers, hidden),
        retryAfterMs: retryAfter(error.headers),
      })
    }
    throw error
  } finally {
    line.close()
  }
}

function requestIdIn(headers: Headers | undefined, hidden: Redactor): string | null {
  const requestId = headers?.get('finch-request-id') ?? null
  return requestId === null ? null : hidden.words(requestId).slice(0, LONGEST_REQUEST_ID)
}

/** Reads may be repeated, within the time of one call: on silence, 429 and 5xx, waiting as Finch asks but never long. */
export async function repeated(options: FinchOptions, who: Credentials, ask: Asking): Promise<Answer> {
  const { callMs = CALL_MS, longestWaitMs = LONGEST_WAIT_MS } = options
  const until = performance.now() + callMs
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await once({ ...options, callMs: Math.max(1, Math.ceil(until - performance.now())) }, who, ask)
    } catch (error) {
      const asked = error instanceof FinchRefusal ? error.retryAfterMs : null
      const wait = asked ?? 200 * 3 ** attempt
      const fits = wait <= longestWaitMs && performance.now() + wait < until
      if (!fits || attempt === READ_TRIES || !isPassing(error)) throw error
      options.trace?.({ kind: 'wait', ms: wait, attempt: attempt + 1, of: READ_TRIES })
      await pause(wait, options.signal)
    }
  }
}

/** As `repeated`, for data: an answer that has none yet (202) is a Problem too. */
export async function dataOf(options: FinchOptions, who: Credentials, ask: Asking): Promise<Buffer> {
  const { status, body, requestId } = await repeated(options, who, ask)
  if (status === 202) throw notYet(readRefusal(jsonOrNull(body)), requestId)
  return body
}

function jsonOrNull(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return null
  }
}

/** Whether the same call may fare better in a moment. */
function isPassing(error: unknown): boolean {
  return error instanceof Problem && error.kind === 'undetermined' && error.code !== 'redirected'
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
  })
}

/** Milliseconds Finch asks to wait, from `Retry-After` in seconds or as a date. */
function retryAfter(headers: Headers | undefined): number | null {
  const value = headers?.get('retry-after')
  if (value === null || value === undefined) return null
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : null
}

function causes(error: unknown): unknown[] {
  return error instanceof Error ? [error, ...causes(error.cause)] : []
}

/** The innermost reason in a few words; never the SDK's own text, which may quote a request. */
function reason(line: Line, callMs: number, error: unknown): string {
  const failure = line.failure()
  if (failure === 'timed out') return `timed out after ${inWords(Math.max(1, Math.round(callMs / 1_000)) * 1_000)}`
  if (failure === 'too large') return 'the response is too large'
  const proxyTrouble = causes(error).find((one) => one instanceof Error && one.name === PROXY_TROUBLE)
  if (proxyTrouble instanceof Error) return proxyTrouble.message
  const codes = causes(error).map((one) => (one instanceof Error && 'code' in one ? String(one.code) : ''))
  const known: Record<string, string> = {
    ECONNREFUSED: 'the connection was refused',
    ENOTFOUND: 'host not found',
    EAI_AGAIN: 'the host name could not be looked up',
    ECONNRESET: 'the connection was lost',
    UND_ERR_SOCKET: 'the connection was lost',
    UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
    CERT_HAS_EXPIRED: "the server's certificate has expired",
  }
  const code = codes.find((one) => one !== '')
  return code === undefined ? 'the connection failed' : (known[code] ?? `the connection failed (${code})`)
}
