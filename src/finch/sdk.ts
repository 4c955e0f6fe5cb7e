/**
 * The one door to the official SDK, with its dangerous defaults taken away: it would send a single-use code again, print
 * secrets under FINCH_LOG, follow a redirect with the secret in the body, and wait for hours on Retry-After. Bodies are
 * read by us, whole and bounded, before anything looks at them.
 */
import Finch from '@tryfinch/finch-api'
import type { APIPromise } from '@tryfinch/finch-api/core/api-promise'
import type { Secret } from '../domain/secret.ts'
import { Problem } from '../problem.ts'
import { type Refusal, readRefusal } from './answers.ts'
import { FinchRefusal, NoAnswer, refused } from './refusals.ts'

export type SessionProducts = Finch.Connect.SessionNewParams['products']

const LARGEST_ANSWER = 1024 * 1024
const CALL_MS = 30_000
const READ_TRIES = 3
const LONGEST_WAIT_MS = 20_000

export interface FinchOptions {
  /** Without a slash at the end. */
  readonly apiUrl: string
  readonly clientId: string
  readonly clientSecret: Secret
  readonly signal: AbortSignal
  readonly callMs?: number
  /** Bytes of the largest answer that is read. */
  readonly largest?: number
  /** What this call sends and must not be told back, besides the client secret. */
  readonly sends?: Secret
}

export interface Answer {
  readonly status: number
  readonly body: Buffer
  readonly requestId: string | null
}

type Credentials = { clientID: string; clientSecret: string } | { accessToken: string }

export function sdk({ apiUrl, largest = LARGEST_ANSWER }: FinchOptions, credentials: Credentials): Finch {
  const silent = () => {}
  return new Finch({
    clientID: null,
    clientSecret: null,
    webhookSecret: null,
    ...credentials,
    baseURL: apiUrl,
    maxRetries: 0,
    logLevel: 'off',
    logger: { error: silent, warn: silent, info: silent, debug: silent },
    fetchOptions: { redirect: 'error' },
    fetch: (input, init) => bounded(largest, input, init),
  })
}

/** Reads a body whole but never more than `largest` bytes, so that no answer can fill the memory. */
async function bounded(largest: number, input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init)
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.length
      if (size > largest) throw new Error(`the answer is larger than ${largest} bytes`)
      chunks.push(chunk)
    }
  } catch (cause) {
    throw new CutAnswer(cause)
  }
  const empty = response.status === 204 || response.status === 205 || response.status === 304
  return new Response(empty ? null : Buffer.concat(chunks), {
    status: response.status,
    headers: plainHeaders(response.headers),
  })
}

/** The body was already decoded; its old encoding and length would be wrong now. */
function plainHeaders(headers: Headers): Headers {
  const kept = new Headers(headers)
  kept.delete('content-encoding')
  kept.delete('content-length')
  return kept
}

class CutAnswer extends Error {
  constructor(cause: unknown) {
    super('the answer broke off', { cause })
  }
}

type Extra = { signal: AbortSignal; timeout: number }

export async function once(options: FinchOptions, call: (extra: Extra) => APIPromise<unknown>): Promise<Answer> {
  const { signal, callMs = CALL_MS } = options
  try {
    // A signal for this call alone: the SDK listens to it and never stops, and ours lives as long as the process.
    const response = await call({ signal: AbortSignal.any([signal]), timeout: callMs }).asResponse()
    return {
      status: response.status,
      body: Buffer.from(await response.arrayBuffer()),
      requestId: response.headers.get('finch-request-id'),
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (error instanceof Finch.APIConnectionError) {
      const why = reason(error)
      throw new NoAnswer(why, why === REDIRECTED || causes(error).some((one) => one instanceof CutAnswer), error)
    }
    if (error instanceof Finch.APIError) {
      throw refused({
        status: error.status ?? 0,
        refusal: withoutSecrets(readRefusal(error.error), options),
        requestId: error.headers?.get('finch-request-id') ?? null,
        retryAfterMs: retryAfter(error.headers),
      })
    }
    throw error
  }
}

/** A server that tells back what it was sent must not make us print it. */
function withoutSecrets(refusal: Refusal, { clientSecret, sends }: FinchOptions): Refusal {
  const secrets = [clientSecret, ...(sends === undefined ? [] : [sends])]
  const message = secrets.reduce<string | null>(
    (words, secret) => words?.replaceAll(secret.reveal(), '[secret]') ?? null,
    refusal.message,
  )
  return { ...refusal, message }
}

/** Reads may be repeated: on silence, 429 and 5xx, waiting as Finch asks but never long. */
export async function repeated(options: FinchOptions, call: (extra: Extra) => APIPromise<unknown>): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await once(options, call)
    } catch (error) {
      const asked = error instanceof FinchRefusal ? error.retryAfterMs : null
      const wait = asked ?? 200 * 3 ** attempt
      const worthIt = error instanceof Problem && error.kind === 'undetermined' && wait <= LONGEST_WAIT_MS
      if (!worthIt || attempt === READ_TRIES) throw error
      await pause(wait, options.signal)
    }
  }
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

const REDIRECTED = 'it redirects elsewhere, and secrets do not follow; check FINCHCONN_API_URL'

/** The innermost reason in a few words; never the SDK's own text, which may quote a request. */
function reason(error: Error): string {
  if (error instanceof Finch.APIConnectionTimeoutError) return 'it took too long'
  const codes = causes(error).map((one) => (one instanceof Error && 'code' in one ? String(one.code) : ''))
  const known: Record<string, string> = {
    ECONNREFUSED: 'the connection was refused',
    ENOTFOUND: 'the host is not found',
    EAI_AGAIN: 'the host name could not be looked up',
    ECONNRESET: 'the connection broke',
    UND_ERR_SOCKET: 'the connection broke',
    CERT_HAS_EXPIRED: "the server's certificate has expired",
  }
  const code = codes.find((one) => one !== '')
  if (code !== undefined) return known[code] ?? `the connection failed (${code})`
  const messages = causes(error).map((one) => (one instanceof Error ? one.message : ''))
  return messages.some((one) => one.includes('redirect')) ? REDIRECTED : 'the connection failed'
}
