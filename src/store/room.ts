/** Room on the disk, proved before a login begins. */
import { randomBytes } from 'node:crypto'
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Problem } from '../problem.ts'
import { storeTrouble } from './errors.ts'

const NEEDED = 32 * 1024 * 1024
const TRIAL = Buffer.alloc(1024 * 1024, 1)

/** Throws Problem 7 for a disk that could not take what a login writes. */
export function proveRoom(folder: string): void {
  try {
    const disk = statfsSync(folder)
    if (disk.bavail * disk.bsize < NEEDED) {
      throw new Problem('unavailable', `less than 32 MiB left on the disk of ${folder}`, {
        code: 'disk_full',
        hint: 'free some space first: a token that cannot be saved is lost',
      })
    }
    writeTrial(join(folder, `.room-${randomBytes(4).toString('hex')}`))
  } catch (error) {
    throw storeTrouble(error, folder)
  }
}

/** A quota or a full thin volume is not in the file system's numbers; a write is the proof. */
function writeTrial(path: string): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    // Its name goes first, so that nothing is left of it however this process ends.
    rmSync(path, { force: true })
    for (let written = 0; written < TRIAL.length; written += writeSync(file, TRIAL, written));
  } finally {
    closeSync(file)
  }
}
