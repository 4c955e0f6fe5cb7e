/** What a strange server must not make us do: fill the memory, or wait for hours. */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../src/domain/secret.ts'
import { finchClient } from '../../src/finch/client.ts'
import { later } from '../harness.ts'

async function served(answer: RequestListener) {
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
