/** Logins that are finished late, or by a command of another environment. */
import { describe, expect, it, vi } from 'vitest'
import { walkConnect } from '../../src/emulator/robot.ts'
import { deferred } from '../../src/web/deferred.ts'
import { connected, errorOf, type Ran, type World, world } from '../harness.ts'

/** A connect that ends, as by a crash, when its code was saved and marked, and before it was sent. */
async function codeLeftBehind(place: World): Promise<void> {
  await place.run('connect --customer acme --provider gusto --create', {
    employer: {},
    onPhase: (phase) => {
      if (phase === 'P4') throw new Error('the end, on purpose')
    },
  })
}

const exchanges = (place: World) => place.finch.requests().filter(({ path }) => path === '/auth/token').length

describe('a login whose answer comes after that of a newer one', () => {
  it('does not replace the newer token, and is kept apart', async () => {
    const place = await world({ rules: { alreadyExists: 'never' } })
    await place.run('customers create acme')
    place.finch.fault({ path: '/auth/token', times: 1, kind: { delay: 2_500 } })
    let newer: Promise<string> | null = null
    const older = await place.run('connect --customer acme --provider gusto --json', {
      employer: {},
      onPhase: (phase) => {
        // Its code is in and on its way: whoever gets a code from here on is newer.
        if (phase === 'P4') newer ??= connectAgain(place)
      },
    })
    const fingerprint = await newer
    expect(older.code).toBe(11)
    expect(errorOf(older)).toMatchObject({ code: 'superseded' })
    expect((await place.run('list --json')).json().connections).toMatchObject([{ token: { fingerprint } }])
    const told = (await place.run('list')).stderr
    expect(told).toContain('its token is in quarantine')
    expect(told).toContain('nothing to do: the newer token is in use')
  })
})

async function connectAgain(place: World): Promise<string> {
  const ran = await place.run('connect --customer acme --provider gusto --another --json', {
    employer: {},
    env: { FINCHCONN_REDIRECT_URI: place.otherRedirectUri },
  })
  return (ran.json().connection as unknown as { token: { fingerprint: string } }).token.fingerprint
}

describe.each(['sealed', 'keychain'] as const)('a login that was cut short, %s vault', (vault) => {
  it('is not finished by a command of another environment', async () => {
    const place = await world({}, vault)
    await codeLeftBehind(place)
    await place.run('list --json', { env: { FINCHCONN_ENVIRONMENT: 'production' } })
    await place.run('show acme/gusto --refresh', { env: { FINCHCONN_ENVIRONMENT: 'production' } })
    expect(exchanges(place)).toBe(0)
    expect((await place.run('token acme/gusto')).code).toBe(0)
    expect(exchanges(place)).toBe(1)
  })

  it('does not send its code to another Finch', async () => {
    const place = await world({}, vault)
    await codeLeftBehind(place)
    const other = await world()
    await place.run('show acme/gusto --refresh', {
      env: { FINCHCONN_API_URL: other.finch.url, FINCHCONN_CONNECT_URL: other.finch.url },
    })
    expect(exchanges(other)).toBe(0)
    expect((await place.run('token acme/gusto')).code).toBe(0)
  })

  it('is finished however old its code looks, since Finch alone knows', async () => {
    const place = await world({}, vault)
    await codeLeftBehind(place)
    const inAnHour = () => new Date(Date.now() + 3_600_000)
    expect((await place.run('token acme/gusto', { now: inAnHour })).code).toBe(0)
  })
})

describe('a reauth of a connection that another process has just logged in again', () => {
  it('stops before the browser, naming that', async () => {
    const place = await world()
    const { connection_id } = await connected(place, 'acme', 'gusto')
    // The first is told to ask again in 2 s; meanwhile the second logs in, and Finch goes on saying `reauth` to both.
    place.finch.fault({
      path: '/introspect',
      times: 1,
      kind: { status: 503, body: {}, headers: { 'retry-after': '2' } },
    })
    place.finch.fault({ path: '/introspect', times: 2, kind: { patch: { connection_status: { status: 'reauth' } } } })
    const first = place.run(`reauth ${connection_id} --json`, { employer: {} })
    await vi.waitUntil(() => place.finch.requests().filter(({ path }) => path === '/introspect').length === 2)
    const second = await place.run(`reauth ${connection_id} --force --json`, {
      employer: {},
      env: { FINCHCONN_REDIRECT_URI: place.otherRedirectUri },
    })
    expect(second.code).toBe(5)
    const late = await first
    expect(late.code).toBe(11)
    expect(errorOf(late).code).toBe('changed_meanwhile')
  })
})

describe('a reauth', () => {
  it('that waited for the other with --wait goes on from the new record', async () => {
    const place = await world()
    const { connection_id } = await connected(place, 'acme', 'gusto')
    const queued = deferred<void>()
    let second: Promise<Ran> | null = null
    const first = await place.run(`reauth ${connection_id} --force --json`, {
      employer: async (address) => {
        second = place.run(`reauth ${connection_id} --force --wait 30s --json`, {
          employer: {},
          env: { FINCHCONN_REDIRECT_URI: place.otherRedirectUri },
          onStderr: (words) => {
            if (words.includes('Another login')) queued.resolve()
          },
        })
        await queued.promise
        await walkConnect(address)
      },
    })
    expect(first.code).toBe(0)
    expect(await second).toMatchObject({ code: 0 })
  })

  it('an interrupted reauth does not replace the token of one that came after it', async () => {
    const place = await world()
    const { connection_id } = await connected(place, 'acme', 'gusto')
    const silent = () =>
      place.finch.fault({
        path: '/introspect',
        times: 1,
        kind: { status: 503, body: {}, headers: { 'retry-after': '3600' } },
      })
    silent()
    expect((await place.run(`reauth ${connection_id} --force --json`, { employer: {} })).code).toBe(6)
    // Finch is silent again when the next command asks about that token, and only then.
    silent()
    const newer = await place.run(`reauth ${connection_id} --force --json`, { employer: {} })
    expect(newer.code).toBe(0)
    const { token } = newer.json().connection as unknown as { token: { fingerprint: string } }
    const next = await place.run(`token ${connection_id}`)
    expect(next).toMatchObject({ code: 0, stderr: expect.stringContaining('a newer login') })
    expect((await place.run('list --json')).json().connections).toMatchObject([{ token }])
  })
})
