/**
 * SQLite files: made by us with the right modes before SQLite sees them, opened with the settings that guard against
 * loss, set on every open and asserted. SQLite's errors become sentences.
 */
import { closeSync, constants, existsSync, fstatSync, lstatSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { getuid } from 'node:process'
import { Problem } from '../problem.ts'
import { openEngine, type Sqlite } from './engine.ts'

/** Older engines carry the WAL-reset race, which corrupts exactly our case: many short processes. */
const OLDEST_ENGINE = [3, 51, 3]
const BUSY_MS = 5_000

/** One level at a time: Node's own recursion never ends where a parent denies that its children can exist (/proc). */
function makeFolders(path: string): void {
  if (existsSync(path)) return
  if (dirname(path) !== path) makeFolders(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // Another process may have been quicker.
    if (!existsSync(path)) throw error
  }
}

/** Makes a folder only its owner can enter; a link or somebody else's folder in its place is refused. */
export function ownFolder(path: string): void {
  try {
    makeFolders(path)
  } catch (cause) {
    throw new Problem('unavailable', `the folder ${path} cannot be made`, {
      code: 'folder_unusable',
      hint: 'set FINCHCONN_HOME to a folder of your own',
      cause,
    })
  }
  const facts = lstatSync(path)
  // The process knows its own user; the user database may not. Windows has no owner to compare.
  const uid = getuid?.()
  const mine = uid === undefined || facts.uid === uid
  if (!facts.isDirectory() || !mine) {
    throw new Problem('unavailable', `${path} is not a folder of yours`, {
      code: 'folder_unusable',
      hint: 'set FINCHCONN_HOME to a folder of your own',
    })
  }
}

/** Creates `path` as 0600 where it is absent, never through a link; an existing one must be a plain file. */
export function ownFile(path: string): void {
  ownFolder(dirname(path))
  try {
    const file = openSync(path, constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0), 0o600)
    const facts = fstatSync(file)
    closeSync(file)
    if (!facts.isFile() || facts.nlink > 1) {
      throw new Problem('unavailable', `${path} is not a plain file of its own`, { code: 'file_unusable' })
    }
  } catch (cause) {
    if (cause instanceof Problem) throw cause
    throw storeTrouble(cause, path)
  }
}

/** Turns what SQLite and the file system say into a Problem; anything else is returned as it came. */
export function storeTrouble(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const details = (word: string, hint: string) => ({ code: word, hint, cause: error })
  if (code.startsWith('SQLITE_FULL') || code === 'ENOSPC' || code === 'EDQUOT') {
    return new Problem(
      'unavailable',
      `no room left on the disk of ${path}`,
      details('disk_full', 'free some space, then run it again'),
    )
  }
  if (code.startsWith('SQLITE_READONLY') || code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
    return new Problem(
      'unavailable',
      `${path} may not be written`,
      details('read_only', 'check who owns it and how its disk is mounted, or set FINCHCONN_HOME'),
    )
  }
  if (code.startsWith('SQLITE_NOTADB')) {
    return new Problem(
      'unavailable',
      `${path} is not a finchconn store`,
      details('not_a_store', 'move the file away, or set FINCHCONN_HOME to another folder'),
    )
  }
  if (code.startsWith('SQLITE_CORRUPT')) {
    return new Problem(
      'mismatch',
      `${path} is damaged`,
      details('store_damaged', 'keep a copy of it before anything else; restore a backup'),
    )
  }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new Problem('unavailable', `${path} is kept busy by another process`, {
      ...details('store_busy', 'run it again in a moment'),
      retryable: true,
    })
  }
  if (
    code.startsWith('SQLITE_CANTOPEN') ||
    code.startsWith('SQLITE_IOERR') ||
    code === 'EISDIR' ||
    code === 'ELOOP' ||
    code === 'ENOTDIR' ||
    code === 'ENXIO'
  ) {
    return new Problem(
      'unavailable',
      `${path} cannot be opened or written`,
      details('store_unusable', 'check the disk and the folder, or set FINCHCONN_HOME'),
    )
  }
  return error
}

function atLeast(version: string, floor: readonly number[]): boolean {
  const parts = version.split('.').map(Number)
  for (const [index, least] of floor.entries()) {
    const part = parts[index] ?? 0
    if (part !== least) return part > least
  }
  return true
}

const LONGEST_SWITCH_MS = 30_000

/** Opens the store's database with every guard on, or says why not. `lockPath` is for the first opening of all. */
export async function openDatabase(path: string, lockPath: string): Promise<Sqlite> {
  ownFile(path)
  try {
    const database = openEngine(path)
    // The wait comes first: everything after it may meet another process's lock.
    database.pragma(`busy_timeout = ${BUSY_MS}`)
    if (database.pragma('journal_mode', { simple: true }) !== 'wal') await switchToWal(database, lockPath)
    database.pragma('synchronous = FULL')
    database.pragma('foreign_keys = ON')
    database.pragma('secure_delete = ON')
    assertGuards(database)
    return database
  } catch (error) {
    throw storeTrouble(error, path)
  }
}

/** Once in a store's life, and by one process at a time: this change does not wait its turn by itself. */
async function switchToWal(database: Sqlite, lockPath: string): Promise<void> {
  const lock = await waitForLock(lockPath, LONGEST_SWITCH_MS)
  try {
    database.pragma('journal_mode = WAL')
  } finally {
    lock?.release()
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
        hint: 'a store on a network or synchronised folder cannot be kept safe: set FINCHCONN_HOME to a local disk',
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

/** A lock the system frees when its holder dies, however it dies. */
export interface Lock {
  release(): void
}

/** Takes the lock at `path`, blocking this process for at most `waitMs`; null when another process holds it. */
export function takeLock(path: string, waitMs = 0): Lock | null {
  ownFile(path)
  const file = openEngine(path, { timeout: waitMs })
  try {
    // Nothing is ever written, so no journal appears: this is only the operating system's file lock.
    file.exec('BEGIN EXCLUSIVE')
    return { release: () => void file.close() }
  } catch (error) {
    file.close()
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY')) return null
    throw storeTrouble(error, path)
  }
}

const LOCK_POLL_MS = 20

/** The same without blocking: what holds the lock may be another part of this very process. */
export async function waitForLock(path: string, waitMs: number): Promise<Lock | null> {
  const until = performance.now() + waitMs
  for (;;) {
    const lock = takeLock(path)
    if (lock !== null || performance.now() > until) return lock
    await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS))
  }
}
