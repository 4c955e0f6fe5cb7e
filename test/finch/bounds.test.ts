/** What a strange server must not make us do: fill the memory, or wait for hours. */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../src/domain/secret.ts'
import { finchClient } from '../../src/finch/client.ts'
import type { FinchOptions } from '../../src/finch/sdk.ts'
import { later } from '../harness.ts'

async function served(answer: RequestListener, change: Partial<FinchOptions> = {}) {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  later(() => {
    server.closeAllConnections()
    server.close()
  })
  return finchClient({
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    clientId: 'id',
    clientSecret: new Secret('secret'),
    signal: new AbortController().signal,
    ...change,
  })
}

describe('a strange server', () => {
  it('cannot fill the memory: reading ends at the limit', async () => {
    let sent = 0
    const client = await served((_request, response) => {
      const piece = Buffer.alloc(64 * 1024, ' ')
      const more = () => {
        while (!response.destroyed && sent < 64 * 1024 * 1024) {
          sent += piece.length
          if (!response.write(piece)) return void response.once('drain', more)
        }
        response.end()
      }
      more()
    })
    await expect(client.introspect(new Secret('token'))).rejects.toMatchObject({ kind: 'undetermined' })
    // Three tries, each with what the sockets' buffers take beyond the limit.
    expect(sent).toBeLessThan(32 * 1024 * 1024)
  })

  it.each(['3600', new Date(Date.now() + 3_600_000).toUTCString()])(
    'cannot make a command wait: Retry-After %s is told and not obeyed',
    async (retryAfter) => {
      let asked = 0
      const client = await served((_request, response) => {
        asked += 1
        response.writeHead(429, { 'Retry-After': retryAfter, 'Content-Type': 'application/json' }).end('{}')
      })
      const failed = await client.introspect(new Secret('token')).catch((error: unknown) => error)
      expect(failed).toMatchObject({ code: 'rate_limited' })
      expect((failed as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(3_590_000)
      expect(asked).toBe(1)
    },
  )

  it.each([
    ['longer than the longest pause', { longestWaitMs: 500 }],
    ['longer than the call may take', { callMs: 900 }],
  ])('cannot make a command wait: a pause %s is not made', async (_how, change) => {
    let asked = 0
    const client = await served((_request, response) => {
      asked += 1
      response.writeHead(429, { 'Retry-After': '1', 'Content-Type': 'application/json' }).end('{}')
    }, change)
    await expect(client.introspect(new Secret('token'))).rejects.toMatchObject({ code: 'rate_limited' })
    expect(asked).toBe(1)
  })

  it('cannot keep a call open with an answer that never ends', { timeout: 10_000 }, async () => {
    const client = await served((_request, response) => response.writeHead(200).flushHeaders(), { callMs: 300 })
    await expect(client.exchangeCode(new Secret('code'), 'http://localhost/')).rejects.toMatchObject({
      code: 'answer_cut',
    })
  })

  it('is obeyed where the wait is short', async () => {
    let asked = 0
    const client = await served((_request, response) => {
      asked += 1
      response.writeHead(429, { 'Retry-After': '0', 'Content-Type': 'application/json' }).end('{}')
    })
    await expect(client.introspect(new Secret('token'))).rejects.toMatchObject({ code: 'rate_limited' })
    expect(asked).toBe(3)
  })
})
