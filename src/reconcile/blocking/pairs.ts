/**
 * Which pairs are worth comparing. Small sets: all. Larger ones: pairs that agree on one of many strict keys.
 *
 * The rule that bounds the cost: a key shared by too many people (a common name, a company switchboard) says little about any two of them,
 * so its block is left out; whoever belongs together there agrees on some rarer key too. Keys are hashes of content: the pairs found
 * depend on the people alone, never on the order they came in.
 */

import type { Shared } from '../comparison/compare.ts'
import type { Columns } from '../records/record-table.ts'
import { mix } from '../records/string-table.ts'
import { type Keys, makeRules } from './rules.ts'

export interface BlockOptions {
  /** One connection may hold a person several times: pairs within a connection count like any other. */
  readonly repeats: boolean
  /** Up to this many records every pair is compared. */
  readonly allPairsBelow: number
}

/** Whether two rows may be compared at all. Two records of one connection are two people, unless they say outright that they are not. */
function makeEligible(columns: Columns, repeats: boolean): (i: number, j: number) => boolean {
  const { connection, ssn, dob, first, last } = columns
  if (repeats) return () => true
  return (i, j) => {
    if (connection[i] !== connection[j]) return true
    if (ssn[i] !== 0 && ssn[i] === ssn[j]) return true
    return dob[i] !== 0 && dob[i] === dob[j] && first[i] !== 0 && first[i] === first[j] && last[i] === last[j]
  }
}

/** Awaited between steps of a second or so on a million people: lets Ctrl-C in, by throwing. */
export type Pause = () => Promise<void>

/** Pairs as i × count + j with i < j, ascending, each once. */
export async function findPairs(
  columns: Columns,
  shared: Shared,
  options: BlockOptions,
  pause: Pause,
): Promise<Float64Array> {
  const { count } = columns
  const pairs = new PairList()
  const eligible = makeEligible(columns, options.repeats)
  if (count <= options.allPairsBelow) {
    for (let i = 0; i < count; i++) for (let j = i + 1; j < count; j++) if (eligible(i, j)) pairs.push(i * count + j)
    return pairs.taken()
  }
  // The smaller the set, the more a common key may still be worth: cost is no matter there.
  const width = Math.max(1, Math.min(8, 160_000 / count))
  for (const rule of makeRules(columns, shared)) {
    await pause()
    const budget = rule.strict ? 500_000 + 2 * count : 100_000 + count / 2
    const entries = sortedEntries(count, rule.keys)
    for (const [from, to] of chosenBlocks(entries, count, rule.largest * width, budget)) {
      for (let p = from; p < to; p++) {
        const i = entries[p]! % count
        for (let q = p + 1; q < to; q++) {
          const j = entries[q]! % count
          if (i !== j && eligible(i, j) && rule.had?.(i, j) !== true) pairs.push(i < j ? i * count + j : j * count + i)
        }
      }
    }
  }
  return pairs.unique()
}

/** key × count + row, ascending: equal keys stand together. Keys have 32 bits, so up to 2 million rows every bit fits a double. */
function sortedEntries(count: number, keys: Keys): Float64Array {
  const entries = new PairList()
  // Beyond that the key gives up low bits: blocks grow a little, none is lost.
  const room = Math.min(2 ** 32, 2 ** Math.floor(53 - Math.log2(count + 1)))
  let row = 0
  const emit = (key: number) => {
    if (key !== 0) entries.push((key % room) * count + row)
  }
  for (; row < count; row++) keys(row, emit)
  return entries.unique()
}

/** Runs of equal keys, smallest first until the budget of pairs is spent; the order of equals is that of their keys. */
function chosenBlocks(
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
    const blocks = bySize[size]
    if (blocks === undefined) bySize[size] = [[from, to]]
    else blocks.push([from, to])
  }
  const chosen: (readonly [number, number])[] = []
  let left = budget
  for (const [size, blocks] of bySize.entries()) {
    if (blocks === undefined) continue
    left -= ((size * (size - 1)) / 2) * blocks.length
    // A size is taken as a whole or not at all, so that no pair's fate hangs on the value of a hash.
    if (left < 0) break
    for (const block of blocks) chosen.push(block)
  }
  return chosen
}

/** A growing list of numbers. */
class PairList {
  private values = new Float64Array(1 << 12)
  private used = 0

  push(value: number): void {
    if (this.used === this.values.length) {
      const next = new Float64Array(this.used * 2)
      next.set(this.values)
      this.values = next
    }
    this.values[this.used++] = value
  }

  taken(): Float64Array {
    return this.values.subarray(0, this.used)
  }

  /** Sorted, each once. */
  unique(): Float64Array {
    const sorted = this.taken().sort()
    let kept = 0
    for (let k = 0; k < sorted.length; k++) if (k === 0 || sorted[k] !== sorted[k - 1]) sorted[kept++] = sorted[k]!
    return sorted.slice(0, kept)
  }
}

/** Pairs that surely share one key of a person (dob; both names; ssn; e-mail), thinned evenly to about `most`: what m is learned on. */
export function personKeyPairs(
  columns: Columns,
  shared: Shared,
  repeats: boolean,
  most: number,
): { readonly key: 'dob' | 'names' | 'ssn' | 'email'; readonly pairs: Float64Array }[] {
  const rules = makeRules(columns, shared)
  const { count } = columns
  const eligible = makeEligible(columns, repeats)
  const wanted = [
    ['ssn', rules[0]],
    ['email', rules[1]],
    ['names', rules[3]],
    ['dob', rules[5]],
  ] as const
  return wanted.map(([key, rule]) => {
    const pairs = new PairList()
    const entries = rule === undefined ? new Float64Array(0) : sortedEntries(count, rule.keys)
    const runs: (readonly [number, number])[] = []
    let total = 0
    for (const [from, to] of chosenBlocks(entries, count, 1000, Number.POSITIVE_INFINITY)) {
      runs.push([from, to])
      total += ((to - from) * (to - from - 1)) / 2
    }
    const share = total <= most ? 1 : most / total
    for (const [from, to] of runs) {
      // Whole blocks by the hash of their key: the same ones whatever the order.
      const chance = mix(Math.floor(entries[from]! / count) ^ 0x5bd1e995) / 2 ** 32
      if (chance >= share) continue
      for (let p = from; p < to; p++) {
        const i = entries[p]! % count
        for (let q = p + 1; q < to; q++) {
          const j = entries[q]! % count
          if (i !== j && eligible(i, j)) pairs.push(i < j ? i * count + j : j * count + i)
        }
      }
    }
    return { key, pairs: pairs.unique() }
  })
}

/** About `most` pairs drawn evenly from all eligible ones (all of them when they are few): what u is learned on. */
export function randomPairs(columns: Columns, repeats: boolean, most: number): Float64Array {
  const { count } = columns
  const pairs = new PairList()
  const eligible = makeEligible(columns, repeats)
  if ((count * (count - 1)) / 2 <= most) {
    for (let i = 0; i < count; i++) for (let j = i + 1; j < count; j++) if (eligible(i, j)) pairs.push(i * count + j)
    return pairs.taken()
  }
  for (let k = 0; k < most; k++) {
    const i = mix(2 * k + 1) % count
    const j = mix(0x9e3779b9 ^ (2 * k)) % count
    if (i !== j && eligible(i, j)) pairs.push(i < j ? i * count + j : j * count + i)
  }
  return pairs.unique()
}
