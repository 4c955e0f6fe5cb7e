/** Real HTTP on both loopback families. */
import { request } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { digest } from '../../src/domain/fingerprint.ts'
import { type CallbackServer, openCallback } from '../../src/web/callback.ts'
import { freePort, later } from '../harness.ts'

const STATE = 'a-state-of-this-flow'

interface Answer {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: string
}

interface Opened {
  readonly web: CallbackServer
  readonly port: number
  readonly codes: string[]
  get(path: string, headers?: Record<string, string>, options?: { host?: string; method?: string }): Promise<Answer>
  /** Opens the launcher and answers with the cookie it sets. */
  launch(): Promise<string>
}

async function opened(): Promise<Opened> {
  const port = await freePort()
  const codes: string[] = []
  const web = await openCallback({
    redirectUri: `http://localhost:${port}/callback`,
    stateDigest: digest(STATE),
    onCode: async (code) => {
      codes.push(code.reveal())
    },
  })
  later(() => web.close())
  web.sendTo('https://connect.example.com/authorize?session=s')
  const get: Opened['get'] = (path, headers = {}, { host = '127.0.0.1', method = 'GET' } = {}) =>
    new Promise((resolve, reject) => {
      const sent = request(
        { host, port, path, method, headers: { Host: `localhost:${port}`, ...headers }, agent: false },
        (response) => {
          let body = ''
          response.on('data', (chunk) => {
            body += chunk
          })
          response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
        },
      )
      sent.on('error', reject)
      sent.end()
    })
  return {
    web,
    port,
    codes,
    get,
    async launch() {
      const { headers } = await get(new URL(web.launchUrl).pathname)
      return String(headers['set-cookie']?.[0]).split(';')[0] ?? ''
    },
  }
}

const NEVER = new AbortController().signal

describe('the way of an honest browser', () => {
  it('launcher, Finch, callback, last page', async () => {
    const { web, get, launch, codes } = await opened()
    const waiting = web.wait(5_000, NEVER)
    const first = await get(new URL(web.launchUrl).pathname)
    expect(first.status).toBe(302)
    expect(first.headers.location).toBe('https://connect.example.com/authorize?session=s')
    expect(String(first.headers['set-cookie'])).toMatch(/HttpOnly; SameSite=Lax/)
    const cookie = String(first.headers['set-cookie']).split(';')[0] ?? ''
    const callback = await get(`/callback?code=abc&state=${STATE}`, { Cookie: cookie })
    expect(callback.status).toBe(303)
    expect(callback.headers['referrer-policy']).toBe('no-referrer')
    expect(callback.headers['cache-control']).toBe('no-store')
    expect((await waiting).reveal()).toBe('abc')
    const last = get(String(callback.headers.location))
    await web.finish('connected')
    expect((await last).body).toContain('Connected')
    expect(codes).toEqual(['abc'])
    expect(launch).toBeDefined()
  })

  it('answers on IPv6 as on IPv4', async () => {
    const { get, launch, web } = await opened()
    const cookie = await launch()
    const waiting = web.wait(5_000, NEVER)
    expect((await get(`/callback?code=abc&state=${STATE}`, { Cookie: cookie }, { host: '::1' })).status).toBe(303)
    expect((await waiting).reveal()).toBe('abc')
  })

  it('may come back without a state, which Finch may not echo', async () => {
    const { get, launch } = await opened()
    expect((await get('/callback?code=abc', { Cookie: await launch() })).status).toBe(303)
  })

  it('arrives twice and is exchanged once', async () => {
    const { get, launch, codes } = await opened()
    const cookie = await launch()
    const both = await Promise.all([1, 2].map(() => get(`/callback?code=abc&state=${STATE}`, { Cookie: cookie })))
    expect(both.map(({ status }) => status)).toEqual([303, 303])
    expect(codes).toEqual(['abc'])
  })

  it('is not told "done" before it is', async () => {
    const { get, launch, web } = await opened()
    const callback = await get(`/callback?code=abc&state=${STATE}`, { Cookie: await launch() })
    const last = get(String(callback.headers.location))
    const early = await Promise.race([
      last.then(() => 'answered'),
      new Promise((resolve) => setTimeout(() => resolve('waits'), 200)),
    ])
    expect(early).toBe('waits')
    await web.finish('mismatch')
    expect((await last).body).toContain('another account answered')
  })
})

