/**
 * Files for the sealed answers of logins, one each, made and filled before the browser opens: writing over them needs
 * no new space on the disk. (A row of the database cannot be reserved so: its write goes to the write-ahead log, which
 * needs new space each time.) File systems that copy on write still need free blocks.
 */

import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { storeTrouble } from './errors.ts'
import { ownFile, ownFolder } from './private-files.ts'

const BYTES = 16 * 1024
const LENGTH_BYTES = 4

export interface Spill {
  /** Makes the file of one login, filled with noise, and does not return before the disk has it. */
  reserve(name: string): void
  /** Writes over that file, whole. Throws Problem 7. */
  write(name: string, bytes: Buffer): void
  /** What was written; null where there is no file, or nothing that could be whole. */
  read(name: string): Buffer | null
  remove(name: string): void
  names(): string[]
}

export function spillIn(folder: string): Spill {
  const pathOf = (name: string) => join(folder, name)
  const withWords = <T>(name: string, work: (path: string) => T): T => {
    try {
      return work(pathOf(name))
    } catch (error) {
      throw storeTrouble(error, pathOf(name))
    }
  }
  return {
    reserve(name) {
      ownFolder(folder)
      ownFile(pathOf(name))
      withWords(name, (path) => writeOver(path, randomBytes(BYTES)))
    },
    write(name, bytes) {
      const length = Buffer.alloc(LENGTH_BYTES)
      length.writeUInt32BE(bytes.length)
      withWords(name, (path) => writeOver(path, Buffer.concat([length, bytes])))
    },
    read: (name) => withWords(name, (path) => (existsSync(path) ? readLengthed(readFileSync(path)) : null)),
    remove: (name) => withWords(name, (path) => rmSync(path, { force: true })),
    names: () => (existsSync(folder) ? readdirSync(folder) : []),
  }
}

/** Writes over an existing file without shortening it; a write may take fewer bytes than it was given. */
function writeOver(path: string, bytes: Buffer): void {
  const file = openSync(path, 'r+')
  try {
    for (let at = 0; at < bytes.length; at += writeSync(file, bytes, at, bytes.length - at, at));
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function readLengthed(bytes: Buffer): Buffer | null {
  const length = bytes.length < LENGTH_BYTES ? Number.POSITIVE_INFINITY : bytes.readUInt32BE(0)
  return length > bytes.length - LENGTH_BYTES ? null : bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length)
}
