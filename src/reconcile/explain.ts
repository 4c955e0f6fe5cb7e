/** Why two records are (not) one person: bits of evidence per field, strongest first. Levels are words; no value of a person appears. */
import { fields } from './levels.ts'
import type { MemberOut, Reason } from './person.ts'
import type { Scorer } from './score.ts'

export function reasonsFor(scorer: Scorer, pattern: number, i: number, j: number): Reason[] {
  return scorer
    .parts(pattern, i, j)
    .map(({ field, level, bits }) => ({
      field: fields[field]?.name ?? '',
      level: fields[field]?.levels[level] ?? '',
      bits: Math.round(bits * 10) / 10,
    }))
    .sort((a, b) => b.bits - a.bits || (a.field < b.field ? -1 : 1))
}

/** One individual and the records most like it: what `--explain` shows. */
export interface Explanation {
  readonly individual: MemberOut
  /** Bits before any field was looked at: how rare it is that two records are one person. */
  readonly prior_bits: number
  readonly pairs: readonly {
    readonly other: MemberOut
    readonly probability: number
    readonly merged: boolean
    readonly reasons: readonly Reason[]
  }[]
}
