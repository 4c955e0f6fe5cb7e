/** What the disk under a path allows. */
import { accessSync, constants, statfsSync } from 'node:fs'
import { dirname } from 'node:path'

/** Mounted read-only: not even root may write. A file whose mode forbids writing is another matter. */
export function isOnReadOnlyDisk(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EROFS'
  }
}

/** Less room than SQLite needs for the smallest of its files. */
const FULL_BYTES = 64 * 1024

export function isOnFullDisk(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path))
    return bavail * bsize < FULL_BYTES
  } catch {
    return false
  }
}
