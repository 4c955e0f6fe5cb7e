/** Rows that share a key of a blocking rule. */

import { NumberList } from './number-list.ts'
import type { Keys } from './rules.ts'

/** Entries are key × count + row, ascending, so that a block is a run of entries. */
export interface Blocks {
  readonly entries: Float64Array
  /** From, to: positions in `entries`. */
  readonly runs: readonly (readonly [number, number])[]
}

/**
 * Blocks of two to `largest` rows, smallest first until `budget` pairs are spent; of equal size in the order of their
 * keys.
 */
export function blocksOf(count: number, keys: Keys, largest: number, budget: number): Blocks {
  const entries = sortedEntries(count, keys)
  return { entries, runs: chooseRuns(entries, count, largest, budget) }
}

/** Keys have 32 bits; up to 2 million rows, a double holds all of them beside the row. */
function sortedEntries(count: number, keys: Keys): Float64Array {
  const entries = new NumberList()
  // With more rows the key gives up low bits: blocks grow a little, none is lost.
  const room = Math.min(2 ** 32, 2 ** Math.floor(53 - Math.log2(count + 1)))
  let row = 0
  const emit = (key: number) => {
    if (key !== 0) entries.push((key % room) * count + row)
  }
  for (; row < count; row++) keys(row, emit)
  return entries.unique()
}

function chooseRuns(
  entries: Float64Array,
  count: number,
  largest: number,
  budget: number,
): (readonly [number, number])[] {
  const bySize: [number, number][][] = []
  for (let from = 0, to = 0; from < entries.length; from = to) {
    const key = Math.floor(entries[from]! / count)
    to = from + 1
    while (to < entries.length && Math.floor(entries[to]! / count) === key) to++
    const size = to - from
    if (size < 2 || size > largest) continue
    const runs = bySize[size]
    if (runs === undefined) bySize[size] = [[from, to]]
    else runs.push([from, to])
  }
  const chosen: (readonly [number, number])[] = []
  let left = budget
  for (const [size, runs] of bySize.entries()) {
    if (runs === undefined) continue
    left -= ((size * (size - 1)) / 2) * runs.length
    // A size is taken as a whole or not at all, so that no pair depends on the value of a hash.
    if (left < 0) break
    for (const run of runs) chosen.push(run)
  }
  return chosen
}