describe('everybody else', () => {
  const hostile: [what: string, path: string, headers: Record<string, string>, method?: string][] = [
    ['no cookie', `/callback?code=evil&state=${STATE}`, {}],
    ['a guessed cookie', `/callback?code=evil&state=${STATE}`, { Cookie: 'finchconn_0123456789ab=guess' }],
    ['an error without state', '/callback?error=access_denied', {}],
    ['another host', `/callback?code=evil&state=${STATE}`, { Host: 'evil.test' }],
    ['another path', `/callback/?code=evil&state=${STATE}`, {}],
    ['favicon', '/favicon.ico', {}],
    ['POST', `/callback?code=evil&state=${STATE}`, {}, 'POST'],
    ['OPTIONS', `/callback?code=evil&state=${STATE}`, {}, 'OPTIONS'],
    ['script in the query', '/callback?error=<script>alert(1)</script>', {}],
  ]

  it.each(hostile)(
    '%s is refused, nothing is reflected, and the wait goes on',
    async (_what, path, headers, method) => {
      const { get, launch, codes, web } = await opened()
      const cookie = await launch()
      const answer = await get(path, headers, method === undefined ? {} : { method })
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.body).not.toContain('script')
      expect(answer.body).not.toContain('evil')
      expect(codes).toEqual([])
      const waiting = web.wait(5_000, NEVER)
      expect((await get(`/callback?code=right&state=${STATE}`, { Cookie: cookie })).status).toBe(303)
      expect((await waiting).reveal()).toBe('right')
    },
  )

  it('a forged state does not help even with the cookie', async () => {
    const { get, launch, codes } = await opened()
    const cookie = await launch()
    for (const state of ['', 'x', `${STATE}x`, STATE.slice(1)]) {
      expect((await get(`/callback?code=evil&state=${state}`, { Cookie: cookie })).status).toBe(400)
    }
    expect(codes).toEqual([])
  })

  it('two thousand wrong ones do not keep the right one out', async () => {
    const { get, launch, codes } = await opened()
    const cookie = await launch()
    for (let batch = 0; batch < 40; batch += 1) {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          get(`/callback?code=evil${index}&state=wrong`, index % 2 ? { Cookie: cookie } : {}),
        ),
      )
    }
    expect(codes).toEqual([])
    expect((await get(`/callback?code=right&state=${STATE}`, { Cookie: cookie })).status).toBe(303)
    expect(codes).toEqual(['right'])
  })

  it('idle and slow sockets do not keep the right one out', async () => {
    const { get, launch, codes, port } = await opened()
    const cookie = await launch()
    const idle = Array.from({ length: 100 }, () => connect({ port, host: '127.0.0.1' }))
    for (const socket of idle) {
      socket.on('error', () => {})
      socket.write('GET /callback?code=evil HTTP/1.1\r\nHost: ')
      later(() => socket.destroy())
    }
    expect((await get(`/callback?code=right&state=${STATE}`, { Cookie: cookie })).status).toBe(303)
    expect(codes).toEqual(['right'])
  })

  it('a second opening of the link, by somebody without the cookie, stops everything', async () => {
    const { get, launch, web } = await opened()
    const waiting = web.wait(5_000, NEVER).catch((error: unknown) => error)
    const cookie = await launch()
    expect((await get(new URL(web.launchUrl).pathname, { Cookie: cookie })).status).toBe(302)
    expect((await get(new URL(web.launchUrl).pathname)).status).toBe(410)
    expect(await waiting).toMatchObject({ code: 'link_opened_twice' })
  })

  it('Finch reporting a refusal, with the state, ends the wait', async () => {
    const { get, launch, web } = await opened()
    const waiting = web.wait(5_000, NEVER).catch((error: unknown) => error)
    const answer = await get(`/callback?error=access_denied&state=${STATE}`, { Cookie: await launch() })
    expect(answer.body).toContain('Not connected')
    expect(await waiting).toMatchObject({ code: 'connect_refused' })
  })

  it('is never reached from the network: only loopback is listened on', async () => {
    const { port } = await opened()
    const { readFileSync } = await import('node:fs')
    if (process.platform !== 'linux') return
    const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
    const listening = ['/proc/net/tcp', '/proc/net/tcp6']
      .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => local?.endsWith(wanted) && state === '0A')
      .map(([, local]) => local?.split(':')[0])
    expect(listening.sort()).toEqual(['00000000000000000000000001000000', '0100007F'])
  })
})
