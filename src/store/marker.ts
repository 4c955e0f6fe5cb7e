/**
 * A small file beside the database that says a store was made here. Without it a database that was deleted or emptied
 * looks like a new one, and the tokens that the keychain holds for the lost one are never found again.
 */
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Problem } from '../problem.ts'
import { storeTrouble } from './errors.ts'

function markerPath(folder: string): string {
  return join(folder, 'store.id')
}

/** Throws Problem 9 where a store was made and its database is missing or empty. */
export function refuseLostStore(folder: string, path: string): void {
  const marker = markerPath(folder)
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0 || !existsSync(marker)) return
  throw new Problem('mismatch', `the store ${path} is missing or empty, but it existed before`, {
    code: 'store_lost',
    hint: `restore a copy of it; to start over without it, remove ${marker}`,
  })
}

/** Written once the database exists; a disk that refuses it only leaves that protection out until the next opening. */
export function markStore(folder: string, storeId: string): void {
  const marker = markerPath(folder)
  if (existsSync(marker)) return
  try {
    writeFileSync(marker, `${storeId}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    const trouble = storeTrouble(error, marker)
    const another = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    if (!another && !(trouble instanceof Problem)) throw error
  }
}
