/**
 * A store on a read-only disk, such as a mounted backup. SQLite writes beside a database in WAL mode even to read it, so
 * this one is read into memory, where two bytes of its header take it out of that mode.
 */
import { readFileSync, statSync } from 'node:fs'
import { Problem } from '../problem.ts'
import { openEngine, type Sqlite } from './engine.ts'

/** The file format's write and read version: 2 is WAL, 1 is the ordinary journal. */
const FORMAT_VERSIONS = [18, 19] as const

/** Throws Problem 7 where the newest commits are in the log only, which cannot be read without writing. */
export function openToRead(path: string): Sqlite {
  const content = readFileSync(path)
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false })
  if (log !== undefined && log.size > 0) {
    throw new Problem('unavailable', `${path} is on a read-only disk, and its newest changes are in its log only`, {
      code: 'read_only',
      hint: 'copy its folder to a disk that can be written, and set FINCHCONN_HOME to the copy',
    })
  }
  for (const position of FORMAT_VERSIONS) content[position] = 1
  return openEngine(content, { readonly: true })
}
