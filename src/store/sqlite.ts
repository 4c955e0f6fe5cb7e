/**
 * SQLite files: made by us with the right modes before SQLite sees them, opened with the settings that guard against
 * loss, set on every open and asserted. SQLite's errors become sentences.
 */
import { existsSync } from 'node:fs'
import { isOnReadOnlyDisk } from '../disk.ts'
import { Problem } from '../problem.ts'
import { whenFree } from './busy.ts'
import { openEngine, type Sqlite } from './engine.ts'
import { storeTrouble } from './errors.ts'
import { ownFile } from './private-files.ts'
import { openToRead } from './read-only.ts'

/** Older engines carry the WAL-reset race, which corrupts exactly our case: many short processes. */
const OLDEST_ENGINE = [3, 51, 3]
/** Short, because this wait blocks the process: longer ones are spent in `whenFree`. */
const BUSY_MS = 250

function atLeast(version: string, floor: readonly number[]): boolean {
  const parts = version.split('.').map(Number)
  for (const [index, least] of floor.entries()) {
    const part = parts[index] ?? 0
    if (part !== least) return part > least
  }
  return true
}

/** Runs `work` while no other process of this store does the same. */
export type Exclusively = (work: () => void | Promise<void>) => Promise<void>

/** Opens the store's database with every guard on, or says why not. `exclusively` is for the first opening of all. */
export async function openDatabase(path: string, exclusively: Exclusively): Promise<Sqlite> {
  ownFile(path)
  for (const beside of [`${path}-wal`, `${path}-shm`]) if (existsSync(beside)) ownFile(beside)
  let database: Sqlite | null = null
  try {
    if (isOnReadOnlyDisk(path)) return openToRead(path)
    database = openEngine(path, { timeout: BUSY_MS })
    const opened = database
    const mode = await whenFree(() => opened.pragma('journal_mode', { simple: true }))
    // Once in a store's life, and by one process at a time: this change does not wait its turn by itself.
    if (mode !== 'wal') await exclusively(() => void opened.pragma('journal_mode = WAL'))
    opened.pragma('synchronous = FULL')
    opened.pragma('foreign_keys = ON')
    opened.pragma('secure_delete = ON')
    assertGuards(opened)
    return opened
  } catch (error) {
    database?.close()
    throw storeTrouble(error, path)
  }
}

/** The guards are asserted, not assumed: a build or a URI option that ignores one would lose commits silently. */
function assertGuards(database: Sqlite): void {
  const expected = { journal_mode: 'wal', synchronous: 2, foreign_keys: 1, secure_delete: 1, busy_timeout: BUSY_MS }
  for (const [name, wanted] of Object.entries(expected)) {
    const actual = database.pragma(name, { simple: true })
    if (actual !== wanted) {
      throw new Problem('unavailable', `the database refuses the setting ${name} (${String(actual)})`, {
        code: 'guard_missing',
        hint: 'a store in a network or synced folder is not safe: set FINCHCONN_HOME to a local disk',
      })
    }
  }
  const version = String(database.prepare('SELECT sqlite_version()').pluck().get())
  if (!atLeast(version, OLDEST_ENGINE)) {
    throw new Problem('unavailable', `SQLite ${version} can corrupt a store used by several processes`, {
      code: 'engine_too_old',
      hint: 'reinstall finchconn: it needs better-sqlite3 12.11 or later',
    })
  }
}
