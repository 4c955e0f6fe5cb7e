/** Where the vault cannot join the database's transaction: the keychain, by its stand-in in a file. */
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { walkConnect } from '../../src/emulator/robot.ts'
import { type ConnectionJson, connected, errorOf, type World, world } from '../harness.ts'

const inKeychain = () => world({}, 'keychain')

async function tokenWorks(place: World, id: string): Promise<void> {
  const ran = await place.run(`token ${id}`)
  expect(ran.code).toBe(0)
  const answer = await fetch(`${place.finch.url}/introspect`, {
    headers: { Authorization: `Bearer ${ran.stdout.trim()}`, 'Finch-API-Version': '2020-09-17' },
  })
  expect(await answer.json()).toMatchObject({ connection_id: id })
}

describe('a keychain', () => {
  it('holds the token under its connection, and nothing of the attempt', async () => {
    const place = await inKeychain()
    const { connection_id, token } = await connected(place, 'acme', 'gusto')
    expect(token.place).toBe('keychain')
    const items = Object.keys(JSON.parse(readFileSync(String(place.env.TEST_KEYCHAIN), 'utf8')))
    expect(items.map((item) => item.split(' ')[1])).toEqual([connection_id])
    await tokenWorks(place, connection_id)
  })

  it('does not give a token to another Finch, nor the saved client secret', async () => {
    const place = await inKeychain()
    await place.run(
      `setup --environment sandbox --client-id ${place.finch.clientId} --client-secret-stdin --vault keychain --json`,
      { stdin: place.finch.clientSecret },
    )
    await connected(place, 'acme', 'gusto')
    const other = await world()
    const env = { FINCHCONN_API_URL: other.finch.url, FINCH_CLIENT_SECRET: undefined }
    const shown = await place.run('show acme/gusto --refresh --json', { env })
    expect(shown.code).toBe(9)
    expect(errorOf(shown).code).toBe('other_origin')
    const connect = await place.run('connect --customer acme --provider rippling --json', { env, employer: {} })
    expect(connect.code).toBe(9)
    expect(other.finch.requests()).toEqual([])
  })

  it('two connects at once that end in one connection leave the token that is on record', async () => {
    const place = await world({ rules: { alreadyExists: 'never' } }, 'keychain')
    await place.run('customers create acme')
    const both = await Promise.all([
      place.run('connect --customer acme --provider gusto --json', { employer: {} }),
      place.run('connect --customer acme --provider gusto --json', {
        employer: {},
        env: { FINCHCONN_REDIRECT_URI: place.otherRedirectUri },
      }),
    ])
    expect(both.some(({ code }) => code === 0)).toBe(true)
    const [connection] = (await place.run('list --json')).json().connections as unknown as { connection_id: string }[]
    await tokenWorks(place, connection?.connection_id ?? '')
  })

  it('is not opened by `list`, which leaves an interrupted login to other commands', async () => {
    const place = await inKeychain()
    await place.run('connect --customer acme --provider gusto --create', {
      employer: {},
      onPhase: (phase) => {
        if (phase === 'P5') throw new Error('the end, on purpose')
      },
    })
    expect((await place.run('list --json')).json().connections).toEqual([])
    expect((await place.run('token acme/gusto')).code).toBe(0)
  })

  it('that loses a token is a state of that connection, and reauth cures it', async () => {
    const place = await inKeychain()
    const { connection_id } = await connected(place, 'acme', 'gusto')
    await connected(place, 'globex', 'gusto')
    const file = String(place.env.TEST_KEYCHAIN)
    const items = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>
    const kept = Object.entries(items).filter(([name]) => !name.endsWith(connection_id))
    writeFileSync(file, JSON.stringify(Object.fromEntries(kept)))
    expect((await place.run(`token ${connection_id}`)).code).toBe(5)
    expect((await place.run('token globex/gusto')).code).toBe(0)
    expect((await place.run('reauth acme/gusto --json', { employer: {} })).code).toBe(0)
    await tokenWorks(place, connection_id)
  })
})

describe('the second connection of a --single customer', () => {
  it('that another login has made meanwhile is not written over the keychain, and its token is kept apart', async () => {
    const place = await world({ rules: { alreadyExists: 'never' } }, 'keychain')
    await place.run('customers create acme --single')
    let other: Promise<ConnectionJson> | null = null
    const first = await place.run('connect --customer acme --provider gusto --json', {
      employer: async (address) => {
        other = connected({ ...place, run: onOtherPort(place) }, 'acme', 'rippling')
        await other
        await walkConnect(address)
      },
    })
    expect(errorOf(first)).toMatchObject({ code: 'customer_single' })
    const items = Object.keys(JSON.parse(readFileSync(String(place.env.TEST_KEYCHAIN), 'utf8')))
    const tokens = items.map((item) => item.split(' ')[1]).filter((name) => name?.startsWith('@') === false)
    expect(tokens).toEqual([((await other) as unknown as ConnectionJson).connection_id])
    expect((await place.run('list')).stderr).toContain('in quarantine')
  })
})

function onOtherPort(place: World): World['run'] {
  return (args, options) =>
    place.run(args, { ...options, env: { ...options?.env, FINCHCONN_REDIRECT_URI: place.otherRedirectUri } })
}

describe('a reauth that comes too late', () => {
  it('is stopped before the browser when the token was replaced meanwhile', async () => {
    const place = await inKeychain()
    const { connection_id } = await connected(place, 'acme', 'gusto')
    place.finch.fault({ path: '/introspect', kind: { delay: 1_500 } })
    const slow = place.run(`reauth ${connection_id} --force --json`, { employer: {} })
    const waiting = place.run(`reauth ${connection_id} --json --force`, { employer: {} })
    const codes = (await Promise.all([slow, waiting])).map(({ code }) => code)
    expect(codes.filter((code) => code === 0).length).toBeGreaterThanOrEqual(1)
    await tokenWorks(place, connection_id)
  })

  it('a code that arrives as the wait ends is kept or refused, never taken and thrown away', async () => {
    const place = await world()
    const ran = await place.run('connect --customer acme --provider gusto --create --json --timeout 1s', {
      employer: async (address) => {
        await new Promise((resolve) => setTimeout(resolve, 900))
        return walkConnect(address).catch(() => null)
      },
    })
    const exchanged = place.finch.requests().filter(({ path }) => path === '/auth/token').length
    expect([ran.code, exchanged]).toEqual(ran.code === 0 ? [0, 1] : [8, 0])
  })
})
