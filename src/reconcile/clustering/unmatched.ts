/**
 * Compares all records that have no certain match yet. Where nearly everyone of one connection recurs in the other,
 * the counterpart of a badly typed record is among the few unmatched ones, and the evidence of the pair alone says too
 * little.
 *
 * Between two connections, all unmatched records are compared pair by pair, without blocking, which loses the badly
 * typed. The odds of a pair are then weighed against every other way to pair its two records, and against their having
 * no counterpart. How many have one is learned from the same pairs; where few recur, nothing changes. The result only
 * adds review questions and probable groups, never merges.
 */

import type { WeightedPair } from '../model/score.ts'
import type { RecordTable } from '../records/record-table.ts'
import { MERGE_THRESHOLD } from '../thresholds.ts'
import { type Pool, pairUp } from './belief-propagation.ts'
import { FEWEST_RECORDS, NO_ADJUSTMENT, type WeightAdjustment } from './one-to-one.ts'

/** Pairs compared at most: a second's work or less. */
const MOST_PAIRS = 1_000_000

export interface Unmatched {
  /** For pairs whose records have no better counterpart. */
  readonly adjustment: WeightAdjustment
  /** Pairs that blocking had missed, without the adjustment. */
  readonly found: readonly WeightedPair[]
}

export const NONE_UNMATCHED: Unmatched = { adjustment: NO_ADJUSTMENT, found: [] }

export function compareUnmatched(
  records: RecordTable,
  pairs: readonly WeightedPair[],
  matchWeight: (i: number, j: number) => number,
  oneToOne: WeightAdjustment,
  prior: number,
): Unmatched {
  const { count } = records
  const known = new Set(pairs.map(({ i, j }) => i * count + j))
  const adjustments = new Map<number, number>()
  const found: WeightedPair[] = []
  for (const pool of affordable(poolsOf(records, pairs))) {
    const [first] = pool.a
    const [second] = pool.b
    if (first === undefined || second === undefined) continue
    const logPrior = Math.log2(prior) + oneToOne(first, second)
    for (const { i, j, matchWeight: weight, adjustment } of pairUp(pool, matchWeight, logPrior)) {
      if (adjustment > 0) adjustments.set(i * count + j, adjustment)
      if (!known.has(i * count + j)) found.push({ i, j, matchWeight: weight })
    }
  }
  return { adjustment: (i, j) => adjustments.get(i < j ? i * count + j : j * count + i) ?? 0, found }
}

/** One pool for every two connections that are large enough. */
function poolsOf(records: RecordTable, pairs: readonly WeightedPair[]): Pool[] {
  const members: number[][] = []
  for (const [row, connection] of records.connection.entries()) {
    members[connection] ??= []
    members[connection].push(row)
  }
  const matched = matchedIn(records, pairs, members.length)
  const pools: Pool[] = []
  for (const [x, ofX] of members.entries()) {
    for (const [y, ofY] of members.entries()) {
      if (y <= x || Math.min(ofX.length, ofY.length) < FEWEST_RECORDS) continue
      const a = ofX.filter((row) => matched[row * members.length + y] === 0)
      const b = ofY.filter((row) => matched[row * members.length + x] === 0)
      pools.push({ a, b, matched: Math.min(ofX.length - a.length, ofY.length - b.length) })
    }
  }
  return pools
}

/** 1 at row × connections + connection for every row that has a certain match in that connection. */
function matchedIn(
  { connection, count }: RecordTable,
  pairs: readonly WeightedPair[],
  connections: number,
): Uint8Array {
  const matched = new Uint8Array(count * connections)
  for (const { i, j, matchWeight } of pairs) {
    if (matchWeight < MERGE_THRESHOLD || connection[i] === connection[j]) continue
    matched[i * connections + connection[j]!] = 1
    matched[j * connections + connection[i]!] = 1
  }
  return matched
}

/** The smallest pools, as many as fit into the pairs to compare. */
function affordable(pools: readonly Pool[]): Pool[] {
  const sorted = [...pools].sort((x, y) => x.a.length * x.b.length - y.a.length * y.b.length)
  let left = MOST_PAIRS
  const tooMany = sorted.findIndex(({ a, b }) => {
    left -= a.length * b.length
    return left < 0
  })
  return tooMany < 0 ? sorted : sorted.slice(0, tooMany)
}
