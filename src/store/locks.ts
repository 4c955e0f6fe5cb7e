/**
 * Locks that the system frees when their holder dies, however it dies: SQLite's exclusive lock on an empty file.
 * A lock's file may be deleted, but only by who holds the lock.
 */
import { existsSync, linkSync, lstatSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openEngine, type Sqlite } from './engine.ts'
import { storeTrouble } from './errors.ts'
import { ownFile } from './private-files.ts'

export interface Lock {
  release(): void
  /** Deletes the lock's file, then frees it: for a name that is never used again. */
  remove(): void
}

/** A file made in advance has two names for the moment in which it becomes a lock. */
const LINKS_WHILE_NAMED = 2

/** Takes the lock at `path`, blocking this process for at most `waitMs`; null when another process holds it. */
export function takeLock(path: string, waitMs = 0): Lock | null {
  for (;;) {
    if (!ownLockFile(path)) continue
    const before = inode(path)
    // The last holder may delete the file at any moment until the lock is ours: then this lock guards nothing, and
    // whatever went wrong with it tells nothing of the disk.
    const isSame = () => before !== null && inode(path) === before
    const file = openExclusively(path, waitMs, isSame)
    if (file === 'held') return null
    if (file === 'gone') continue
    if (isSame()) {
      return {
        release: () => void file.close(),
        remove() {
          rmSync(path, { force: true })
          file.close()
        },
      }
    }
    file.close()
  }
}

/** False where its last holder deleted the file while it was being looked at. */
function ownLockFile(path: string): boolean {
  try {
    ownFile(path, LINKS_WHILE_NAMED)
    return true
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (!isGone || !existsSync(dirname(path))) throw error
    return false
  }
}

function openExclusively(path: string, waitMs: number, isSame: () => boolean): Sqlite | 'held' | 'gone' {
  let file: Sqlite | null = null
  try {
    file = openEngine(path, { timeout: waitMs })
    // Nothing is ever written, so no journal appears: this is only the operating system's file lock.
    file.exec('BEGIN EXCLUSIVE')
    return file
  } catch (error) {
    file?.close()
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY')) return 'held'
    if (!isSame()) return 'gone'
    throw storeTrouble(error, path)
  }
}

function inode(path: string): bigint | null {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false })?.ino ?? null
}

const POLL_MS = 20

/** The same without blocking: what holds the lock may be another part of this very process. */
export async function waitForLock(path: string, waitMs: number, signal?: AbortSignal): Promise<Lock | null> {
  const until = performance.now() + waitMs
  for (;;) {
    const lock = takeLock(path)
    if (lock !== null || performance.now() > until) return lock
    signal?.throwIfAborted()
    // Spread, so that many waiting processes do not all ask at once.
    await sleep(POLL_MS * (0.5 + Math.random()))
  }
}

/** Gives a file that was made in advance the name of a lock, for a disk that has no room for a new file. */
export function nameLockFile(spare: string, path: string): void {
  try {
    linkSync(spare, path)
    rmSync(spare, { force: true })
  } catch {
    // There is one already, or this file system has no links: then the lock makes its own file.
  }
}
