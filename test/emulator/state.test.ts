import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startEmulator } from '../../src/emulator/emulator.ts'
import { walkConnect } from '../../src/emulator/robot.ts'
import { openStand, type Stand } from './stand.ts'

let folder: string
let stateFile: string
const open: Stand[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'finch-emulator-'))
  stateFile = join(folder, 'new', 'emulator.json')
})
afterEach(async () => {
  for (const stand of open.splice(0)) await stand.close()
  rmSync(folder, { recursive: true })
})

async function start(options: Parameters<typeof openStand>[0] = {}): Promise<Stand> {
  const stand = await openStand({ stateFile, ...options })
  open.push(stand)
  return stand
}

test('a restarted emulator remembers tokens, codes, sessions and rules', async () => {
  const redirectUris = ['http://127.0.0.1:9/callback']
  const first = await start({ redirectUris, rules: { oldToken: 'refused', alreadyExists: 'never' } })
  const session = { redirect_uri: 'http://127.0.0.1:9/callback' }
  const made = await first.finch.sandbox.connections.create({ provider_id: 'gusto' })
  const company = await first.as(made.access_token).hris.company.retrieve()
  const walked = await first.walk(session)
  const waiting = await first.finch.connect.sessions.new({
    customer_id: 'later',
    customer_name: 'Later',
    products: ['company'],
    ...session,
  })
  await first.close()
  open.pop()

  const second = await start({ redirectUris })
  expect(second.emulator.rules).toMatchObject({ oldToken: 'refused', alreadyExists: 'never' })
  expect(await second.as(made.access_token).hris.company.retrieve()).toEqual(company)
  const code = new URL(walked.callback ?? '').searchParams.get('code') ?? ''
  const token = await second.finch.accessTokens.create({ code, ...session })
  expect(token.customer_id).toBe('acme')
  const link = `${second.emulator.url}/authorize?session=${waiting.session_id}`
  expect((await walkConnect(link)).callback).toContain('code=')
})

test('two emulators on one file see each other', async () => {
  const one = await start({ rules: { rateLimits: false } })
  const two = await start({ redirectUris: [one.redirectUri] })
  const token = await one.connect()
  const seen = await two.as(token.access_token).account.introspect()
  expect(seen.connection_id).toBe(token.connection_id)
  await two.as(token.access_token).account.disconnect()
  await expect(one.as(token.access_token).account.introspect()).rejects.toThrow('401')
  two.emulator.rules.echoState = false
  expect(one.emulator.rules.echoState).toBe(false)
})

test('a code is spent once, whichever emulator is asked', async () => {
  const one = await start()
  const two = await start({ redirectUris: [one.redirectUri] })
  const walked = await one.walk({})
  const code = new URL(walked.callback ?? '').searchParams.get('code') ?? ''
  const exchanges = [one, two, one, two].map((stand) =>
    stand.finch.accessTokens.create({ code, redirect_uri: one.redirectUri }),
  )
  const ends = await Promise.allSettled(exchanges)
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

test('every read-change-write runs inside the lock it was given', async () => {
  let depth = 0
  let runs = 0
  const exclusively = <T>(work: () => T): T => {
    depth += 1
    runs += 1
    expect(depth).toBe(1)
    const before = statSync(stateFile, { throwIfNoEntry: false })?.mtimeMs
    const result = work()
    if (before === undefined) expect(statSync(stateFile).size).toBeGreaterThan(0)
    depth -= 1
    return result
  }
  const stand = await start({ exclusively })
  const afterStart = runs
  await Promise.all([stand.connect({ customer_id: 'a' }), stand.connect({ customer_id: 'b' })])
  expect(runs).toBeGreaterThan(afterStart + 10)
})

test.runIf(process.platform !== 'win32')('the file is for its owner alone', async () => {
  await start()
  expect(statSync(stateFile).mode & 0o777).toBe(0o600)
  expect(statSync(join(stateFile, '..')).mode & 0o777).toBe(0o700)
})

test('what is not a state file is refused and left alone', async () => {
  for (const text of ['', '{', '{"format":2}', '[]']) {
    const path = join(folder, 'other.json')
    writeFileSync(path, text)
    await expect(startEmulator({ stateFile: path })).rejects.toThrow('not a state file of the Finch emulator')
    expect(readFileSync(path, 'utf8')).toBe(text)
  }
})

test('a port that is taken is said at once', async () => {
  const { emulator } = await start()
  await expect(startEmulator({ port: emulator.port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
})

test('only 127.0.0.1 is bound, not every address of the machine', async () => {
  const { emulator } = await start()
  const reached = await new Promise<boolean>((resolve) => {
    const socket = connect(emulator.port, '127.0.0.2')
    const end = (open: boolean) => {
      socket.destroy()
      resolve(open)
    }
    socket.on('connect', () => end(true)).on('error', () => end(false))
    socket.setTimeout(2_000, () => end(false))
  })
  expect(reached).toBe(false)
})
