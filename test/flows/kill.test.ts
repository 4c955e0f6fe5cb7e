/** Real processes killed by SIGKILL at every phase of connect and reauth, then recovered, and the recovery killed too. */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { beforeAll, describe, expect, it } from 'vitest'
import { walkConnect } from '../../src/emulator/robot.ts'
import { type ConnectionJson, connected, everyByte, keychainChild, ROOT, type World, world } from '../harness.ts'

const DRIVER = join(ROOT, 'node_modules', '.finchconn-test', 'kill-driver.js')

beforeAll(async () => {
  const bundle = await rolldown({
    input: join(ROOT, 'test', 'flows', 'kill-driver.ts'),
    platform: 'node',
    external: ['better-sqlite3', 'keytar'],
  })
  await bundle.write({ dir: join(ROOT, 'node_modules', '.finchconn-test'), format: 'esm', entryFileNames: '[name].js' })
  await bundle.close()
})

interface Death {
  readonly code: number | null
  readonly signal: string | null
  readonly stderr: string
}

/** Runs the driver; an employer goes through Connect when the address appears. */
function drive(place: World, args: string, killAt: string): Promise<Death> {
  const env = Object.fromEntries(
    Object.entries({
      ...place.env,
      KILL_AT: killAt,
      KEYCHAIN_CHILD: JSON.stringify(keychainChild(place.env.TEST_KEYCHAIN)),
    }).filter((pair): pair is [string, string] => pair[1] !== undefined),
  )
  const child = spawn(process.execPath, [DRIVER, ...args.split(' '), '--no-browser', '--timeout', '15s'], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  let walked = false
  child.stderr.on('data', (words: Buffer) => {
    stderr += words
    const address = /http:\/\/localhost:\d+\/go\/[\w-]+/.exec(stderr)?.[0]
    if (address === undefined || walked) return
    walked = true
    // The server dies in the middle of the walk: that is the point.
    walkConnect(address).catch(() => {})
  })
  return new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal, stderr })))
}

async function live(place: World): Promise<ConnectionJson[]> {
  return (await place.run('list --json')).json().connections as unknown as ConnectionJson[]
}

/** Whether the token the vault gives is the one on record and works at Finch. */
async function works(place: World, connection: ConnectionJson): Promise<void> {
  const token = (await place.run(`token ${connection.connection_id}`)).stdout.trim()
  const answer = await fetch(`${place.finch.url}/introspect`, {
    headers: { Authorization: `Bearer ${token}`, 'Finch-API-Version': '2020-09-17' },
  })
  expect(await answer.json()).toMatchObject({ connection_id: connection.connection_id })
}

/** Nothing unfinished: no flow key, no pending file, no flow lock, no open row. */
async function isClean(place: World): Promise<void> {
  const { default: Database } = await import('better-sqlite3')
  const folder = join(place.home, 'default')
  const database = new Database(join(folder, 'store.db'), { readonly: true })
  expect(database.prepare("SELECT name FROM vault_rows WHERE name LIKE '@%'").all()).toEqual([])
  expect(
    database
      .prepare(
        "SELECT flow_id, phase FROM flows WHERE phase NOT IN ('done', 'abandoned') OR sealed_code IS NOT NULL OR sealed_answer IS NOT NULL",
      )
      .all(),
  ).toEqual([])
  expect(database.prepare("SELECT session_id FROM sessions WHERE status = 'open'").all()).toEqual([])
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
  database.close()
  expect(readdirSync(join(folder, 'pending'))).toEqual([])
  expect(readdirSync(join(folder, 'locks')).filter((name) => /^(flow|spare)\./.test(name))).toEqual([])
  expect(readdirSync(folder).filter((name) => name.startsWith('.room-'))).toEqual([])
  const keychain = join(place.home, 'keychain.json')
  if (existsSync(keychain)) expect(readFileSync(keychain, 'utf8')).not.toMatch(/ @/)
}

/** Phases by what must be there afterwards: before a code nothing, from P3 on the connection, W0 is the one open window. */
const BEFORE_CODE = ['P0', 'P1', 'P2']
const FROM_CODE = ['P3', 'P4', 'P5', 'P5 row', 'P6', 'P7', 'P8', 'done']

