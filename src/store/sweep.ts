/** Removes what logins left in files, when they are over or were killed before they were recorded. */
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Lock } from './locks.ts'
import type { Logins } from './logins.ts'
import type { Spill } from './spill.ts'

/** Trial files of version 0.1 that a kill left behind; a running login's is seconds old. */
const OLD_TRIAL_MS = 60_000

export interface Sweepable {
  readonly folder: string
  readonly logins: Pick<Logins, 'standing'>
  readonly spill: Spill
  lock(name: string): Lock | null
}

/** Cheap where nothing is left: two folders are listed. */
export async function sweep({ folder, logins, spill, lock }: Sweepable): Promise<void> {
  const locks = join(folder, 'locks')
  const left = new Set([...spill.names(), ...entries(locks).flatMap(loginIdOf)])
  if (left.size > 0) {
    const standing = new Set(await logins.standing([...left]))
    for (const loginId of left) {
      if (standing.has(loginId)) continue
      const held = lock(`flow.${loginId}`)
      if (held === null) continue
      // A login that began meanwhile is recorded now, and only its process could hold this lock.
      if ((await logins.standing([loginId])).length > 0) {
        held.release()
        continue
      }
      spill.remove(loginId)
      rmSync(join(locks, `spare.${loginId}`), { force: true })
      held.remove()
    }
  }
  for (const name of entries(folder)) if (name.startsWith('.room-')) removeOld(join(folder, name))
}

function loginIdOf(name: string): string[] {
  const id = /^(?:flow|spare)\.([0-9a-f]{24})$/.exec(name)?.[1]
  return id === undefined ? [] : [id]
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    // A folder that is not there holds nothing.
    return []
  }
}

function removeOld(path: string): void {
  const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
  if (Date.now() - changed > OLD_TRIAL_MS) rmSync(path, { force: true })
}
