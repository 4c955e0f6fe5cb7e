/**
 * Folders and files that only their owner may touch. Modes and owners are looked at on every opening: what is ours and
 * too open is closed again, what is somebody else's is refused.
 */
import { chmodSync, closeSync, constants, existsSync, lstatSync, mkdirSync, openSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'
import { isOnReadOnlyDisk } from '../disk.ts'
import { Problem } from '../problem.ts'
import { storeTrouble } from './errors.ts'

/** Null on Windows, which has no owners and modes to compare: the access list of the user's profile protects it there. */
function owner(): number | null {
  return process.getuid?.() ?? null
}

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

/** Makes a folder only its owner can enter; a link or somebody else's folder in its place is refused (Problem 7). */
export function ownFolder(path: string): void {
  const refuse = (message: string, cause?: unknown) =>
    new Problem('unavailable', message, {
      code: 'folder_unusable',
      hint: 'set FINCHCONN_HOME to a folder of your own',
      cause,
    })
  try {
    makeFolders(path)
  } catch (cause) {
    const trouble = storeTrouble(cause, path)
    if (trouble instanceof Problem && trouble.code === 'disk_full') throw trouble
    throw refuse(`can't create the folder ${path}`, cause)
  }
  const facts = lstatSync(path)
  if (!facts.isDirectory() || !isMine(facts)) throw refuse(`${path} is not a folder that belongs to you`)
  closeToOthers(path, facts, 0o700)
}

/**
 * Checks the folder that holds the profiles: where others may rename or replace what is in it, the modes inside protect
 * nothing. A sticky folder (/tmp) does not let them.
 */
export function safeParent(path: string): void {
  const facts = lstatSync(path, { throwIfNoEntry: false })
  const STICKY = 0o1000
  if (owner() === null || facts === undefined || !facts.isDirectory() || (facts.mode & 0o022) === 0) return
  if ((facts.mode & STICKY) !== 0) return
  if (facts.uid !== owner()) {
    throw new Problem('unavailable', `others may write to ${path}, so what is in it can be replaced`, {
      code: 'folder_open_to_others',
      hint: `chmod go-w ${path}, or set FINCHCONN_HOME to a folder of your own`,
    })
  }
  changeMode(path, facts.mode & 0o7755)
}

/**
 * Creates `path` as 0600 where it is absent, never through a link. An existing one must be a plain file of ours; it is
 * not opened here, because closing it would drop every lock this process holds on it.
 */
export function ownFile(path: string, mostLinks = 1): void {
  ownFolder(dirname(path))
  try {
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) createFile(path)
    checkFile(path, lstatSync(path), mostLinks)
  } catch (cause) {
    throw storeTrouble(cause, path)
  }
}

function createFile(path: string): void {
  try {
    closeSync(openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600))
  } catch (error) {
    // Another process was quicker: what it made is checked like any other.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

function checkFile(path: string, facts: Stats, mostLinks: number): void {
  if (!facts.isFile() || facts.nlink > mostLinks || !isMine(facts)) {
    throw new Problem('unavailable', `${path} is not a plain file that belongs to you`, {
      code: 'file_unusable',
      hint: 'look at it with ls -l, then move it away or set FINCHCONN_HOME to another folder',
    })
  }
  closeToOthers(path, facts, 0o600)
}

function isMine(facts: Stats): boolean {
  return owner() === null || facts.uid === owner()
}

function closeToOthers(path: string, facts: Stats, mode: number): void {
  if (owner() !== null && (facts.mode & 0o077) !== 0) changeMode(path, mode)
}

function changeMode(path: string, mode: number): void {
  // Nobody can change what is on a read-only disk, its mode included.
  if (isOnReadOnlyDisk(path)) return
  try {
    chmodSync(path, mode)
  } catch (error) {
    throw storeTrouble(error, path)
  }
}
