import { spawn } from 'node:child_process'
import { chmodSync, existsSync, linkSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import type { Connection } from '../../src/domain/connection.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { BIN, folder, later } from '../harness.ts'
import { rootOrSaySo, smallDisk } from '../root.ts'

const now = () => new Date('2026-01-02T03:04:05.678Z')

async function opened(path = folder()): Promise<Store> {
  const store = await openStore(path, now)
  later(() => store.close())
  return store
}

const connection = (change: Partial<Connection> = {}): Connection => ({
  connectionId: '7f3a91c2-0000-4000-8000-000000000001',
  customerId: 'acme',
  finchCustomerId: 'acme',
  alias: null,
  providerId: 'gusto',
  companyId: null,
  companyName: 'Acme',
  einEnding: null,
  environment: 'sandbox',
  origin: 'https://api.example.com',
  connectionType: 'provider',
  status: 'connected',
  statusMessage: null,
  lastSuccessfulSync: null,
  products: ['company'],
  requestedProducts: ['company', 'payment'],
  entities: [{ entityId: 'e1', name: 'West', sourceId: null, status: 'connected' }],
  authenticationMethods: [{ type: 'credential', status: null }],
  fingerprint: '0123456789ab',
  vault: 'sealed',
  tokenSavedAt: now().toISOString(),
  generation: 1,
  createdAt: now().toISOString(),
  reauthenticatedAt: null,
  checkedAt: null,
  ...change,
})

const acme = { customerId: 'acme', name: 'Acme', email: null, single: false, createdAt: now().toISOString() }

describe('customers and connections', () => {
  it('come back as they were saved', async () => {
    const store = await opened()
    await store.customers.create({ ...acme, email: 'a@b.c' })
    await store.connections.add(connection(), false)
    expect(await store.customers.find('acme')).toEqual({ ...acme, email: 'a@b.c', connections: 1 })
    expect(await store.connections.find(connection().connectionId)).toEqual(connection())
    expect(await store.connections.list()).toEqual([connection()])
  })

  it('a customer exists once', async () => {
    const store = await opened()
    await store.customers.create(acme)
    await expect(store.customers.create(acme)).rejects.toMatchObject({ kind: 'conflict', code: 'customer_exists' })
  })

  it('a customer with connections is not removed', async () => {
    const store = await opened()
    await store.customers.create(acme)
    await store.connections.add(connection(), false)
    await expect(store.customers.remove('acme')).rejects.toMatchObject({ code: 'customer_has_connections' })
  })

  it('a --single customer has one connection because the database says so, not the code', async () => {
    const store = await opened()
    await store.customers.create({ ...acme, single: true })
    await store.connections.add(connection(), true)
    await expect(store.connections.add(connection({ connectionId: 'another-1' }), true)).rejects.toMatchObject({
      code: 'customer_single',
    })
    // Nor by claiming that the customer is not single: the foreign key knows.
    await expect(store.connections.add(connection({ connectionId: 'another-2' }), false)).rejects.toMatchObject({
      kind: 'conflict',
    })
  })

  it('a customer with several connections cannot become single', async () => {
    const store = await opened()
    await store.customers.create(acme)
    await store.connections.add(connection(), false)
    await store.connections.add(connection({ connectionId: 'another-1' }), false)
    await expect(store.customers.edit('acme', { single: true })).rejects.toMatchObject({
      code: 'customer_has_connections',
    })
  })

  it('a customer with one connection can, and then the database guards it', async () => {
    const store = await opened()
    await store.customers.create(acme)
    await store.connections.add(connection(), false)
    await store.customers.edit('acme', { single: true })
    await expect(store.connections.add(connection({ connectionId: 'another-1' }), true)).rejects.toMatchObject({
      code: 'customer_single',
    })
  })

  it('of two swaps from the same generation one is late', async () => {
    const store = await opened()
    await store.customers.create(acme)
    await store.connections.add(connection(), false)
    expect(await store.connections.swap(connection({ generation: 2, fingerprint: 'aaaaaaaaaaaa' }), 1)).toBe(true)
    expect(await store.connections.swap(connection({ generation: 2, fingerprint: 'bbbbbbbbbbbb' }), 1)).toBe(false)
    expect((await store.connections.find(connection().connectionId))?.fingerprint).toBe('aaaaaaaaaaaa')
  })

  it('an alias is one connection only', async () => {
    const store = await opened()
    await store.customers.create(acme)
    await store.connections.add(connection(), false)
    await store.connections.add(connection({ connectionId: 'another-1' }), false)
    await store.connections.rename('another-1', 'main')
    await expect(store.connections.rename(connection().connectionId, 'main')).rejects.toMatchObject({
      code: 'alias_taken',
    })
  })

  it('are found by id, prefix, alias and customer/provider', async () => {
    const store = await opened()
    await store.customers.create(acme)
    await store.connections.add(connection(), false)
    await store.connections.add(
      connection({ connectionId: '7f3a0000-0000-4000-8000-000000000002', providerId: 'rippling' }),
      false,
    )
    await store.connections.rename(connection().connectionId, 'main')
    const ids = async (word: string) => (await store.connections.named(word)).map((one) => one.providerId)
    expect(await ids(connection().connectionId)).toEqual(['gusto'])
    expect(await ids('7f3a9')).toEqual(['gusto'])
    expect(await ids('7f3a')).toEqual(['rippling', 'gusto'])
    expect(await ids('7f3')).toEqual([])
    expect(await ids('main')).toEqual(['gusto'])
    expect(await ids('acme/rippling')).toEqual(['rippling'])
    expect(await ids('acme/%')).toEqual([])
    expect(await ids('____')).toEqual([])
  })

  it('all or nothing', async () => {
    const store = await opened()
    const failing = store.atomically(async () => {
      await store.customers.create(acme)
      throw new Error('on purpose')
    })
    await expect(failing).rejects.toThrow('on purpose')
    expect(await store.customers.find('acme')).toBeNull()
  })
})

describe('the file', () => {
  it('is its owner’s alone, under any umask', async () => {
    const before = process.umask()
    for (const mask of [0o000, 0o022, 0o077]) {
      process.umask(mask)
      try {
        const path = join(folder(), 'home', 'default')
        const store = await opened(path)
        await store.customers.create(acme)
        store.lock('x')?.release()
        expect(statSync(path).mode & 0o777).toBe(0o700)
        const files = [...readdirSync(path), ...readdirSync(join(path, 'locks')).map((name) => `locks/${name}`)]
        expect(files).toContain('store.db-wal')
        for (const file of files.filter((name) => name !== 'locks'))
          expect([file, statSync(join(path, file)).mode & 0o777]).toEqual([file, 0o600])
      } finally {
        process.umask(before)
      }
    }
  })

  it('is opened with every guard on', async () => {
    const path = folder()
    const store = await opened(path)
    await store.customers.create(acme)
    const plain = new Database(join(path, 'store.db'))
    expect(plain.pragma('journal_mode', { simple: true })).toBe('wal')
    plain.close()
  })

  it('is not written through a link, symbolic or hard', async () => {
    const path = folder()
    const elsewhere = join(folder(), 'elsewhere')
    writeFileSync(elsewhere, '')
    symlinkSync(elsewhere, join(path, 'store.db'))
    await expect(openStore(path, now)).rejects.toMatchObject({ kind: 'unavailable' })
    const other = folder()
    linkSync(elsewhere, join(other, 'store.db'))
    await expect(openStore(other, now)).rejects.toMatchObject({ code: 'file_unusable' })
    expect(statSync(elsewhere).size).toBe(0)
  })

  it('of a newer finchconn is refused and left alone', async () => {
    const path = folder()
    await (await openStore(path, now)).close()
    const database = new Database(join(path, 'store.db'))
    database.pragma('user_version = 99')
    database.close()
    await expect(openStore(path, now)).rejects.toMatchObject({ kind: 'unavailable', code: 'store_newer' })
  })

  it('that is no database is refused and left alone', async () => {
    const path = folder()
    writeFileSync(
      join(path, 'store.db'),
      'this is not a database, and it is long enough to be looked at as one'.repeat(20),
    )
    await expect(openStore(path, now)).rejects.toMatchObject({ kind: 'unavailable', code: 'not_a_store' })
  })

  it('is made once by many processes at the same time', async () => {
    const env = { PATH: process.env.PATH ?? '', FINCHCONN_HOME: folder() }
    const ran = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const child = spawn(process.execPath, [BIN, 'customers', 'create', `customer-${index}`], {
          env,
          stdio: 'ignore',
        })
        return new Promise((resolve) => child.once('close', resolve))
      }),
    )
    expect(ran).toEqual(Array(12).fill(0))
    const store = await opened(join(env.FINCHCONN_HOME, 'default'))
    expect((await store.customers.list()).length).toBe(12)
  })

  it('on a disk without room is refused before anything begins', async () => {
    if (!rootOrSaySo('a disk without room')) return
    const store = await opened(join(smallDisk('2m'), 'default'))
    expect(() => store.prove()).toThrow(/left on the disk/)
  })

  it('is no folder of somebody else', async () => {
    if (process.getuid?.() !== 0) return
    const path = folder()
    const { chownSync } = await import('node:fs')
    mkdirSync(join(path, 'default'))
    chownSync(join(path, 'default'), 12_345, 12_345)
    chmodSync(join(path, 'default'), 0o777)
    await expect(openStore(join(path, 'default'), now)).rejects.toMatchObject({ code: 'folder_unusable' })
    expect(existsSync(join(path, 'default', 'store.db'))).toBe(false)
  })
})

describe('locks', () => {
  it('are held by one, and free again when their holder dies', async () => {
    const path = folder()
    const store = await opened(path)
    const lock = store.lock('connection.x')
    expect(lock).not.toBeNull()
    const other = await opened(path)
    expect(other.lock('connection.x')).toBeNull()
    expect(other.lock('connection.y')).not.toBeNull()
    lock?.release()
    expect(other.lock('connection.x')).not.toBeNull()
  })
})
