import { describe, expect, it } from 'vitest'
import { type ConnectionJson, connected, errorOf, type World, world } from '../harness.ts'

async function inReauth(place: World): Promise<ConnectionJson> {
  const connection = await connected(place, 'acme', 'gusto')
  expect((await place.run(`sandbox status ${connection.connection_id} reauth`)).code).toBe(0)
  return connection
}

const tokenOf = async (place: World, id: string) => (await place.run(`token ${id}`)).stdout.trim()

describe('reauth', () => {
  it('swaps the token of this connection and keeps everything else', async () => {
    const place = await world()
    const before = await inReauth(place)
    await place.run(`rename ${before.connection_id} main`)
    const old = await tokenOf(place, before.connection_id)
    const ran = await place.run('reauth main --json', { employer: {} })
    expect(ran.code).toBe(0)
    const { connection } = ran.json() as unknown as { connection: ConnectionJson }
    expect(connection).toMatchObject({
      connection_id: before.connection_id,
      customer_id: 'acme',
      alias: 'main',
      status: 'connected',
      created_at: before.created_at,
    })
    expect(connection.reauthenticated_at).not.toBeNull()
    expect(connection.token.fingerprint).not.toBe(before.token.fingerprint)
    expect(await tokenOf(place, before.connection_id)).not.toBe(old)
    expect(ran.browser?.text).toContain('Logged in again')
  })

  it('says what was replaced', async () => {
    const place = await world()
    const before = await inReauth(place)
    const ran = await place.run(`reauth ${before.connection_id}`, { employer: {} })
    expect(ran.stdout).toContain(before.token.fingerprint)
  })

  it('leaves a healthy connection alone without a yes', async () => {
    const place = await world()
    const before = await connected(place, 'acme', 'gusto')
    const ran = await place.run(`reauth ${before.connection_id} --json`, { employer: {} })
    expect(ran.code).toBe(10)
    expect(errorOf(ran)).toMatchObject({ code: 'healthy', hint: expect.stringContaining('--force') })
    expect((await place.run(`reauth ${before.connection_id} --force --json`, { employer: {} })).code).toBe(0)
  })

  it('goes on where Finch refuses the old token', async () => {
    const place = await world()
    const before = await inReauth(place)
    place.finch.fault({
      path: '/introspect',
      kind: { status: 401, body: { code: 401, name: 'invalid_token_error', message: 'no' } },
    })
    expect((await place.run(`reauth ${before.connection_id} --json`, { employer: {} })).code).toBe(0)
  })

  it('does not begin while Finch cannot be asked', async () => {
    const place = await world()
    const before = await inReauth(place)
    place.finch.fault({ path: '/introspect', times: 9, kind: { status: 500, body: {} } })
    const ran = await place.run(`reauth ${before.connection_id} --json`, { employer: {} })
    expect(ran.code).toBe(6)
  })

  it('brings back a token that is missing from the vault', async () => {
    const place = await world()
    const before = await connected(place, 'acme', 'gusto')
    const { default: Database } = await import('better-sqlite3')
    const database = new Database(`${place.home}/default/store.db`)
    database.prepare('DELETE FROM vault_rows WHERE name = ?').run(before.connection_id)
    database.close()
    const missing = await place.run(`token ${before.connection_id}`)
    expect(missing.code).toBe(5)
    expect(missing.stderr).toContain('reauth')
    expect((await place.run('list --json')).json().connections).toMatchObject([{ status: 'token-missing' }])
    expect((await place.run(`reauth ${before.connection_id} --json`, { employer: {} })).code).toBe(0)
    expect((await place.run(`token ${before.connection_id}`)).code).toBe(0)
  })

  it('shows entities gained', async () => {
    const place = await world()
    const before = await connected(place, 'acme', 'gusto', { secret: 'multi_entity', entities: 1 })
    expect(before.entities.length).toBe(1)
    const ran = await place.run(`reauth ${before.connection_id} --force`, { employer: { secret: 'multi_entity' } })
    expect(ran.code).toBe(0)
    expect(ran.stdout).toContain('gained')
  })

  const mismatches: [what: string, patch: Record<string, unknown>][] = [
    ['connection', { connection_id: '11111111-2222-4333-8444-555555555555' }],
    ['customer', { customer_id: 'globex' }],
    ['provider', { provider_id: 'rippling' }],
    ['environment', { client_type: 'production' }],
  ]
  it.each(mismatches)('another %s: nothing is overwritten, and the way on is said', async (_what, patch) => {
    const place = await world()
    const before = await inReauth(place)
    const old = await tokenOf(place, before.connection_id)
    place.finch.fault({ path: '/auth/token', kind: { patch } })
    const ran = await place.run(`reauth ${before.connection_id} --json`, { employer: {} })
    expect(ran.code).toBe(9)
    expect(errorOf(ran).hint).toContain('reauth')
    expect(await tokenOf(place, before.connection_id)).toBe(old)
    expect((await place.run(`show ${before.connection_id} --json`)).json().connection).toMatchObject({
      token: before.token,
    })
    expect(place.finch.requests().some(({ path }) => path.startsWith('/disconnect'))).toBe(false)
  })

  it('a login to another account keeps the old token and ends 9', async () => {
    const place = await world()
    const before = await inReauth(place)
    const old = await tokenOf(place, before.connection_id)
    const ran = await place.runWords(['reauth', before.connection_id, '--json', '--browser', 'robot good_user_2'])
    expect(ran.code).toBe(9)
    expect((await place.run('list')).stderr).toContain('in quarantine')
    expect(await tokenOf(place, before.connection_id)).toBe(old)
    expect((await place.run('list --json')).json().connections).toMatchObject([{ token: before.token }])
  })

  /** Finch refuses the new token `times` times, as a replica that lags behind does. */
  async function refusedBy(place: World, connectionId: string, times: number) {
    let told = false
    return place.run(`reauth ${connectionId} --json`, {
      employer: {},
      onPhase: (phase) => {
        if (phase !== 'P5' || told) return
        told = true
        const body = { code: 401, name: 'invalid_token_error' }
        place.finch.fault({ path: '/introspect', times, kind: { status: 401, body } })
      },
    })
  }

  it('a new token that Finch refuses for a moment is taken once it is accepted', async () => {
    const place = await world()
    const before = await inReauth(place)
    const old = await tokenOf(place, before.connection_id)
    expect((await refusedBy(place, before.connection_id, 2)).code).toBe(0)
    expect(await tokenOf(place, before.connection_id)).not.toBe(old)
  })

  it('a new token that Finch goes on refusing waits beside the old one, is shown, and is tried again', async () => {
    const place = await world()
    const before = await inReauth(place)
    const old = await tokenOf(place, before.connection_id)
    const ran = await refusedBy(place, before.connection_id, 3)
    expect(ran.code).toBe(6)
    expect(errorOf(ran)).toMatchObject({ code: 'unverified', retryable: true })
    // Offline nothing can be confirmed, so the record still speaks of the old token, and says that there is a new one.
    const listed = await place.run('list --json')
    expect(listed.json().connections).toMatchObject([{ token: before.token }])
    for (const command of ['list', 'show acme/gusto', 'vault status']) {
      expect((await place.run(command)).stderr).toContain("its new token is kept; Finch hasn't confirmed it yet")
    }
    expect(await tokenOf(place, before.connection_id)).not.toBe(old)
    expect((await place.run('list')).stderr).not.toContain('its new token is kept')
  })

  it('an unreachable Finch after the exchange leaves the old token in use until the new one is confirmed', async () => {
    const place = await world()
    const before = await inReauth(place)
    const old = await tokenOf(place, before.connection_id)
    let told = false
    const ran = await place.run(`reauth ${before.connection_id} --json`, {
      employer: {},
      onPhase: (phase) => {
        if (phase !== 'P5' || told) return
        told = true
        place.finch.fault({ path: '/introspect', times: 3, kind: { status: 502, body: {} } })
      },
    })
    expect(ran.code).toBe(6)
    const after = await place.run(`token ${before.connection_id}`)
    expect(after.stderr).toContain('Finished an interrupted login')
    expect(after.stdout.trim()).not.toBe(old)
  })

  it('two at once: one goes on, the other is told', async () => {
    const place = await world()
    const before = await inReauth(place)
    const waiting = new Promise<void>((resolve) => {
      const first = place.run(`reauth ${before.connection_id} --json --timeout 20s`, {
        employer: async (address) => {
          const second = await place.run(`reauth ${before.connection_id} --json`, { employer: {} })
          expect(second.code).toBe(11)
          expect(errorOf(second).code).toBe('in_progress')
          const { walkConnect } = await import('../../src/emulator/robot.ts')
          return walkConnect(address)
        },
      })
      first.then((ran) => {
        expect(ran.code).toBe(0)
        resolve()
      })
    })
    await waiting
  })

  it('refuses a connection of another environment', async () => {
    const place = await world()
    const before = await connected(place, 'acme', 'gusto')
    const ran = await place.run(`reauth ${before.connection_id} --json`, {
      employer: {},
      env: { FINCHCONN_ENVIRONMENT: 'production' },
    })
    expect(ran.code).toBe(9)
    expect(errorOf(ran).code).toBe('other_environment')
  })
})
