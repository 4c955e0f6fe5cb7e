/** Tells how each call to Finch went, for `--debug`. */
import type { Tracer } from '../domain/trace.ts'

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** The same fetch, with each call told when it has ended. */
export function traced(fetch: Fetch, tell: Tracer | undefined, secrets: readonly string[]): Fetch {
  if (tell === undefined) return fetch
  return async (input, init) => {
    const begun = performance.now()
    const told = (outcome: number | 'no answer', requestId: string | null) =>
      tell({
        kind: 'call',
        method: init?.method?.toUpperCase() ?? 'GET',
        path: new URL(input instanceof Request ? input.url : input).pathname,
        outcome,
        ms: performance.now() - begun,
        requestId: believable(requestId, secrets),
      })
    try {
      const response = await fetch(input, init)
      told(response.status, response.headers.get('finch-request-id'))
      return response
    } catch (error) {
      told('no answer', null)
      throw error
    }
  }
}

/** A server may repeat in any header what it was sent; only what has the form of a request id is shown. */
function believable(requestId: string | null, secrets: readonly string[]): string | null {
  if (requestId === null || !/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(requestId)) return null
  const isSecret = secrets.some((secret) => secret.toLowerCase() === requestId.toLowerCase())
  return isSecret ? null : requestId
}
