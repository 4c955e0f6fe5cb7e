import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { pid } from 'node:process'

// The state on disk: replaced as a whole or not at all. A file that could only be written in part never takes the
// place of the one before.

export type StateTrouble =
  /** What is there is not a state file, or a part of one. */
  | 'damaged'
  | 'disk_full'
  /** Rights, a folder in its place, a disk that fails. */
  | 'unusable'

export class StateFailure extends Error {
  readonly trouble: StateTrouble
  readonly path: string

  constructor(trouble: StateTrouble, path: string, cause: unknown) {
    super(WORDS[trouble](path), { cause })
    this.name = 'StateFailure'
    this.trouble = trouble
    this.path = path
  }
}

const WORDS: Readonly<Record<StateTrouble, (path: string) => string>> = {
  damaged: (path) => `${path} is not a state file of the Finch emulator, or is damaged`,
  disk_full: (path) => `the disk is full: ${path} stays as it was`,
  unusable: (path) => `${path} cannot be read or written`,
}

/** The file's text, or null where there is none. */
export function readStateFile(path: string): string | null {
  return guarded(path, () => {
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return null
    return readFileSync(path, 'utf8')
  })
}

/** Mode 0600, in a folder that is made (0700) where it is missing. */
export function writeStateFile(path: string, text: string): void {
  guarded(path, () => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const target = statSync(path, { throwIfNoEntry: false }) === undefined ? path : realpathSync(path)
    const draft = `${target}.${pid}${DRAFT}`
    try {
      writeWhole(draft, text)
      renameSync(draft, target)
    } catch (error) {
      rmSync(draft, { force: true })
      throw error
    }
  })
}

/** Removes what killed emulators were writing. */
export function sweepDrafts(path: string, now: number): void {
  const folder = dirname(path)
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`${basename(path)}.`) || !name.endsWith(DRAFT)) continue
    const draft = statSync(join(folder, name), { throwIfNoEntry: false })
    if (draft !== undefined && now - draft.mtimeMs > DRAFT_LIVES_MS) rmSync(join(folder, name), { force: true })
  }
}

/** Changes whenever the file was replaced; '' where there is none. */
export function stampOf(path: string): string {
  const stat = guarded(path, () => statSync(path, { bigint: true, throwIfNoEntry: false }))
  return stat === undefined ? '' : `${stat.ino}.${stat.mtimeNs}.${stat.size}`
}

const DRAFT = '.draft'
const DRAFT_LIVES_MS = 60_000

function writeWhole(path: string, text: string): void {
  const file = openSync(path, 'w', 0o600)
  try {
    // Given bytes, it goes on after a short write; given text, Node 20 does not promise to.
    writeFileSync(file, Buffer.from(text))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function guarded<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const full = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String((error as NodeJS.ErrnoException).code))
    throw new StateFailure(full ? 'disk_full' : 'unusable', path, error)
  }
}
