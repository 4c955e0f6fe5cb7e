/** Patterns of many pairs: here in slices that leave room for Ctrl-C and progress, or on worker threads where that pays. */
import type { Columns } from './columns.ts'
import { makeComparer, type Shared } from './compare.ts'

/** Pairs between two looks at the clock. */
const slice = 200_000

export type ComparePairs = (pairs: Float64Array, onSlice?: (done: number) => void) => Promise<Uint32Array>

export function compareHere(columns: Columns, shared: Shared, signal: AbortSignal | undefined): ComparePairs {
  const compare = makeComparer(columns, shared)
  return async (pairs, onSlice) => {
    const patterns = new Uint32Array(pairs.length)
    for (let from = 0; from < pairs.length; from += slice) {
      const to = Math.min(from + slice, pairs.length)
      compareRange(pairs, patterns, from, to, columns.count, compare)
      onSlice?.(to)
      await breathe(signal)
    }
    return patterns
  }
}

export function compareRange(
  pairs: Float64Array,
  patterns: Uint32Array,
  from: number,
  to: number,
  count: number,
  compare: (i: number, j: number) => number,
): void {
  for (let k = from; k < to; k++) {
    const pair = pairs[k] as number
    const i = Math.floor(pair / count)
    patterns[k] = compare(i, pair - i * count)
  }
}

/** Lets signals and timers in; throws the signal's reason when it was aborted. */
export async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  signal?.throwIfAborted()
}
