/**
 * One-to-one prior. Two connections hold a person at most once each, so every match uses up its two records: where
 * nearly everyone of two connections is matched, the few others are likelier to match each other than two random
 * records are. The prior of a pair is the probability that a record has a counterpart at all, divided among the
 * counterparts still free. Where few recur, nothing changes.
 */

import type { WeightedPair } from '../model/score.ts'
import type { RecordTable } from '../records/record-table.ts'

/** Smaller connections prove nothing. */
export const FEWEST_RECORDS = 20
/** However few are free, the records themselves must speak for the pair. */
const GREATEST_ADJUSTMENT = 8
const ROUNDS = 6
const SETTLED = 0.05

/** What to add to a match weight. */
export type WeightAdjustment = (i: number, j: number) => number

export const NO_ADJUSTMENT: WeightAdjustment = () => 0

/** By the connections of the two rows. `prior` is the probability that two random records match. */
export function oneToOneAdjustment(
  { connection }: RecordTable,
  pairs: readonly WeightedPair[],
  prior: number,
): WeightAdjustment {
  const sizes: number[] = []
  for (const at of connection) sizes[at] = (sizes[at] ?? 0) + 1
  const keyOf = (a: number, b: number): number => (a < b ? a * sizes.length + b : b * sizes.length + a)
  const byConnections = new Map<number, { smaller: number; larger: number; pairs: WeightedPair[] }>()
  for (const pair of pairs) {
    const a = connection[pair.i]!
    const b = connection[pair.j]!
    const smaller = Math.min(sizes[a]!, sizes[b]!)
    if (a === b || smaller < FEWEST_RECORDS) continue
    const known = byConnections.get(keyOf(a, b))
    if (known !== undefined) known.pairs.push(pair)
    else byConnections.set(keyOf(a, b), { smaller, larger: Math.max(sizes[a]!, sizes[b]!), pairs: [pair] })
  }
  if (byConnections.size === 0) return NO_ADJUSTMENT
  const adjustments = new Map<number, number>()
  for (const [key, { smaller, larger, pairs: own }] of byConnections)
    adjustments.set(key, settle(own, smaller, larger, prior))
  return (i, j) => {
    const a = connection[i]!
    const b = connection[j]!
    return a === b ? 0 : (adjustments.get(keyOf(a, b)) ?? 0)
  }
}

/** The matches decide the adjustment, and the adjustment decides what matches: repeated until it settles. */
function settle(pairs: readonly WeightedPair[], smaller: number, larger: number, prior: number): number {
  const sorted = [...pairs].sort((x, y) => y.matchWeight - x.matchWeight || x.i - y.i || x.j - y.j)
  let adjustment = 0
  for (let round = 0; round < ROUNDS; round++) {
    const matches = countGreedyMatches(sorted, adjustment)
    const share = matches / (smaller + 2)
    const free = larger - matches + 1
    const next = Math.min(GREATEST_ADJUSTMENT, Math.max(0, Math.log2(share / free / prior)))
    if (Math.abs(next - adjustment) < SETTLED) break
    adjustment = next
  }
  return adjustment
}

/** The strongest pairs first, every record used once. */
function countGreedyMatches(sorted: readonly WeightedPair[], adjustment: number): number {
  const used = new Set<number>()
  let matches = 0
  for (const { i, j, matchWeight } of sorted) {
    if (matchWeight + adjustment <= 0) break
    if (used.has(i) || used.has(j)) continue
    used.add(i)
    used.add(j)
    matches++
  }
  return matches
}
