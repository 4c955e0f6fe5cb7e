/**
 * How common households are, counted where it can be seen: around people whose counterpart is sure. Whoever lives with them is surely another
 * person. Counting among the doubtful pairs instead would take every badly typed match for a family, and every family for a match.
 */

import { nobodyJoined } from '../clustering/disjoint-set.ts'
import { sureBits } from '../clustering/rules.ts'
import { ADDRESS, addressLevel, COMPARISONS, levelOf, PHONE } from '../comparison/levels.ts'
import type { Columns } from '../records/record-table.ts'
import type { Model, Scorer } from './score.ts'

/** The first guess, as a share of the matches, and how many households it counts for. */
const usualShare = 0.2
const guessWeight = 1
const steps = 12

/** Components of the pairs above `least` bits, and how many joins made them. */
export function joinPairs(
  count: number,
  pairs: Float64Array,
  vectors: Uint32Array,
  scorer: Scorer,
  least: number,
): { root: (row: number) => number; joins: number; joined: Uint8Array } {
  const { parent, root } = nobodyJoined(count)
  const joined = new Uint8Array(count)
  let joins = 0
  for (let k = 0; k < pairs.length; k++) {
    const i = Math.floor(pairs[k]! / count)
    const j = pairs[k]! % count
    if (!scorer.mayExceed(vectors[k]!, least) || scorer.weight(vectors[k]!, i, j) <= least) continue
    joined[i] = 1
    joined[j] = 1
    const a = root(i)
    const b = root(j)
    if (a === b) continue
    parent[a > b ? a : b] = a > b ? b : a
    joins++
  }
  return { root, joins, joined }
}

/** Without a street or a phone to compare, a household is only a surname in common, and so is a stranger. */
function showsHome(vector: number): boolean {
  return levelOf(vector, ADDRESS) < addressLevel.townOnly || levelOf(vector, PHONE) !== (COMPARISONS[PHONE]?.none ?? 0)
}

/** Share of records that give a street or a phone. */
function homeShare({ count, street, phoneStart }: Columns): number {
  let homes = 0
  for (let row = 0; row < count; row++) if (street[row] !== 0 || phoneStart[row] !== phoneStart[row + 1]) homes++
  return homes / Math.max(1, count)
}

/** Share of all pairs that are of one household. */
export function householdPrior(
  columns: Columns,
  pairs: Float64Array,
  vectors: Uint32Array,
  model: Model,
  scorer: Scorer,
  allPairs: number,
): number {
  const { count } = columns
  const { root, joined } = joinPairs(count, pairs, vectors, scorer, sureBits)
  const around = new Map<number, number>()
  for (let k = 0; k < pairs.length; k++) {
    const i = Math.floor(pairs[k]! / count)
    const j = pairs[k]! % count
    if ((joined[i] === 0 && joined[j] === 0) || root(i) === root(j)) continue
    const vector = vectors[k]!
    if (!showsHome(vector)) continue
    around.set(vector, (around.get(vector) ?? 0) + 1)
  }
  let settled = 0
  for (const flag of joined) settled += flag
  // Pairs with at least one settled row, as a share of all pairs.
  const free = 1 - settled / Math.max(1, count)
  const looked = allPairs * (1 - free * free) * homeShare(columns) ** 2
  const guess = usualShare * model.probabilityTwoRandomRecordsMatch
  // The prior decides over the doubtful pairs it is counted from: to its own fixed point.
  let prior = model.probabilityTwoRandomRecordsShareHousehold
  for (let step = 0; step < steps; step++) {
    const shift = Math.log2(prior / model.probabilityTwoRandomRecordsShareHousehold)
    let households = 0
    for (const [vector, times] of around) households += times * scorer.household(vector, shift)
    prior = Math.min(0.3, (households + guessWeight) / (looked + guessWeight / guess))
  }
  return prior
}
