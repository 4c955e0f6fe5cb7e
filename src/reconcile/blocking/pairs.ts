/**
 * Which pairs are worth comparing. Small sets: all. Larger ones: pairs that share a key of some blocking rule.
 *
 * A key shared by too many people (a common name, a company switchboard) says little about any two of them, so its
 * block is left out; that bounds the cost. Records of one person share a rarer key too. The pairs depend on the people
 * alone, never on the order they came in.
 */
import type { Pause } from '../pause.ts'
import type { RecordTable } from '../records/record-table.ts'
import { blocksOf } from './blocks.ts'
import { NumberList } from './number-list.ts'
import type { BlockingRule } from './rules.ts'

/** Up to this many records all pairs are compared: that takes less than a second, and no pair is lost to blocking. */
export const ALL_PAIRS_BELOW = 1500

export interface PairOptions {
  /** One connection may hold a person several times: pairs within a connection count like any other. */
  readonly allowRepeats: boolean
  readonly allPairsBelow: number
}

export type IsEligible = (i: number, j: number) => boolean

/**
 * Two records of one connection are two people, unless their SSN or their names and date of birth say outright that
 * they are not.
 */
export function eligibility(records: RecordTable, allowRepeats: boolean): IsEligible {
  const { connection, ssn, dob, first, last } = records
  if (allowRepeats) return () => true
  return (i, j) => {
    if (connection[i] !== connection[j]) return true
    if (ssn[i] !== 0 && ssn[i] === ssn[j]) return true
    return dob[i] !== 0 && dob[i] === dob[j] && first[i] !== 0 && first[i] === first[j] && last[i] === last[j]
  }
}

/** Number of pairs across connections, or of all pairs where one connection may repeat a person. */
export function countPairs({ count, connection }: RecordTable, allowRepeats: boolean): number {
  let pairs = (count * (count - 1)) / 2
  if (allowRepeats) return pairs
  const sizes: number[] = []
  for (const at of connection) sizes[at] = (sizes[at] ?? 0) + 1
  for (const size of sizes) pairs -= (size * (size - 1)) / 2
  return pairs
}

/** Pairs as i × count + j with i < j, ascending, each once. */
export async function candidatePairs(
  records: RecordTable,
  rules: readonly BlockingRule[],
  { allowRepeats, allPairsBelow }: PairOptions,
  pause: Pause,
): Promise<Float64Array> {
  const { count } = records
  const isEligible = eligibility(records, allowRepeats)
  if (count <= allPairsBelow) return allPairs(count, isEligible)
  const pairs = new NumberList()
  // The smaller the set, the cheaper the blocks of a common key.
  const width = Math.max(1, Math.min(8, 160_000 / count))
  for (const { keys, largest, strict, isFound } of rules) {
    await pause()
    const budget = strict ? 500_000 + 2 * count : 100_000 + count / 2
    const { entries, runs } = blocksOf(count, keys, largest * width, budget)
    for (const [from, to] of runs) {
      for (let p = from; p < to; p++) {
        const a = entries[p]! % count
        for (let q = p + 1; q < to; q++) {
          const b = entries[q]! % count
          if (a === b || !isEligible(a, b) || isFound?.(a, b) === true) continue
          pairs.push(a < b ? a * count + b : b * count + a)
        }
      }
    }
  }
  return pairs.unique()
}

export function allPairs(count: number, isEligible: IsEligible): Float64Array {
  const pairs = new NumberList()
  for (let i = 0; i < count; i++) for (let j = i + 1; j < count; j++) if (isEligible(i, j)) pairs.push(i * count + j)
  return pairs.taken()
}
