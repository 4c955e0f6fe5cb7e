/** Files replaced whole or not at all: a full disk or a power cut leaves the old one as it was. */
import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { systemProblem } from './problem.ts'

/** Writes `parts` into a file that only its owner may read. Throws Problem 7 when the disk does not take all of it. */
export function replaceFile(path: string, parts: Iterable<string>): void {
  try {
    const facts = statSync(path, { throwIfNoEntry: false })
    // What is no file (/dev/stdout, a pipe) cannot be replaced. A link keeps pointing where it did.
    if (facts !== undefined && !facts.isFile()) writeAll(path, 'w', parts)
    else replace(facts === undefined ? path : realpathSync(path), parts)
  } catch (error) {
    throw systemProblem(error, path) ?? error
  }
}

function replace(path: string, parts: Iterable<string>): void {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  try {
    writeAll(draft, 'wx', parts)
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
  syncFolder(dirname(path))
}

function writeAll(path: string, flag: 'w' | 'wx', parts: Iterable<string>): void {
  const file = openSync(path, flag, 0o600)
  try {
    // A nearly full disk takes a part of a write and reports no error: writeFileSync goes on until all is taken or refused.
    for (const part of parts) writeFileSync(file, part)
    if (flag === 'wx') fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Makes the new name last through a power cut. Not every system lets a folder be opened. */
function syncFolder(path: string): void {
  try {
    const folder = openSync(path, 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  } catch {
    // The file itself is safe.
  }
}
