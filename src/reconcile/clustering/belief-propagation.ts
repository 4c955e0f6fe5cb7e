/**
 * The odds of all pairs of two sets of records at once, each record used at most once. Every record tells each
 * candidate how free it is, given its other candidates, until they agree (belief propagation for matchings).
 */

import type { WeightedPair } from '../model/score.ts'
import { LEAST_WEIGHT } from '../thresholds.ts'

const ROUNDS = 40
/** Pseudo-count of ordinary pairs of two people: a handful of unmatched records is no sample. */
const PSEUDO_ORDINARY = 20

export interface AdjustedPair extends WeightedPair {
  readonly adjustment: number
}

/** Unmatched rows of two connections. */
export interface Pool {
  readonly a: readonly number[]
  readonly b: readonly number[]
  /** Matched rows of the connection that has fewer. */
  readonly matched: number
}

interface Candidate extends WeightedPair {
  /** Positions in the two sets. */
  readonly a: number
  readonly b: number
  /** Likelihood ratio: how much likelier the two records are as one person's. */
  readonly odds: number
}

/** What the many hopeless pairs of each record amount to together. */
type Hopeless = Readonly<{ a: Float64Array; b: Float64Array }>

/** Pairs that gained weight or were positive before. `logPrior` is part of every match weight. */
export function pairUp(pool: Pool, matchWeight: (i: number, j: number) => number, logPrior: number): AdjustedPair[] {
  const { candidates, hopeless } = split(pool, matchWeight, logPrior)
  const beliefs = propagate(pool, candidates, hopeless, 2 ** logPrior)
  return candidates.flatMap((candidate, k) => {
    const { i, j, odds, matchWeight: weight } = candidate
    const adjustment = Math.log2(beliefs.posteriorOdds(candidate, k)) - weight
    // However few are left, the two records themselves must speak for the pair.
    return (adjustment > 0 && odds > 1) || weight > 0 ? [{ i, j, matchWeight: weight, adjustment }] : []
  })
}

function split(
  { a: as, b: bs }: Pool,
  matchWeight: (i: number, j: number) => number,
  logPrior: number,
): { candidates: Candidate[]; hopeless: Hopeless } {
  const candidates: Candidate[] = []
  const hopeless = { a: new Float64Array(as.length), b: new Float64Array(bs.length) }
  for (const [a, x] of as.entries()) {
    for (const [b, y] of bs.entries()) {
      const [i, j] = x < y ? [x, y] : [y, x]
      const weight = matchWeight(i, j)
      const odds = 2 ** (weight - logPrior)
      if (weight > LEAST_WEIGHT) candidates.push({ i, j, matchWeight: weight, a, b, odds })
      else {
        hopeless.a[a] = hopeless.a[a]! + odds
        hopeless.b[b] = hopeless.b[b]! + odds
      }
    }
  }
  return { candidates, hopeless }
}

interface Beliefs {
  posteriorOdds(candidate: Candidate, k: number): number
}

function propagate(pool: Pool, candidates: readonly Candidate[], hopeless: Hopeless, prior: number): Beliefs {
  const sizes = { a: pool.a.length, b: pool.b.length }
  const toA = new Float64Array(candidates.length).fill(1)
  const toB = new Float64Array(candidates.length).fill(1)
  const sumsA = new Float64Array(sizes.a)
  const sumsB = new Float64Array(sizes.b)
  const hopelessSum = hopeless.a.reduce((sum, odds) => sum + odds, 0)
  let scale = prior
  /** How free each record is when this very pair is left out. */
  const freeA = ({ a }: Candidate, own: number, k: number): number => 1 / Math.max(1, sumsA[a]! - own * toA[k]!)
  const freeB = ({ b }: Candidate, own: number, k: number): number => 1 / Math.max(1, sumsB[b]! - own * toB[k]!)
  for (let round = 0; round < ROUNDS; round++) {
    for (let k = 0; k < sizes.a; k++) sumsA[k] = 1 + scale * hopeless.a[k]!
    for (let k = 0; k < sizes.b; k++) sumsB[k] = 1 + scale * hopeless.b[k]!
    for (const [k, { a, b, odds }] of candidates.entries()) {
      sumsA[a] = sumsA[a]! + scale * odds * toA[k]!
      sumsB[b] = sumsB[b]! + scale * odds * toB[k]!
    }
    let pairs = 0
    let twoPeople = hopelessSum
    for (const [k, candidate] of candidates.entries()) {
      const own = scale * candidate.odds
      const a = freeA(candidate, own, k)
      const b = freeB(candidate, own, k)
      const both = own * a * b
      pairs += both / (1 + both)
      twoPeople += candidate.odds / (1 + both)
      // Half a step (in logs), so that the two sides do not oscillate.
      toA[k] = Math.sqrt(toA[k]! * b)
      toB[k] = Math.sqrt(toB[k]! * a)
    }
    scale = nextScale(scale, pairs, twoPeople, sizes, pool.matched)
  }
  return {
    posteriorOdds: (candidate, k) => {
      const own = scale * candidate.odds
      return own * freeA(candidate, own, k) * freeB(candidate, own, k)
    },
  }
}

/** Prior odds of a pair of unmatched records, from the expected number of pairs among them. Half a step (in logs). */
function nextScale(
  scale: number,
  pairs: number,
  twoPeople: number,
  sizes: { readonly a: number; readonly b: number },
  matched: number,
): number {
  // One more record on each side has no counterpart: someone may always be alone.
  const alone = (sizes.a - Math.min(pairs, sizes.a) + 1) * (sizes.b - Math.min(pairs, sizes.b) + 1)
  // Easily recognized records are not here, so the mean odds of two people are below their usual 1, and those of one
  // person above the model's by the same factor. The share of counterparts not recognized tells the same; the more
  // cautious of the two holds.
  const meanOdds = (twoPeople + PSEUDO_ORDINARY) / (Math.max(0, sizes.a * sizes.b - pairs) + PSEUDO_ORDINARY)
  const usual = Math.min(1, Math.max(meanOdds, (pairs + 1) / (pairs + matched + 1)))
  return Math.sqrt((scale * (pairs + 0.5)) / (alone * usual))
}
