/**
 * How common households are, counted around people whose counterpart is certain: anyone else who shares their home is
 * another person. Counting among uncertain pairs would take a badly typed match for a family.
 */

import { isIn, PHONE, STREET_KNOWN } from '../comparison/levels.ts'
import { AT, levelOf } from '../comparison/vector.ts'
import { makeDisjointSet } from '../disjoint-set.ts'
import type { RecordTable } from '../records/record-table.ts'
import { MERGE_THRESHOLD } from '../thresholds.ts'
import type { Model } from './model.ts'
import type { Scorer } from './score.ts'

/** The first guess, as a share of the matches, and how many households it counts for. */
const USUAL_SHARE = 0.2
const GUESS_COUNT = 1
const STEPS = 12
const GREATEST_PRIOR = 0.3

/** Candidate pairs as i × count + j, and the comparison vector of each. */
export interface ComparedPairs {
  readonly pairs: Float64Array
  readonly vectors: Uint32Array
}

export interface MatchedRecords {
  readonly root: (row: number) => number
  readonly joins: number
  /** 1 for every row that is in any pair. */
  readonly matched: Uint8Array
}

/** Connected components of the pairs above `threshold`. */
export function joinPairs(
  count: number,
  { pairs, vectors }: ComparedPairs,
  scorer: Scorer,
  threshold: number,
): MatchedRecords {
  const { root, join } = makeDisjointSet(count)
  const matched = new Uint8Array(count)
  let joins = 0
  for (let k = 0; k < pairs.length; k++) {
    const i = Math.floor(pairs[k]! / count)
    const j = pairs[k]! % count
    const vector = vectors[k]!
    if (!scorer.mayExceed(vector, threshold) || scorer.matchWeight(vector, i) <= threshold) continue
    matched[i] = 1
    matched[j] = 1
    if (join(i, j)) joins++
  }
  return { root, joins, matched }
}

/** Without a street or a phone to compare, a household and two random people look alike: both may share a surname. */
function comparesHomes(vector: number): boolean {
  return isIn(STREET_KNOWN, levelOf(vector, AT.address)) || levelOf(vector, AT.phone) !== PHONE.none
}

/** Share of records that give a street or a phone. */
function shareWithHome({ count, street, phoneStart }: RecordTable): number {
  let homes = 0
  for (let row = 0; row < count; row++) if (street[row] !== 0 || phoneStart[row] !== phoneStart[row + 1]) homes++
  return homes / Math.max(1, count)
}

/** Share of all `allPairs` pairs that are two people of one household. */
export function householdPrior(
  records: RecordTable,
  compared: ComparedPairs,
  model: Model,
  scorer: Scorer,
  allPairs: number,
): number {
  const { count } = records
  const { pairs, vectors } = compared
  const { root, matched } = joinPairs(count, compared, scorer, MERGE_THRESHOLD)
  const seen = new Map<number, number>()
  for (let k = 0; k < pairs.length; k++) {
    const i = Math.floor(pairs[k]! / count)
    const j = pairs[k]! % count
    if ((matched[i] === 0 && matched[j] === 0) || root(i) === root(j)) continue
    const vector = vectors[k]!
    if (comparesHomes(vector)) seen.set(vector, (seen.get(vector) ?? 0) + 1)
  }
  let matchedCount = 0
  for (const flag of matched) matchedCount += flag
  const unmatchedShare = 1 - matchedCount / Math.max(1, count)
  const pairsWithMatched = allPairs * (1 - unmatchedShare * unmatchedShare) * shareWithHome(records) ** 2
  const guess = USUAL_SHARE * model.probabilityTwoRandomRecordsMatch
  const start = model.probabilityTwoRandomRecordsShareHousehold
  // The prior decides how the uncertain pairs count, and they decide the prior: iterated to a fixed point.
  let prior = start
  for (let step = 0; step < STEPS; step++) {
    const shift = Math.log2(prior / start)
    let households = 0
    for (const [vector, times] of seen) households += times * scorer.household(vector, shift)
    prior = Math.min(GREATEST_PRIOR, (households + GUESS_COUNT) / (pairsWithMatched + GUESS_COUNT / guess))
  }
  return prior
}
