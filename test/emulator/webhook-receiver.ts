import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import Finch from '@tryfinch/finch-api'
import { expect } from 'vitest'

export interface Received {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly event: Readonly<Record<string, unknown>> & { readonly event_type: string; readonly entity_id: string | null }
}

/** An application's webhook endpoint. */
export interface Receiver {
  readonly url: string
  readonly received: readonly Received[]
  /** What the next deliveries are answered with, in turn; 200 afterwards. `hang` gives no answer at all. */
  readonly answers: (number | 'hang')[]
  /** Waits until so many have come. */
  atLeast(count: number): Promise<readonly Received[]>
  close(): Promise<void>
}

export async function openReceiver(): Promise<Receiver> {
  const received: Received[] = []
  const answers: (number | 'hang')[] = []
  const server = createServer(async (request, response) => {
    const body = await textOf(request)
    received.push({ headers: request.headers as Record<string, string>, body, event: JSON.parse(body) })
    const answer = answers.shift() ?? 200
    if (answer !== 'hang') response.writeHead(answer, { location: '/elsewhere' }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`,
    received,
    answers,
    atLeast: async (count) => {
      await expect.poll(() => received.length, { timeout: 10_000, interval: 5 }).toBeGreaterThanOrEqual(count)
      return received
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request.setEncoding('utf8')) text += part
  return text
}

/** The official SDK as the judge of one delivery. Throws when it refuses it. */
export function unwrap({ body, headers }: Received, secret: string) {
  return new Finch({ clientID: 'x', clientSecret: 'y' }).webhooks.unwrap(body, headers, secret)
}
