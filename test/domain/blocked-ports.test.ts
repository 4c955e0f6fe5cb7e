import { describe, expect, it } from 'vitest'
import { isBlockedPort } from '../../src/domain/blocked-ports.ts'
import { errorOf, runCli, world } from '../harness.ts'

/** Whether Node's own `fetch` refuses the port before it tries to connect. */
async function fetchRefuses(port: number): Promise<boolean> {
  try {
    await fetch(`http://127.0.0.1:${port}/`)
    return false
  } catch (error) {
    return error instanceof Error && error.cause instanceof Error && error.cause.message === 'bad port'
  }
}

describe('ports that no browser opens', () => {
  it('are those that fetch refuses', async () => {
    const ports = Array.from({ length: 10_200 }, (_, index) => index + 1)
    const refused: number[] = []
    // In parts: ten thousand connections at once would run out of sockets.
    for (let from = 0; from < ports.length; from += 500) {
      const part = ports.slice(from, from + 500)
      const answers = await Promise.all(part.map(fetchRefuses))
      refused.push(...part.filter((_, index) => answers[index]))
    }
    expect(refused.length).toBeGreaterThan(70)
    expect(ports.filter(isBlockedPort)).toEqual(refused)
  })

  it.each([4190, 6000, 6665, 10080])('the emulator does not start on %i', async (port) => {
    const ran = await runCli(['emulator', '--port', String(port), '--json'])
    expect(ran.code).toBe(2)
    expect(errorOf(ran).message).toContain(`${port}`)
    expect(errorOf(ran).message).toContain('browsers')
  })

  it.each(['6000', '10080'])('a redirect URI with port %s is refused before anything', async (port) => {
    const place = await world()
    const ran = await place.run('connect --customer acme --create --json', {
      env: { FINCHCONN_REDIRECT_URI: `http://localhost:${port}/callback` },
    })
    expect([ran.code, errorOf(ran).code]).toEqual([2, 'bad_settings'])
    expect(errorOf(ran).message).toContain('browsers')
    expect(place.finch.requests()).toEqual([])
  })

  it.each(['FINCHCONN_API_URL', 'FINCHCONN_CONNECT_URL'])('%s with such a port is refused too', async (name) => {
    const ran = await (await world()).run('list --json', { env: { [name]: 'http://localhost:6000' } })
    expect([ran.code, errorOf(ran).message]).toEqual([2, expect.stringContaining('6000')])
  })

  it('a redirect URI of the emulator may not have one either', async () => {
    const ran = await runCli(['emulator', '--redirect-uri', 'http://localhost:6000/callback', '--json'])
    expect(ran.code).toBe(2)
  })
})
