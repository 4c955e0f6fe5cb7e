/** The store of one profile: what is known about customers and connections. It holds no token in the clear, ever. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes } from 'node:crypto'
import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Kysely } from 'kysely'
import { Problem } from '../problem.ts'
import { type Connections, connectionsIn } from './connections.ts'
import { type Customers, customersIn } from './customers.ts'
import { type Decisions, decisionsIn } from './decisions.ts'
import { type Events, eventsIn } from './events.ts'
import { type Flows, flowsIn } from './flows.ts'
import { kyselyOver } from './kysely.ts'
import { migrate } from './migrations.ts'
import { type Sessions, sessionsIn } from './sessions.ts'
import { type Lock, openDatabase, ownFolder, storeTrouble, takeLock, waitForLock } from './sqlite.ts'
import type { Tables } from './tables.ts'
import { vaultRowsIn } from './vault-rows.ts'

const ROOM_NEEDED = 32 * 1024 * 1024
const TRIAL_BYTES = 1024 * 1024

export interface Store {
  /** Names this store in the keychain; made once. */
  readonly id: string
  readonly folder: string
  readonly customers: Customers
  readonly connections: Connections
  readonly sessions: Sessions
  readonly flows: Flows
  readonly events: Events
  readonly decisions: Decisions
  readonly vaultRows: ReturnType<typeof vaultRowsIn>
  /** All or nothing: whatever `work` asks of this store happens in one transaction. */
  atomically<T>(work: () => Promise<T>): Promise<T>
  /** Runs `work` and takes back all it has written here. */
  rehearse(work: () => Promise<void>): Promise<void>
  fact(name: string): Promise<string | null>
  /** Saves a fact unless it is known; answers the one that holds. */
  settle(name: string, value: string): Promise<string>
  /** Saves a fact over what was known. */
  record(name: string, value: string): Promise<void>
  /** The lock of one connection or flow; null while another process has it. */
  lock(name: string, waitMs?: number): Lock | null
  /** The same lock, waited for without blocking this process. */
  lockSoon(name: string, waitMs: number): Promise<Lock | null>
  /** Refuses, before anything began, a disk that could not take what will come. */
  proveRoom(): void
  /** Empties the write-ahead log, so that sealed remnants do not linger in it. */
  trim(): void
  close(): Promise<void>
}

function storePath(folder: string): string {
  return join(folder, 'store.db')
}

/** Opens (and first makes) the store in `folder`. Throws Problem 7 when it cannot be used, 9 when it is damaged. */
export async function openStore(folder: string, now: () => Date): Promise<Store> {
  ownFolder(folder)
  const path = storePath(folder)
  const migrationLock = join(folder, 'locks', 'migrate')
  const database = await openDatabase(path, migrationLock)
  const db = kyselyOver(database, path)
  try {
    await migrate(db, database, migrationLock)
  } catch (error) {
    database.close()
    throw storeTrouble(error, path)
  }

  const lockPath = (name: string) => join(folder, 'locks', name.replaceAll(/[^A-Za-z0-9._-]/g, '_'))
  const running = new AsyncLocalStorage<Kysely<Tables>>()
  const current = () => running.getStore() ?? db
  const facts = factsIn(current)

  return {
    id: await facts.settle('store_id', randomBytes(8).toString('hex')),
    folder,
    customers: customersIn(current),
    connections: connectionsIn(current),
    sessions: sessionsIn(current),
    flows: flowsIn(current, now),
    events: eventsIn(current, now),
    decisions: decisionsIn(current, now),
    vaultRows: vaultRowsIn(current),
    ...facts,
    async atomically(work) {
      if (running.getStore() !== undefined) return work()
      return db.transaction().execute((transaction) => running.run(transaction, work))
    },
    async rehearse(work) {
      const takenBack = new Error('taken back')
      const rehearsal = db.transaction().execute(async (transaction) => {
        await running.run(transaction, work)
        throw takenBack
      })
      await rehearsal.catch((error: unknown) => {
        if (error !== takenBack) throw error
      })
    },
    lock: (name, waitMs) => takeLock(lockPath(name), waitMs),
    lockSoon: (name, waitMs) => waitForLock(lockPath(name), waitMs),
    proveRoom: () => proveRoom(folder),
    trim: () => void database.pragma('wal_checkpoint(TRUNCATE)'),
    close: () => db.destroy(),
  }
}

function factsIn(db: () => Kysely<Tables>) {
  const fact = async (name: string): Promise<string | null> =>
    (await db().selectFrom('facts').select('value').where('name', '=', name).executeTakeFirst())?.value ?? null
  return {
    fact,
    async settle(name: string, value: string): Promise<string> {
      const known = await fact(name)
      if (known !== null) return known
      await db()
        .insertInto('facts')
        .values({ name, value })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .execute()
      return (await fact(name)) ?? value
    },
    async record(name: string, value: string): Promise<void> {
      await db()
        .insertInto('facts')
        .values({ name, value })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
        .execute()
    },
  }
}

function proveRoom(folder: string): void {
  const trial = join(folder, `.room-${randomBytes(4).toString('hex')}`)
  try {
    const disk = statfsSync(folder)
    if (disk.bavail * disk.bsize < ROOM_NEEDED) {
      throw new Problem('unavailable', `less than 32 MiB left on the disk of ${folder}`, {
        code: 'disk_full',
        hint: 'free some space first: a token that cannot be saved is lost',
      })
    }
    // A quota or a full thin volume is not in those numbers; a write is the proof.
    writeFileSync(trial, Buffer.alloc(TRIAL_BYTES, 1), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    throw storeTrouble(error, folder)
  } finally {
    rmSync(trial, { force: true })
  }
}
