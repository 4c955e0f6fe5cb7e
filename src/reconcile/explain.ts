/**
 * Why two records are (not) one person: partial match weights, strongest first. Levels are words; no value of a person
 * appears.
 */
import { COMPARISONS } from './comparison/vector.ts'
import type { Scorer } from './model/score.ts'
import type { MemberOut, Reason } from './types.ts'

/** What a pair's probability rests on. All in bits to one decimal: `prior_bits` + reasons + `other_bits` = `bits`. */
export interface PairReasons {
  /** Before any comparison: how rare it is that two records are one person. */
  readonly prior_bits: number
  readonly reasons: readonly Reason[]
  /** What no comparison says: who else is unmatched, and the limit on what one pair may weigh. */
  readonly other_bits: number
  readonly bits: number
}

export interface ScoredPair {
  readonly vector: number
  readonly i: number
  /** After everything. */
  readonly matchWeight: number
}

/** `logPrior` is log2 of the probability that two random records match. */
export function reasonsFor({ vector, i, matchWeight }: ScoredPair, scorer: Scorer, logPrior: number): PairReasons {
  const parts = scorer
    .partialMatchWeights(vector, i)
    .map(({ place, level, matchWeight: partial }) => ({
      field: COMPARISONS[place]!.name,
      level: COMPARISONS[place]!.levels[level]!,
      tenths: tenths(partial),
    }))
    .sort((a, b) => b.tenths - a.tenths || (a.field < b.field ? -1 : 1))
  const sum = parts.reduce((total, part) => total + part.tenths, 0)
  return {
    prior_bits: tenths(logPrior) / 10,
    reasons: parts.map(({ field, level, tenths: weight }) => ({ field, level, bits: weight / 10 })),
    other_bits: (tenths(matchWeight) - tenths(logPrior) - sum) / 10,
    bits: tenths(matchWeight) / 10,
  }
}

/** Whole tenths add up exactly. Never -0, which would be printed. */
function tenths(weight: number): number {
  return Math.round(weight * 10) || 0
}

/** One individual and the records most like it: what `--explain` shows. */
export interface Explanation {
  readonly individual: MemberOut
  readonly prior_bits: number
  readonly pairs: readonly ExplainedPair[]
}

export interface ExplainedPair extends PairReasons {
  readonly other: MemberOut
  readonly probability: number
  readonly merged: boolean
}
