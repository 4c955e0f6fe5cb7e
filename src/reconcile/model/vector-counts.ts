/** Distinct comparison vectors with how often each was seen: what training works on instead of pairs. */
import { COMPARISONS, levelOf, weighsNothing } from '../comparison/vector.ts'
import type { LevelProbabilities, Model } from './model.ts'

export interface VectorCounts {
  /** By vector, ascending. */
  readonly counts: Float64Array
  /** By vector, then comparison: where the level's probability stands in a flat table. */
  readonly cells: Uint8Array
  readonly pairs: number
}

/** Cells per comparison in a flat table: up to 15 levels, and one for what weighs nothing. */
const SLOTS = 16

/** `vectors` may be a sample that stands for `pairs` pairs. */
export function countVectors(vectors: Uint32Array, pairs = vectors.length): VectorCounts {
  const weight = vectors.length === 0 ? 1 : pairs / vectors.length
  const sorted = vectors.slice().sort()
  const counts: number[] = []
  let kept = 0
  for (let k = 0; k < sorted.length; k++) {
    if (k > 0 && sorted[k] === sorted[k - 1]) counts[kept - 1] = counts[kept - 1]! + 1
    else {
      sorted[kept++] = sorted[k]!
      counts.push(1)
    }
  }
  const cells = new Uint8Array(kept * COMPARISONS.length)
  for (let k = 0; k < kept; k++) {
    for (let place = 0; place < COMPARISONS.length; place++) {
      const level = levelOf(sorted[k]!, place)
      cells[k * COMPARISONS.length + place] = place * SLOTS + (weighsNothing(place, level) ? SLOTS - 1 : level)
    }
  }
  return { counts: Float64Array.from(counts, (count) => count * weight), cells, pairs }
}

/** Counts by comparison and level, each vector times its weight. Comparisons in `skip` count nothing. */
export function countLevels(seen: VectorCounts, weights: Float64Array, skip: readonly number[] = []): number[][] {
  const sums = new Float64Array(COMPARISONS.length * SLOTS)
  const { cells, counts } = seen
  for (let k = 0, at = 0; k < counts.length; k++) {
    const weight = counts[k]! * weights[k]!
    for (let place = 0; place < COMPARISONS.length; place++, at++) {
      const cell = cells[at]!
      sums[cell] = sums[cell]! + weight
    }
  }
  return COMPARISONS.map(({ levels }, place) =>
    levels.map((_, level) => (skip.includes(place) ? 0 : sums[place * SLOTS + level]!)),
  )
}

export interface ClassProbabilities {
  /** By vector. */
  readonly match: Float64Array
  readonly household: Float64Array
  /** Expected numbers of pairs. */
  readonly matches: number
  readonly households: number
}

/** Probability of each class for every vector, comparisons in `skip` not looked at. */
export function classProbabilities(seen: VectorCounts, model: Model, skip: readonly number[] = []): ClassProbabilities {
  const { cells, counts } = seen
  const m = flat(model.m, skip)
  const ofHousehold = flat(model.household, skip)
  const u = flat(model.u, skip)
  const { probabilityTwoRandomRecordsMatch, probabilityTwoRandomRecordsShareHousehold } = model
  const rest = Math.max(1e-12, 1 - probabilityTwoRandomRecordsMatch - probabilityTwoRandomRecordsShareHousehold)
  const match = new Float64Array(counts.length)
  const household = new Float64Array(counts.length)
  let matches = 0
  let households = 0
  for (let k = 0, at = 0; k < counts.length; k++) {
    let a = probabilityTwoRandomRecordsMatch
    let b = probabilityTwoRandomRecordsShareHousehold
    let c = rest
    for (let place = 0; place < COMPARISONS.length; place++, at++) {
      const cell = cells[at]!
      a *= m[cell]!
      b *= ofHousehold[cell]!
      c *= u[cell]!
    }
    const sum = a + b + c
    match[k] = a / sum
    household[k] = b / sum
    matches += (a / sum) * counts[k]!
    households += (b / sum) * counts[k]!
  }
  return { match, household, matches, households }
}

/** Probabilities by cell. What weighs nothing, and every level of a skipped comparison, counts as 1. */
function flat(probabilities: LevelProbabilities, skip: readonly number[]): Float64Array {
  const table = new Float64Array(COMPARISONS.length * SLOTS).fill(1)
  for (const [place, levels] of probabilities.entries())
    if (!skip.includes(place)) for (const [level, p] of levels.entries()) table[place * SLOTS + level] = p
  return table
}
