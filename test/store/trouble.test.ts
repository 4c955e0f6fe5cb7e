/** A store that was lost, opened to others, damaged, or met a failing disk: said in words, and nothing made over it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { type CompiledQuery, Kysely, SqliteDialect } from 'kysely'
import { describe, expect, it } from 'vitest'
import type { NewLogin } from '../../src/domain/login.ts'
import { connectionsIn } from '../../src/store/connections.ts'
import { loginsIn } from '../../src/store/logins.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import type { Tables } from '../../src/store/tables.ts'
import { connected, errorOf, folder, later, type World, world } from '../harness.ts'
import { rootOrSaySo, smallDisk } from '../root.ts'

const now = () => new Date('2026-01-02T03:04:05.678Z')

async function opened(path = join(folder(), 'default')): Promise<Store> {
  const store = await openStore(path, now)
  later(() => store.close())
  return store
}

const FLOW: NewLogin = {
  loginId: 'a'.repeat(24),
  kind: 'connect',
  environment: 'sandbox',
  origin: 'https://api.example.com',
  clientId: 'client',
  customerId: 'acme',
  finchCustomerId: 'acme',
  sessionId: null,
  expectedConnectionId: null,
  expectedProviderId: null,
  expectedGeneration: 0,
  requestedProducts: [],
  stateDigest: 'digest',
  redirectUri: 'http://localhost:4179/callback',
}

function database(place: World): Database.Database {
  const open = new Database(join(place.home, 'default', 'store.db'))
  later(() => open.close())
  return open
}

describe('a store that is gone', () => {
  it.each([
    ['is missing', (path: string) => rmSync(path)],
    ['is empty', (path: string) => truncateSync(path)],
  ])('%s: is not taken for a new one', async (_how, lose) => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const path = join(place.home, 'default', 'store.db')
    for (const beside of ['-wal', '-shm']) rmSync(`${path}${beside}`, { force: true })
    lose(path)
    const ran = await place.run('list --json')
    expect(ran.code).toBe(9)
    expect(errorOf(ran)).toMatchObject({ code: 'store_lost', hint: expect.stringContaining('store.id') })
    rmSync(join(place.home, 'default', 'store.id'))
    expect((await place.run('list --json')).code).toBe(0)
  })
})

describe('modes and owners', () => {
  it('that became too open are closed again on the next opening', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const profile = join(place.home, 'default')
    chmodSync(place.home, 0o777)
    chmodSync(profile, 0o755)
    chmodSync(join(profile, 'store.db'), 0o666)
    expect((await place.run('list')).code).toBe(0)
    expect(statSync(place.home).mode & 0o022).toBe(0)
    expect(statSync(profile).mode & 0o777).toBe(0o700)
    expect(statSync(join(profile, 'store.db')).mode & 0o777).toBe(0o600)
  })

  it('of somebody else are refused', async () => {
    if (!rootOrSaySo('files of another user')) return
    const { asRoot } = await import('../root.ts')
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const path = join(place.home, 'default', 'store.db')
    asRoot('chown', '12345', path)
    expect(errorOf(await place.run('list --json'))).toMatchObject({ code: 'file_unusable' })
    asRoot('chown', String(process.getuid?.()), path)
    const open = folder()
    mkdirSync(join(open, 'default'), { mode: 0o700 })
    chmodSync(open, 0o777)
    asRoot('chown', '12345', open)
    await expect(openStore(join(open, 'default'), now)).rejects.toMatchObject({ code: 'folder_open_to_others' })
    asRoot('chown', String(process.getuid?.()), open)
  })
})

describe('locks', () => {
  it('asked for twice in one process stay held against others', async () => {
    const path = join(folder(), 'default')
    const store = await opened(path)
    const held = store.lock('connection.x')
    expect(store.lock('connection.x')).toBeNull()
    const other = `const D = require('better-sqlite3'); try { new D(${JSON.stringify(join(path, 'locks', 'connection.x'))}, { timeout: 0 }).exec('BEGIN EXCLUSIVE'); process.exit(1) } catch { process.exit(0) }`
    const child = spawn(process.execPath, ['-e', other], { stdio: 'ignore' })
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0)
    held?.release()
  })

  it('whose file was removed by their holder guard nothing, and are made anew', async () => {
    const store = await opened()
    const first = store.lock('flow.x')
    first?.remove()
    const second = store.lock('flow.x')
    expect(second).not.toBeNull()
    expect(existsSync(join(store.folder, 'locks', 'flow.x'))).toBe(true)
    expect(store.lock('flow.x')).toBeNull()
    second?.release()
  })

  it('whose file its holder removes while another waits for it, are taken again', async () => {
    const path = join(folder(), 'default')
    const store = await opened(path)
    store.lock('flow.x')?.release()
    const file = JSON.stringify(join(path, 'locks', 'flow.x'))
    const holder = `const D = require('better-sqlite3'), lock = new D(${file}); lock.exec('BEGIN EXCLUSIVE'); process.send('held');
      setTimeout(() => { require('node:fs').rmSync(${file}); lock.close(); process.disconnect() }, 500)`
    const child = spawn(process.execPath, ['-e', holder], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    await once(child, 'message')
    const lock = store.lock('flow.x', 10_000)
    expect(lock).not.toBeNull()
    expect(existsSync(join(path, 'locks', 'flow.x'))).toBe(true)
    lock?.release()
  })
})

describe('a store that another process writes to', () => {
  it('is waited for', async () => {
    const store = await opened()
    const other = new Database(join(store.folder, 'store.db'))
    later(() => other.close())
    other.exec('BEGIN IMMEDIATE')
    // Longer than SQLite's own wait, which blocks this process and with it the timer.
    setTimeout(() => other.exec('ROLLBACK'), 400)
    await store.customers.create({ customerId: 'acme', name: 'Acme', email: null, single: false, createdAt: '' })
    expect(await store.customers.find('acme')).not.toBeNull()
  })

  it('takes its turn before it reads, so that nobody writes between a reading and its writing', async () => {
    const store = await opened()
    const other = new Database(join(store.folder, 'store.db'), { timeout: 0 })
    later(() => other.close())
    await store.atomically(async () => {
      await store.customers.list()
      expect(() => other.exec('BEGIN IMMEDIATE')).toThrow(/locked/)
    })
    other.exec('BEGIN IMMEDIATE')
    other.exec('ROLLBACK')
  })
})

describe('a login in the store', () => {
  it('moves only from the phase it is believed to be in', async () => {
    const store = await opened()
    await store.logins.start(FLOW)
    expect(await store.logins.move(FLOW.loginId, 'started', 'code')).toBe(false)
    expect(await store.logins.move(FLOW.loginId, 'proving', 'started')).toBe(true)
    expect(await store.logins.move(FLOW.loginId, 'proving', 'abandoned')).toBe(false)
    expect((await store.logins.find(FLOW.loginId))?.phase).toBe('started')
  })

  it('whose code came later is the newer one, whatever the clock says', async () => {
    const store = await opened()
    const other = { ...FLOW, loginId: 'b'.repeat(24) }
    for (const flow of [FLOW, other]) {
      await store.logins.start(flow)
      await store.logins.move(flow.loginId, 'proving', 'code')
    }
    const [older, newer] = await Promise.all([store.logins.find(FLOW.loginId), store.logins.find(other.loginId)])
    await store.logins.move(other.loginId, 'code', 'committed', { connectionId: 'c1' })
    expect(await store.logins.hasNewer('c1', older?.codeOrder ?? 0)).toBe(true)
    expect(await store.logins.hasNewer('c1', newer?.codeOrder ?? 0)).toBe(false)
  })

  it('is looked for through its own index, however many are finished', async () => {
    const store = await opened()
    const file = new Database(join(store.folder, 'store.db'))
    const asked: CompiledQuery[] = []
    const db = new Kysely<Tables>({
      dialect: new SqliteDialect({ database: file }),
      log: ({ query }) => void asked.push(query),
    })
    later(() => db.destroy())
    await loginsIn(() => db, now).unfinished()
    await loginsIn(() => db, now).withheld()
    await connectionsIn(() => db).unverified()
    await connectionsIn(() => db).othersWithToken('0123456789ab', 'c1')
    expect(asked.length).toBe(4)
    const plans = asked.map(({ sql, parameters }) =>
      file
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all(parameters)
        .map((row) => (row as { detail: string }).detail)
        .join('; '),
    )
    expect(plans).toEqual([
      expect.stringContaining('INDEX unfinished_flows'),
      expect.stringContaining('INDEX unfinished_flows'),
      expect.stringContaining('INDEX unverified_connections'),
      expect.stringContaining('INDEX connections_by_fingerprint'),
    ])
  })
})

describe('what a login leaves behind', () => {
  it('is swept when it is over, or was never recorded, and not while it stands', async () => {
    const store = await opened()
    const [over, never, standing] = ['1', '2', '3'].map((digit) => digit.repeat(24)) as [string, string, string]
    for (const loginId of [over, never, standing]) {
      store.lock(`flow.${loginId}`)?.release()
      store.spill.reserve(loginId)
      store.spareLock.make(loginId)
    }
    await store.logins.start({ ...FLOW, loginId: standing })
    await store.logins.start({ ...FLOW, loginId: over })
    await store.logins.move(over, 'proving', 'abandoned')
    const trial = join(store.folder, '.room-1234')
    writeFileSync(trial, '')
    utimesSync(trial, 1, 1)
    await store.sweep()
    expect(store.spill.names()).toEqual([standing])
    for (const loginId of [over, never]) expect(existsSync(join(store.folder, 'locks', `flow.${loginId}`))).toBe(false)
    for (const kind of ['flow', 'spare'])
      expect(existsSync(join(store.folder, 'locks', `${kind}.${standing}`))).toBe(true)
    expect(existsSync(trial)).toBe(false)
  })
})

describe('damage', () => {
  it('in the list of products of one record is said, naming it', async () => {
    const place = await world()
    const { connection_id } = await connected(place, 'acme', 'gusto')
    for (const products of ['{"broken', '{}', '"company"']) {
      database(place).prepare('UPDATE connections SET products = ?').run(products)
      const ran = await place.run('list --json')
      expect(ran.code).toBe(9)
      expect(errorOf(ran)).toMatchObject({ code: 'store_damaged' })
      expect(errorOf(ran).message).toContain(connection_id)
    }
  })

  it('in an interrupted login concerns that login only', async () => {
    const place = await world()
    await connected(place, 'globex', 'gusto')
    await place.run('connect --customer acme --provider gusto --create', {
      employer: {},
      onPhase: (phase) => {
        if (phase === 'P5') throw new Error('the end, on purpose')
      },
    })
    database(place).exec("UPDATE flows SET requested_products = '[1' WHERE customer_id = 'acme'")
    const ran = await place.run('token globex/gusto')
    expect(ran.code).toBe(0)
    expect(ran.stderr).toContain('is damaged: it is not JSON')
  })

  it('of a page is found before anybody logs in', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const path = join(place.home, 'default', 'store.db')
    const open = new Database(path)
    const page = Number(open.prepare("SELECT rootpage FROM sqlite_master WHERE name = 'decisions'").pluck().get())
    const size = Number(open.pragma('page_size', { simple: true }))
    open.pragma('wal_checkpoint(TRUNCATE)')
    open.close()
    const { openSync, writeSync, closeSync } = await import('node:fs')
    const file = openSync(path, 'r+')
    writeSync(file, Buffer.alloc(size), 0, size, (page - 1) * size)
    closeSync(file)
    const before = place.finch.requests().length
    const ran = await place.run('connect --customer acme --provider rippling --json', { employer: {} })
    expect(ran.code).toBe(9)
    expect(errorOf(ran)).toMatchObject({ code: 'store_damaged' })
    expect(place.finch.requests().length).toBe(before)
  })

  it('of the vault, its head gone and its rows not, makes no new vault', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    database(place).exec('DELETE FROM vault_facts; DELETE FROM vault_keys')
    const ran = await place.run('vault status --json')
    expect(ran.code).toBe(9)
    expect(errorOf(ran)).toMatchObject({ code: 'vault_damaged' })
    expect(database(place).prepare('SELECT count(*) FROM vault_keys').pluck().get()).toBe(0)
  })

  it('of a row’s format is not blamed on a newer version', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    database(place).exec('UPDATE vault_rows SET format = 0')
    expect(errorOf(await place.run('show acme/gusto --refresh --json'))).toMatchObject({ code: 'vault_damaged' })
    database(place).exec('UPDATE vault_rows SET format = 2')
    expect(errorOf(await place.run('show acme/gusto --refresh --json'))).toMatchObject({ code: 'vault_newer' })
  })
})

describe('a disk that fills up while the first store is made', () => {
  it.each(['60k', '100k', '140k', '180k'])('at %s: it is made whole once there is room', async (size) => {
    if (!rootOrSaySo('a first store on a full disk')) return
    const { asRoot } = await import('../root.ts')
    const disk = smallDisk(size)
    await expect(openStore(join(disk, 'default'), now)).rejects.toMatchObject({ kind: 'unavailable' })
    asRoot('mount', '-o', 'remount,size=8m', disk)
    const store = await opened(join(disk, 'default'))
    expect(await store.customers.list()).toEqual([])
  })
})

describe('a transaction on a full disk', () => {
  it('fails with its own reason, not with that of a rollback that had already happened', async () => {
    if (!rootOrSaySo('a transaction on a full disk')) return
    const disk = smallDisk('2m')
    const store = await opened(join(disk, 'default'))
    const filler = join(disk, 'filler')
    for (let size = 1 << 18; size >= 1; size >>= 1) {
      try {
        for (;;) writeFileSync(filler, Buffer.alloc(size), { flag: 'a' })
      } catch {
        // Full at this size; smaller pieces may still fit.
      }
    }
    const failing = store.atomically(async () => {
      await store.customers.create({
        customerId: 'acme',
        name: 'A'.repeat(20_000),
        email: null,
        single: false,
        createdAt: '',
      })
    })
    await expect(failing).rejects.toMatchObject({ kind: 'unavailable', code: 'disk_full' })
    rmSync(filler)
    expect(await store.customers.find('acme')).toBeNull()
  })
})
