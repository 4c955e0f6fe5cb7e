/** Real HTTP on both loopback families. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { digest } from '../../src/domain/fingerprint.ts'
import { type CallbackOptions, type CallbackServer, openCallback } from '../../src/web/callback.ts'
import { STRAYS, type Stray } from '../../src/web/guard.ts'
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
  readonly strays: string[]
  get(path: string, headers?: Record<string, string>, options?: { host?: string; method?: string }): Promise<Answer>
  /** Opens the launcher and answers with the cookie it sets. */
  launch(): Promise<string>
}

async function opened(change: Partial<CallbackOptions> = {}): Promise<Opened> {
  const port = await freePort()
  const codes: string[] = []
  const strays: string[] = []
  const web = await openCallback({
    redirectUri: `http://localhost:${port}/callback`,
    stateDigest: digest(STATE),
    stateNeeded: false,
    whose: { customerName: 'Acme, Inc.', providerId: 'gusto', product: null },
    onCode: async ({ code }) => {
      codes.push(code.reveal())
    },
    onStray: (stray) => strays.push(stray),
    mayTakeOver: async () => false,
    ...change,
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
    strays,
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
    expect((await waiting).code.reveal()).toBe('abc')
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
    expect((await waiting).code.reveal()).toBe('abc')
  })

  it('may come back without a state, which Finch may not echo', async () => {
    const { get, launch } = await opened()
    expect((await get('/callback?code=abc', { Cookie: await launch() })).status).toBe(303)
  })

  it('arrives twice and is exchanged once', async () => {
    const { get, launch, codes, web } = await opened()
    const cookie = await launch()
    const both = await Promise.all([1, 2].map(() => get(`/callback?code=abc&state=${STATE}`, { Cookie: cookie })))
    expect(both.map(({ status }) => status)).toEqual([303, 303])
    await web.goOn('failed')
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
    expect((await last).body).toContain('a different account logged in')
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
      expect((await waiting).code.reveal()).toBe('right')
    },
  )

  it.each(['/callback/', '/callbacks', '/callback/x', '/x/callback'])(
    '%s is not the path of the callback, even with cookie and state',
    async (path) => {
      const { get, launch, codes } = await opened()
      expect((await get(`${path}?code=evil&state=${STATE}`, { Cookie: await launch() })).status).toBe(404)
      expect(codes).toEqual([])
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

  it('two thousand idle sockets of another process, opened anew for ever, do not keep the right one out', async () => {
    const { get, launch, codes, port, web } = await opened()
    const flood = fork(fileURLToPath(new URL('idle-sockets.mjs', import.meta.url)), [String(port), '2000'])
    later(() => flood.kill('SIGKILL'))
    await once(flood, 'message')
    const cookie = await launch()
    for (let times = 0; times < 20; times += 1) {
      expect((await get(new URL(web.launchUrl).pathname, { Cookie: cookie })).status).toBe(302)
    }
    expect((await get(`/callback?code=right&state=${STATE}`, { Cookie: cookie })).status).toBe(303)
    expect(codes).toEqual(['right'])
    expect(flood.exitCode).toBe(null)
  })

  it('of more idle sockets than a machine needs, the oldest give way', async () => {
    const { port } = await opened()
    const idle = Array.from({ length: 600 }, () => connect({ port, host: '127.0.0.1' }))
    const closed = idle.map(() => false)
    for (const [index, socket] of idle.entries()) {
      later(() => socket.destroy())
      socket.on('error', () => {})
      socket.once('close', () => {
        closed[index] = true
      })
    }
    await vi.waitUntil(() => closed.filter(Boolean).length >= 600 - 512, { timeout: 5_000 })
    expect(closed.slice(-100)).not.toContain(true)
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

  it('a second opening of the link, without the cookie, is refused, and the first one goes on', async () => {
    const { get, launch, web, codes } = await opened()
    const waiting = web.wait(5_000, NEVER)
    const cookie = await launch()
    const link = new URL(web.launchUrl).pathname
    expect((await get(link, { Cookie: cookie })).status).toBe(302)
    const second = await get(link)
    expect(second.status).toBe(410)
    expect(second.body).toContain('already open in another browser')
    expect((await get(`/callback?code=right&state=${STATE}`, { Cookie: cookie })).status).toBe(303)
    expect((await waiting).code.reveal()).toBe('right')
    expect(codes).toEqual(['right'])
  })

  it('a second opening that the person allows takes the place of the first', async () => {
    const asked: AbortSignal[] = []
    const { get, launch, web, codes, strays } = await opened({
      mayTakeOver: async (gone) => asked.push(gone) > 0,
    })
    const first = await launch()
    const answer = await get(new URL(web.launchUrl).pathname)
    expect(answer.status).toBe(302)
    expect(asked).toHaveLength(1)
    const second = String(answer.headers['set-cookie']?.[0]).split(';')[0] ?? ''
    expect((await get(`/callback?code=evil&state=${STATE}`, { Cookie: first })).status).toBe(400)
    expect((await get(`/callback?code=right&state=${STATE}`, { Cookie: second })).status).toBe(303)
    expect(codes).toEqual(['right'])
    expect(strays).toEqual(['other_browser'])
  })

  it('one question at a time: whoever opens the link meanwhile is refused', async () => {
    let answer: (yes: boolean) => void = () => {}
    let asked = 0
    const { get, launch, web } = await opened({
      mayTakeOver: () => {
        asked += 1
        return new Promise((resolve) => {
          answer = resolve
        })
      },
    })
    await launch()
    const link = new URL(web.launchUrl).pathname
    const second = get(link)
    await expect.poll(() => asked).toBe(1)
    expect((await get(link)).status).toBe(410)
    answer(true)
    expect((await second).status).toBe(302)
    expect(asked).toBe(1)
  })

  const noOpening: [what: string, headers: Record<string, string>][] = [
    ['a link preview', { 'X-Purpose': 'preview' }],
    ['an old prefetch', { 'X-Moz': 'prefetch' }],
    ['a prefetch', { 'Sec-Purpose': 'prefetch' }],
    ['an image in a page', { 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' }],
    ['a script', { 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' }],
    ['a frame', { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' }],
  ]
  it.each(noOpening)('%s does not spend the link', async (_what, headers) => {
    const { get, launch, web } = await opened()
    const answer = await get(new URL(web.launchUrl).pathname, headers)
    expect(answer.headers.location).toBeUndefined()
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect(await launch()).toMatch(/^finchconn_/)
  })

  const notGoingThere: [what: string, headers: Record<string, string>][] = [
    ['an image', { 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' }],
    ['a script', { 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' }],
    ['a frame', { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' }],
  ]
  it.each(notGoingThere)('%s cannot bring a code, with the state or without it', async (_what, headers) => {
    const { get, launch, codes, strays } = await opened()
    const cookie = await launch()
    for (const query of ['code=evil', `code=evil&state=${STATE}`]) {
      expect((await get(`/callback?${query}`, { Cookie: cookie, ...headers })).status).toBe(400)
    }
    expect(codes).toEqual([])
    expect(strays).toEqual(['not_navigation', 'not_navigation'])
    const navigation = { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' }
    expect((await get(`/callback?code=right&state=${STATE}`, { Cookie: cookie, ...navigation })).status).toBe(303)
  })

  it('a callback without a state is refused where this Finch has sent one back before', async () => {
    const { get, launch, codes, strays } = await opened({ stateNeeded: true })
    const cookie = await launch()
    expect((await get('/callback?code=evil', { Cookie: cookie })).status).toBe(400)
    expect(strays).toEqual(['no_state'])
    expect((await get(`/callback?code=right&state=${STATE}`, { Cookie: cookie })).status).toBe(303)
    expect(codes).toEqual(['right'])
  })

  it('a code without a state that leads nowhere does not end the wait', async () => {
    const { get, launch, web, codes } = await opened()
    const cookie = await launch()
    const bogus = await get('/callback?code=bogus', { Cookie: cookie })
    expect(await web.wait(5_000, NEVER)).toMatchObject({ proven: false })
    const bogusPage = get(String(bogus.headers.location))
    const right = await get(`/callback?code=right&state=${STATE}`, { Cookie: cookie })
    expect(right.status).toBe(303)
    expect(web.overtaken()).toBe(true)
    expect(codes).toEqual(['bogus'])
    await web.goOn('expired')
    expect((await bogusPage).body).toContain('took too long')
    const hit = await web.wait(5_000, NEVER)
    expect([hit.proven, hit.code.reveal()]).toEqual([true, 'right'])
    const rightPage = get(String(right.headers.location))
    await web.finish('connected')
    expect((await rightPage).body).toContain('Connected')
    expect(codes).toEqual(['bogus', 'right'])
  })

  it('a refusal that Finch reports while such a code is tried is not forgotten', async () => {
    const { get, launch, web } = await opened()
    const cookie = await launch()
    await get('/callback?code=bogus', { Cookie: cookie })
    await web.wait(5_000, NEVER)
    expect((await get(`/callback?error=access_denied&state=${STATE}`, { Cookie: cookie })).status).toBe(200)
    await web.goOn('expired')
    await expect(web.wait(5_000, NEVER)).rejects.toMatchObject({ code: 'connect_refused' })
  })

  it('a browser that gives up waiting for the answer makes room for the next question', async () => {
    const asked: AbortSignal[] = []
    const answers: ((yes: boolean) => void)[] = []
    const { launch, get, web, port } = await opened({
      mayTakeOver: (gone) => {
        asked.push(gone)
        return new Promise((resolve) => answers.push(resolve))
      },
    })
    await launch()
    const link = new URL(web.launchUrl).pathname
    const given = connect({ port, host: '127.0.0.1' })
    given.write(`GET ${link} HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`)
    await expect.poll(() => asked.length).toBe(1)
    given.destroy()
    await expect.poll(() => asked[0]?.aborted).toBe(true)
    const second = get(link)
    await expect.poll(() => asked.length).toBe(2)
    answers[0]?.(true)
    expect((await get(link)).status).toBe(410)
    answers[1]?.(true)
    expect((await second).status).toBe(302)
  })

  it('a flood of codes without a state does not keep the right one out', async () => {
    const { get, launch, web } = await opened()
    const cookie = await launch()
    const taken: number[] = []
    for (let index = 0; index < 60; index += 1)
      taken.push((await get(`/callback?code=bogus${index}`, { Cookie: cookie })).status)
    expect(taken.filter((status) => status === 303)).toHaveLength(20)
    expect((await get(`/callback?code=right&state=${STATE}`, { Cookie: cookie })).status).toBe(303)
    await web.wait(5_000, NEVER)
    await web.goOn('expired')
    expect((await web.wait(5_000, NEVER)).code.reveal()).toBe('right')
  })

  const strayed: [stray: string, path: string, headers: Record<string, string>][] = [
    ['other_host', `/callback?code=x&state=${STATE}`, { Host: '127.0.0.1:9' }],
    ['other_path', `/callback/?code=x&state=${STATE}`, {}],
    ['other_browser', `/callback?code=x&state=${STATE}`, {}],
    ['unreadable', '/callback?code=a&code=b', {}],
    ['unproven_error', '/callback?error=access_denied', { cookie: 'the right one' }],
  ]
  it.each(strayed)(
    'a callback that does not fit (%s) is noticed, and said when the time is over',
    async (stray, path, headers) => {
      const { get, launch, web, strays } = await opened()
      const cookie = await launch()
      await get('/favicon.ico')
      await get(path, headers.cookie === undefined ? headers : { Cookie: cookie })
      expect(strays).toEqual([stray])
      const over = await web.wait(1, NEVER).catch((error: unknown) => error)
      expect(over).toMatchObject({ code: 'pending', hint: expect.stringContaining(STRAYS[stray as Stray]) })
    },
  )

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
