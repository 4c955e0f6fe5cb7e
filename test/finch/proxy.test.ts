/** The built command behind a proxy. */
import { spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { proxyFor, withThisMachine } from '../../src/domain/proxy.ts'
import { BIN, folder, freePort, type World, world } from '../harness.ts'
import { FINCH_BEHIND_PROXY, overTls, startProxy, startRudeProxy } from './proxy-server.ts'

const FINCH = new URL('https://api.tryfinch.com')

describe('the proxy for Finch', () => {
  it.each([
    [{}, null],
    [{ HTTPS_PROXY: 'http://p:1' }, 'http://p:1/'],
    [{ HTTPS_PROXY: 'http://p:1', https_proxy: 'http://q:2' }, 'http://q:2/'],
    [{ HTTPS_PROXY: '', HTTP_PROXY: 'http://p:1' }, 'http://p:1/'],
    [{ http_proxy: 'p:1' }, 'http://p:1/'],
    [{ ALL_PROXY: 'socks5://p:1' }, null],
  ])('%j is %s', (env, expected) => {
    expect(proxyFor(FINCH, env)?.href ?? null).toBe(expected)
  })

  it.each([
    ['*', true],
    ['api.tryfinch.com', true],
    ['tryfinch.com', true],
    ['.tryfinch.com', true],
    ['*.tryfinch.com', true],
    ['API.TryFinch.com:443', true],
    ['localhost, tryfinch.com', true],
    ['localhost tryfinch.com', true],
    ['api.tryfinch.com:8443', false],
    ['finch.com', false],
    ['com.tryfinch', false],
    ['', false],
    [',', false],
  ])('NO_PROXY=%j excepts it: %s', (NO_PROXY, excepted) => {
    expect(proxyFor(FINCH, { HTTPS_PROXY: 'http://p:1', NO_PROXY }) === null).toBe(excepted)
    expect(proxyFor(FINCH, { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'api.tryfinch.com', no_proxy: NO_PROXY })).toEqual(
      excepted ? null : new URL('http://p:1'),
    )
  })

  it.each(['socks5://user:hunter2@p:1', 'http://user:hunter2@p:x'])(
    '%s is refused without being shown',
    (HTTPS_PROXY) => {
      expect(() => proxyFor(FINCH, { HTTPS_PROXY })).toThrow(/^HTTPS_PROXY is not the address of an HTTP proxy$/)
    },
  )

  it('never serves what stays on this machine', () => {
    expect(withThisMachine({ NO_PROXY: 'corp.test' })).toBe('corp.test,localhost,127.0.0.1,::1,[::1]')
  })
})

async function run(args: string, env: Record<string, string | undefined>) {
  const child = spawn(process.execPath, [BIN, ...args.split(' ')], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  return { code, stdout, stderr }
}

const SETUP = 'setup --environment sandbox --vault sealed --json'
const CONNECT = 'connect --customer acme --create --no-browser --json'

function behind(place: World, proxy: { port: number }, more: Record<string, string> = {}) {
  return { ...place.env, FINCHCONN_API_URL: FINCH_BEHIND_PROXY, HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`, ...more }
}

describe('Finch behind a proxy', () => {
  it('is reached through it, with its user and password', async () => {
    const place = await world()
    const finch = await overTls(place.finch.port)
    const proxy = await startProxy(200, finch.port)
    const address = `http://me:hunter2%21@127.0.0.1:${proxy.port}`
    const env = behind(place, proxy, { NODE_EXTRA_CA_CERTS: finch.certificate, HTTPS_PROXY: '', https_proxy: address })
    const ran = await run(`${SETUP}`, env)
    expect(JSON.parse(ran.stdout)).toMatchObject({ credentials_accepted: true })
    expect(proxy.asked).toEqual(['CONNECT api.finch.test:443'])
    expect(proxy.credentials).toEqual([`Basic ${Buffer.from('me:hunter2!').toString('base64')}`])
    expect(ran.stdout + ran.stderr).not.toContain('hunter2')
  })

  it.each([
    [407, 'asks for a username and password (407)'],
    [403, 'refuses to connect to it (403)'],
    [502, 'cannot reach it (502)'],
  ])('that answers %i is named', async (status, words) => {
    const place = await world()
    const proxy = await startProxy(status)
    const ran = await run(CONNECT, behind(place, proxy, { HTTPS_PROXY: `http://me:hunter2@127.0.0.1:${proxy.port}` }))
    expect(ran.code).toBe(6)
    expect(JSON.parse(ran.stdout).error.message).toContain(`the proxy 127.0.0.1:${proxy.port} ${words}`)
    expect(ran.stdout + ran.stderr).not.toContain('hunter2')
  })

  it('that nobody listens as is named', async () => {
    const place = await world()
    const port = await freePort()
    const ran = await run(CONNECT, behind(place, { port }))
    expect(ran.code).toBe(6)
    expect(JSON.parse(ran.stdout).error.message).toContain(
      `the proxy 127.0.0.1:${port} cannot be reached (ECONNREFUSED)`,
    )
  })

  it('that hangs up is not tried for ever', async () => {
    const place = await world()
    const proxy = await startRudeProxy()
    const ran = await run(CONNECT, behind(place, proxy))
    expect(ran.code).toBe(6)
    expect(JSON.parse(ran.stdout).error.message).toContain(`the proxy 127.0.0.1:${proxy.port} cannot be reached`)
    expect(proxy.asked.length).toBeLessThan(10)
  })

  it('is not asked where NO_PROXY excepts Finch', async () => {
    const place = await world()
    const proxy = await startProxy(200)
    await run(CONNECT, behind(place, proxy, { NO_PROXY: '.finch.test' }))
    expect(proxy.asked).toEqual([])
  })
})

/** Node 24 and later send every fetch through a proxy then; older ones ignore it. */
it.each(['0', '1'])('a whole login on this machine asks no proxy, with NODE_USE_ENV_PROXY=%s', async (use) => {
  const proxy = await startProxy(502)
  const address = `http://127.0.0.1:${proxy.port}`
  const ran = await run('--profile emulator connect --customer acme --create --browser robot --json', {
    PATH: process.env.PATH,
    FINCHCONN_HOME: folder(),
    FINCHCONN_REDIRECT_URI: `http://localhost:${await freePort()}/callback`,
    HTTP_PROXY: address,
    HTTPS_PROXY: address,
    NODE_USE_ENV_PROXY: use,
  })
  expect(proxy.asked).toEqual([])
  expect(ran.code).toBe(0)
})