describe.each(['sealed', 'keychain'] as const)('connect killed, %s vault', (vault) => {
  it.each(BEFORE_CODE)('at %s: nothing was begun, and nothing is left', async (phase) => {
    const place = await world({}, vault)
    const death = await drive(place, 'connect --customer acme --provider gusto --create', phase)
    expect(death.signal).toBe('SIGKILL')
    expect(await live(place)).toEqual([])
    await connected(place, 'acme', 'gusto')
    await isClean(place)
  })

  it.each([...FROM_CODE, 'P9'])('at %s: the next command has the connection', async (phase) => {
    const place = await world({}, vault)
    const death = await drive(place, 'connect --customer acme --provider gusto --create', phase)
    expect(death.signal).toBe('SIGKILL')
    const next = await place.run('token acme/gusto')
    expect(next.stderr + next.stdout).not.toContain('could not be finished')
    expect(next.code).toBe(0)
    const [connection] = await live(place)
    if (connection === undefined) throw new Error('no connection')
    await works(place, connection)
    await isClean(place)
    // The stand-in's file is the keychain, where the token belongs.
    expect(everyByte(join(place.home, 'default')).includes(next.stdout.trim())).toBe(false)
  })

  it('in the window between answer and commit: says so, and a new connect works', async () => {
    const place = await world({ rules: { alreadyExists: 'never' } }, vault)
    const death = await drive(place, 'connect --customer acme --provider gusto --create', 'W0')
    expect(death.signal).toBe('SIGKILL')
    const next = await place.run('token acme/gusto')
    expect(next.code).toBe(3)
    await connected(place, 'acme', 'gusto')
    await isClean(place)
  })
})

describe.each(['sealed', 'keychain'] as const)('reauth killed, %s vault', (vault) => {
  async function prepared(): Promise<{ place: World; before: ConnectionJson; old: string }> {
    const place = await world({}, vault)
    const before = await connected(place, 'acme', 'gusto')
    return { place, before, old: (await place.run('token acme/gusto')).stdout.trim() }
  }

  it.each([...BEFORE_CODE, 'W0'])('at %s: the old token is still there', async (phase) => {
    const { place, before, old } = await prepared()
    expect((await drive(place, `reauth ${before.connection_id} --force`, phase)).signal).toBe('SIGKILL')
    expect((await place.run('token acme/gusto')).stdout.trim()).toBe(old)
    await isClean(place)
  })

  it.each([...FROM_CODE, 'P9'])('at %s: the next command has the new token', async (phase) => {
    const { place, before, old } = await prepared()
    expect((await drive(place, `reauth ${before.connection_id} --force`, phase)).signal).toBe('SIGKILL')
    const next = await place.run('token acme/gusto')
    expect(next.code).toBe(0)
    expect(next.stdout.trim()).not.toBe(old)
    const [connection] = await live(place)
    if (connection === undefined) throw new Error('no connection')
    expect(connection.token.fingerprint).not.toBe(before.token.fingerprint)
    await works(place, connection)
    await isClean(place)
  })
})

describe.each(['sealed', 'keychain'] as const)('recovery killed, %s vault', (vault) => {
  it.each(['P4', 'P5', 'P5 row', 'P6', 'P7', 'P8', 'done', 'P9'])('at %s: the one after it finishes', async (phase) => {
    const place = await world({}, vault)
    await drive(place, 'connect --customer acme --provider gusto --create', 'P3')
    const env = Object.fromEntries(
      Object.entries({
        ...place.env,
        KILL_AT: phase,
        KEYCHAIN_CHILD: JSON.stringify(keychainChild(place.env.TEST_KEYCHAIN)),
      }).filter((pair): pair is [string, string] => pair[1] !== undefined),
    )
    const child = spawn(process.execPath, [DRIVER, 'token', 'acme/gusto'], { env, stdio: 'ignore' })
    const signal = await new Promise((resolve) => child.once('close', (_code, by) => resolve(by)))
    expect(signal).toBe('SIGKILL')
    const next = await place.run('token acme/gusto')
    expect(next.code).toBe(0)
    const [connection] = await live(place)
    if (connection === undefined) throw new Error('no connection')
    await works(place, connection)
    await isClean(place)
  })
})

describe('without a keychain to wait for', () => {
  it('after the token was saved, `list` alone finishes it, offline', async () => {
    const place = await world()
    await drive(place, 'connect --customer acme --provider gusto --create', 'P5')
    const before = place.finch.requests().length
    expect(await live(place)).toMatchObject([{ customer_id: 'acme', provider_id: 'gusto' }])
    expect(place.finch.requests().length).toBe(before)
    await isClean(place)
  })
})
