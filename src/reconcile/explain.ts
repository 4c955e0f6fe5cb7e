/** Why two records are (not) one person: bits of evidence per field, strongest first. Levels are words; no value of a person appears. */
import { COMPARISONS } from './comparison/levels.ts'
import type { Scorer } from './model/score.ts'
import type { MemberOut, Reason } from './types.ts'

/** What a pair's probability rests on. All in bits to one decimal, and `prior + reasons + others = bits`. */
export interface Evidence {
  /** Before any field was looked at: how rare it is that two records are one person. */
  readonly prior_bits: number
  readonly reasons: readonly Reason[]
  /** What no field says: who else is left to match, and the limit on what one pair may weigh. */
  readonly other_bits: number
  readonly bits: number
}

export interface Pair {
  readonly scorer: Scorer
  readonly vector: number
  readonly i: number
  readonly j: number
  /** Log2 odds before the comparisons, and after everything. */
  readonly prior: number
  readonly total: number
}

export function evidenceFor({ scorer, vector, i, j, prior, total }: Pair): Evidence {
  const parts = scorer
    .parts(vector, i, j)
    .map(({ comparison, level, bits }) => ({
      field: COMPARISONS[comparison]?.name ?? '',
      level: COMPARISONS[comparison]?.levels[level] ?? '',
      tenths: tenths(bits),
    }))
    .sort((a, b) => b.tenths - a.tenths || (a.field < b.field ? -1 : 1))
  const fieldTenths = parts.reduce((sum, part) => sum + part.tenths, 0)
  return {
    prior_bits: tenths(prior) / 10,
    reasons: parts.map(({ field, level, tenths: bits }) => ({ field, level, bits: bits / 10 })),
    other_bits: (tenths(total) - tenths(prior) - fieldTenths) / 10,
    bits: tenths(total) / 10,
  }
}

/** Whole tenths add up; `-0` would not read well. */
function tenths(bits: number): number {
  return Math.round(bits * 10) || 0
}

/** One individual and the records most like it: what `--explain` shows. */
export interface Explanation {
  readonly individual: MemberOut
  readonly prior_bits: number
  readonly pairs: readonly ExplainedPair[]
}

export interface ExplainedPair extends Evidence {
  readonly other: MemberOut
  readonly probability: number
  readonly merged: boolean
}
