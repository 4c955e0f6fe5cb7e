/** The store of one profile: what is known about customers and connections. It holds no token in the clear, ever. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Kysely } from 'kysely'
import { type Connections, connectionsIn } from './connections.ts'
import { type Customers, customersIn } from './customers.ts'
import { type Decisions, decisionsIn } from './decisions.ts'
import { damaged, storeTrouble } from './errors.ts'
import { type Events, eventsIn } from './events.ts'
import { kyselyOver } from './kysely.ts'
import { type Lock, nameLockFile, takeLock, waitForLock } from './locks.ts'
import { type Logins, loginsIn } from './logins.ts'
import { markStore, refuseLostStore } from './marker.ts'
import { migrate } from './migrations.ts'
import { ownFile, ownFolder, safeParent } from './private-files.ts'
import { proveRoom } from './room.ts'
import { type Sessions, sessionsIn } from './sessions.ts'
import { type Spill, spillIn } from './spill.ts'
import { type Exclusively, openDatabase } from './sqlite.ts'
import { sweep } from './sweep.ts'
import type { Tables } from './tables.ts'
import { vaultRowsIn } from './vault-rows.ts'

const LONGEST_FIRST_USE_MS = 30_000

export interface Store {
  /** Names this store in the keychain; made once. */
  readonly id: string
  readonly folder: string
  /** On a read-only disk: what is known can be read, and nothing can be added. */
  readonly readOnly: boolean
  readonly customers: Customers
  readonly connections: Connections
  readonly sessions: Sessions
  readonly logins: Logins
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
  /** The lock of one connection or login; null while another process has it. */
  lock(name: string, waitMs?: number): Lock | null
  /** The same lock, waited for without blocking this process; ends with the signal's reason. */
  lockSoon(name: string, waitMs: number, signal?: AbortSignal): Promise<Lock | null>
  /** An empty file that becomes the lock `name` when the disk may have no room to make one. */
  readonly spareLock: {
    make(loginId: string): void
    become(loginId: string, name: string): void
    remove(loginId: string): void
  }
  /** Removes files that logins left behind and nothing needs any more. */
  sweep(): Promise<void>
  /** Refuses, before anything began, a disk that could not take what will come, or a damaged database. */
  prove(): void
  /** Where a login's answer goes besides the database. */
  readonly spill: Spill
  /** Empties the write-ahead log, so that sealed remnants do not linger in it. */
  trim(): void
  close(): Promise<void>
}

function storePath(folder: string): string {
  return join(folder, 'store.db')
}

/** Opens (and first makes) the store in `folder`. Throws Problem 7 when it cannot be used, 9 when it is damaged or lost. */
export async function openStore(folder: string, now: () => Date): Promise<Store> {
  ownFolder(folder)
  safeParent(dirname(folder))
  const path = storePath(folder)
  refuseLostStore(folder, path)
  const lockPath = (name: string) => join(folder, 'locks', name.replaceAll(/[^A-Za-z0-9._-]/g, '_'))
  const exclusively: Exclusively = async (work) => {
    const lock = await waitForLock(lockPath('migrate'), LONGEST_FIRST_USE_MS)
    try {
      await work()
    } finally {
      lock?.release()
    }
  }
  const database = await openDatabase(path, exclusively)
  const db = kyselyOver(database, path)
  try {
    await migrate(db, database, exclusively)
  } catch (error) {
    database.close()
    throw storeTrouble(error, path)
  }

  /** What is asked of the database past Kysely fails in words as well. */
  const said = <T>(ask: () => T): T => {
    try {
      return ask()
    } catch (error) {
      throw storeTrouble(error, path)
    }
  }

  const running = new AsyncLocalStorage<Kysely<Tables>>()
  const current = () => running.getStore() ?? db
  const facts = factsIn(current)
  const logins = loginsIn(current, now)
  const spill = spillIn(join(folder, 'pending'))
  const sparePath = (loginId: string) => lockPath(`spare.${loginId}`)

  const id = await facts.settle('store_id', randomBytes(8).toString('hex'))
  markStore(folder, id)

  return {
    id,
    folder,
    readOnly: database.readonly,
    customers: customersIn(current),
    connections: connectionsIn(current),
    sessions: sessionsIn(current),
    logins,
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
    lockSoon: (name, waitMs, signal) => waitForLock(lockPath(name), waitMs, signal),
    spareLock: {
      make: (loginId) => ownFile(sparePath(loginId)),
      become: (loginId, name) => nameLockFile(sparePath(loginId), lockPath(name)),
      remove: (loginId) => void rmSync(sparePath(loginId), { force: true }),
    },
    sweep: () => sweep({ folder, logins, spill, lock: (name) => takeLock(lockPath(name)) }),
    prove() {
      proveRoom(folder)
      // A damaged page is found now, not when the token is about to be written beside it.
      const found = said(() => database.pragma('quick_check(1)', { simple: true }))
      if (found !== 'ok') throw damaged(path, String(found))
    },
    spill,
    trim: () => void said(() => database.pragma('wal_checkpoint(TRUNCATE)')),
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
