/**
 * One call's way to Finch and back: a deadline of our own around the whole of it, body included, and a bound on its size.
 * After a garbage collection Node 20's fetch forgets the signal of a response whose headers have come, so the body's
 * reader is canceled here, by a timer that this call holds.
 */

/** Milliseconds one sending of a code may take. */
export const EXCHANGE_MS = 30_000

/** How a request leaves: Node's own fetch, or one that goes through a proxy. */
export type Send = typeof fetch

/** The name of an error whose message says what the proxy did; its class is loaded only with a proxy. */
export const PROXY_TROUBLE = 'ProxyTrouble'

export interface LineOptions {
  /** Milliseconds for the whole call. */
  readonly callMs: number
  /** Bytes of the largest body that is read. */
  readonly largest: number
  /** Aborted when the person stops us. */
  readonly signal: AbortSignal
  readonly send?: Send | undefined
}

/** Why a call ended without its answer. */
export type LineFailure = 'timed out' | 'stopped' | 'too large' | 'broken'

export interface Line {
  /** For the SDK. The signal it gives is not listened to: ours is the one that holds. */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>
  /** Whether headers of an answer had come. */
  readonly answered: () => boolean
  readonly failure: () => LineFailure | null
  readonly close: () => void
}

export function openLine({ callMs, largest, signal, send = fetch }: LineOptions): Line {
  const over = new AbortController()
  let answered = false
  let failure: LineFailure | null = null
  const end = (why: LineFailure) => {
    failure ??= why
    over.abort()
  }
  const timer = setTimeout(() => end('timed out'), callMs)
  const stop = () => end('stopped')
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()

  const read = async (body: ReadableStream<Uint8Array>): Promise<Buffer> => {
    const reader = body.getReader()
    const cancel = () => void reader.cancel().catch(() => {})
    over.signal.addEventListener('abort', cancel)
    const chunks: Uint8Array[] = []
    let size = 0
    for (;;) {
      const { done, value } = await reader.read()
      if (failure !== null) throw new Error('the answer was not read to its end')
      if (done) return Buffer.concat(chunks)
      size += value.length
      if (size > largest) {
        end('too large')
        throw new Error(`the answer is larger than ${largest} bytes`)
      }
      chunks.push(value)
    }
  }

  return {
    async fetch(input, init) {
      try {
        const response = await unlessOver(
          over.signal,
          send(input, { ...init, redirect: 'manual', signal: over.signal }),
        )
        answered = true
        const body = response.body === null ? null : await read(response.body)
        const empty = response.status === 204 || response.status === 205 || response.status === 304
        return new Response(empty ? null : body, { status: response.status, headers: plainHeaders(response.headers) })
      } catch (error) {
        failure ??= 'broken'
        throw error
      }
    },
    answered: () => answered,
    failure: () => failure,
    close() {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    },
  }
}

/** A fetch that hears of the end too late, or never, is not waited for. */
function unlessOver<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return Promise.race([
    work,
    new Promise<never>((_, reject) => {
      const stop = () => reject(new Error('the call is over'))
      if (signal.aborted) stop()
      else signal.addEventListener('abort', stop, { once: true })
    }),
  ])
}

/** The body was already decoded; its old encoding and length would be wrong now. */
function plainHeaders(headers: Headers): Headers {
  const kept = new Headers(headers)
  kept.delete('content-encoding')
  kept.delete('content-length')
  return kept
}
