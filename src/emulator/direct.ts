import { type IncomingMessage, request as overHttp } from 'node:http'
import { request as overHttps } from 'node:https'

export interface DirectRequest {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  readonly signal: AbortSignal
}

/**
 * Asks the address itself. `fetch` may go through the environment's proxy, which does not know this machine, sets headers
 * of its own and follows redirects. Resolves with the head of the answer; rejects when there is none.
 */
export function openDirect(url: string, { method, headers, body, signal }: DirectRequest): Promise<IncomingMessage> {
  const start = new URL(url).protocol === 'https:' ? overHttps : overHttp
  return new Promise((resolve, reject) => {
    const request = start(url, { method, headers, signal, agent: false }, resolve)
    request.once('error', reject)
    request.end(body ?? undefined)
  })
}
