import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startEmulator } from '../../src/emulator/emulator.ts'
import { walkConnect } from '../../src/emulator/robot.ts'
import { rootOrSaySo, smallDisk } from '../root.ts'
import { ask, basic, openStand, type Stand } from './stand.ts'

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

test('a file from before some rules existed is read with their defaults', async () => {
  const first = await start({ rules: { oldToken: 'refused' } })
  const made = await first.finch.sandbox.connections.create({ provider_id: 'gusto' })
  const old = JSON.parse(readFileSync(stateFile, 'utf8')) as { rules: Record<string, unknown> }
  delete old.rules.versionHeader
  delete old.rules.missingEntity
  writeFileSync(stateFile, JSON.stringify(old))
  const second = await start()
  const { oldToken, versionHeader, missingEntity } = second.emulator.rules
  expect([oldToken, versionHeader, missingEntity]).toEqual(['refused', 'required', 'first'])
  await second.as(made.access_token).account.introspect()
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

test.each([
  ['damaged', ''],
  ['damaged', '{"format":1,"rules":'],
  ['unusable', null],
] as const)('a state that is %s at the start has words of its own', async (trouble, text) => {
  const path = join(folder, 'other.json')
  if (text === null) mkdirSync(path)
  else writeFileSync(path, text)
  await expect(startEmulator({ stateFile: path })).rejects.toMatchObject({ name: 'StateFailure', trouble, path })
})

describe.runIf(rootOrSaySo('the emulator on a full disk'))('a full disk', () => {
  test('is said with each request, and nothing that was answered is lost', async () => {
    const full = join(smallDisk('64k'), 'state.json')
    const stand = await start({ stateFile: full, rules: { rateLimits: false } })
    const { connect_url: link } = await stand.finch.connect.sessions.new({
      customer_id: 'full',
      customer_name: 'Full',
      products: ['company'],
    })
    const made: string[] = []
    const refused = await fillUp(stand, made)
    expect(made.length).toBeGreaterThan(10)
    expect(refused.status).toBe(507)
    expect(refused.json).toMatchObject({ code: 507, name: 'server_error' })
    expect(refused.json.message).toContain('The emulator, not Finch, failed: the disk is full')
    let page = await fetch(link)
    for (let visits = 0; visits < 200 && page.status === 200; visits += 1) page = await fetch(link)
    expect([page.status, await page.text()]).toEqual([507, expect.stringContaining('the disk is full')])

    expect(readdirSync(dirname(full))).toEqual(['state.json'])
    const saved = JSON.parse(readFileSync(full, 'utf8')) as { tokens: Record<string, unknown> }
    expect(Object.keys(saved.tokens).sort()).toEqual([...made].sort())
    await expect(stand.as(made.at(-1) ?? '').account.introspect()).resolves.toBeDefined()

    const roomy = join(folder, 'state.json')
    writeFileSync(roomy, readFileSync(full))
    const after = await start({ stateFile: roomy })
    for (const token of made) await after.as(token).account.introspect()
  })
})

/** Makes connections until one is refused, which is returned. */
async function fillUp(stand: Stand, made: string[]) {
  for (;;) {
    if (made.length === 500) throw new Error('the disk never filled')
    const body = { provider_id: 'gusto' }
    const answer = await ask(stand.emulator, 'POST', '/sandbox/connections', { headers: basic(stand.emulator), body })
    if (answer.status !== 200) return answer
    made.push(String(answer.json.access_token))
  }
}

test('what a killed emulator was writing is swept', async () => {
  mkdirSync(dirname(stateFile), { recursive: true })
  const drafts = [`${stateFile}.1.draft`, `${stateFile}.2.draft`]
  for (const draft of drafts) writeFileSync(draft, '{')
  const [old = '', fresh = ''] = drafts
  utimesSync(old, 0, 0)
  await start()
  expect(readdirSync(dirname(stateFile)).sort()).toEqual(['emulator.json', basename(fresh)])
})

test('a port that is taken is said at once', async () => {
  const { emulator } = await start()
  await expect(startEmulator({ port: emulator.port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
})

test('every address is bound on request, and links name the one that was asked', async () => {
  const { emulator } = await start({ host: '0.0.0.0' })
  expect(emulator.url).toBe(`http://127.0.0.1:${emulator.port}`)
  const other = `http://127.0.0.2:${emulator.port}`
  const headers = { ...basic(emulator), 'finch-api-version': '2020-09-17' }
  const body = JSON.stringify({ customer_id: 'a', customer_name: 'A', products: ['company'] })
  const answer = await fetch(`${other}/connect/sessions`, { method: 'POST', headers, body })
  expect(await answer.json()).toMatchObject({ connect_url: expect.stringContaining(`${other}/authorize?session=`) })
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
