/** Similarity of strings of the string table, by their numbers. One set of scratch space per thread. */
import type { StringTable } from '../records/string-table.ts'
import { canReach, jaroWinkler, makeScratch, oneEdit, type Scratch } from './similarity.ts'

export interface StringSimilarity {
  /** Jaro–Winkler, or 0 where it cannot reach `floor`. */
  jaroWinkler(a: number, b: number, floor: number): number
  isOneEdit(a: number, b: number): boolean
  isInitialOf(a: number, b: number): boolean
  length(a: number): number
  readonly scratch: Scratch
}

const LONGEST_PREFIX = 4

export function makeStringSimilarity({ bytes, start, letters }: StringTable): StringSimilarity {
  const scratch = makeScratch()
  const length = (a: number): number => start[a + 1]! - start[a]!
  return {
    scratch,
    length,
    jaroWinkler: (a, b, floor) => {
      const aStart = start[a]!
      const bStart = start[b]!
      const aLength = start[a + 1]! - aStart
      const bLength = start[b + 1]! - bStart
      const most = Math.min(LONGEST_PREFIX, aLength, bLength)
      let prefix = 0
      while (prefix < most && bytes[aStart + prefix] === bytes[bStart + prefix]) prefix++
      if (!canReach(floor, aLength, bLength, letters[a]!, letters[b]!, prefix)) return 0
      return jaroWinkler(bytes, aStart, aStart + aLength, bStart, bStart + bLength, scratch)
    },
    isOneEdit: (a, b) => oneEdit(bytes, start[a]!, start[a + 1]!, start[b]!, start[b + 1]!),
    isInitialOf: (a, b) => length(a) === 1 && bytes[start[a]!] === bytes[start[b]!],
  }
}
