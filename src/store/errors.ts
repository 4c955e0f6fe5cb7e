/** What SQLite and the file system say, as a Problem. */
import { isOnFullDisk } from '../disk.ts'
import { Problem, systemProblem } from '../problem.ts'
import type { CodeOf } from '../problem-codes.ts'

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** True when another connection holds the lock that was needed, so that the same call may succeed later. */
export function isBusy(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED)/.test(codeOf(error))
}

const FULL = /^SQLITE_FULL/
const READ_ONLY = /^SQLITE_(READONLY|PERM|AUTH)/
const NOT_A_STORE = /^SQLITE_NOTADB/
const DAMAGED = /^SQLITE_CORRUPT/
const UNUSABLE = /^SQLITE_(CANTOPEN|IOERR|NOLFS|PROTOCOL|NOMEM)/

/** Turns SQLite's and the system's errors about `path` into a Problem (7, or 9 for damage); others come back unchanged. */
export function storeTrouble(error: unknown, path: string): unknown {
  if (error instanceof Problem) return error
  const code = codeOf(error)
  const details = (word: CodeOf<'unavailable'>, hint: string) => ({ code: word, hint, cause: error })
  // On a full disk SQLite complains of an I/O error, or of a file that it cannot open: it had no room to make one.
  if (FULL.test(code) || (UNUSABLE.test(code) && isOnFullDisk(path))) {
    return new Problem(
      'unavailable',
      `no space left on the disk of ${path}`,
      details('disk_full', 'free some space, then run it again'),
    )
  }
  if (READ_ONLY.test(code)) {
    return new Problem(
      'unavailable',
      `${path} can't be written`,
      details('read_only', 'check who owns it and how its disk is mounted, or set FINCHCONN_HOME'),
    )
  }
  if (NOT_A_STORE.test(code)) {
    return new Problem(
      'unavailable',
      `${path} is not a finchconn store`,
      details('not_a_store', 'move the file away, or set FINCHCONN_HOME to another folder'),
    )
  }
  if (DAMAGED.test(code)) return damaged(path, 'SQLite finds it malformed', error)
  if (isBusy(error)) {
    return new Problem('unavailable', `${path} is in use by another process`, {
      ...details('store_busy', 'run it again in a moment'),
      retryable: true,
    })
  }
  if (UNUSABLE.test(code)) {
    return new Problem(
      'unavailable',
      `${path} can't be opened or written (${code})`,
      details('store_unusable', 'check the disk and the folder, or set FINCHCONN_HOME'),
    )
  }
  return systemProblem(error, path) ?? error
}

/** Problem 9 for content that no version of finchconn has written. */
export function damaged(what: string, how: string, cause?: unknown): Problem {
  return new Problem('mismatch', `${what} is damaged: ${how}`, {
    code: 'store_damaged',
    hint: 'keep a copy of the store before anything else, then restore a backup',
    cause,
  })
}

/** Reads a JSON column that holds a list. Throws Problem 9, naming `where`, for anything else. */
export function readList(text: string, where: string): unknown[] {
  const parsed = readJson(text, where)
  if (!Array.isArray(parsed)) throw damaged(where, 'it is not a list')
  return parsed
}

/** Reads a JSON column that holds an object. Throws Problem 9, naming `where`, for anything else. */
export function readObject(text: string, where: string): Record<string, unknown> {
  const parsed = readJson(text, where)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw damaged(where, 'it is not an object')
  return parsed as Record<string, unknown>
}

function readJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw damaged(where, 'it is not JSON', cause)
  }
}
