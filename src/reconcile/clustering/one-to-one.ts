/**
 * Two connections hold a person at most once each, so every pair found uses up its two records: where nearly everyone of two connections was
 * found, the few left over are likelier to belong together than any two records at the start. The prior of a pair is therefore the chance
 * that a record has its counterpart at all, spread over the counterparts still free. Where few recur, this changes nothing.
 */

import type { Columns } from '../records/record-table.ts'
import type { Edge } from './linkage.ts'

/** Small connections prove nothing about who is left over. */
const fewest = 20
/** However few are left, evidence must still speak for the pair. */
const mostShift = 8

export type Shift = (i: number, j: number) => number

const noShift: Shift = () => 0

/** Bits to add to the weight of a pair, by its two connections. `edges` in any order; `prior` is the share of pairs that are one person. */
export function exclusiveShift(columns: Columns, edges: readonly Edge[], prior: number): Shift {
  const { connection } = columns
  const sizes: number[] = []
  for (const at of connection) sizes[at] = (sizes[at] ?? 0) + 1
  const many = sizes.length
  const byPair = new Map<number, Edge[]>()
  for (const edge of edges) {
    const a = connection[edge.i]!
    const b = connection[edge.j]!
    if (a === b || Math.min(sizes[a] ?? 0, sizes[b] ?? 0) < fewest) continue
    const key = Math.min(a, b) * many + Math.max(a, b)
    const list = byPair.get(key)
    if (list === undefined) byPair.set(key, [edge])
    else list.push(edge)
  }
  const shifts = new Map<number, number>()
  for (const [key, list] of byPair) {
    const a = sizes[Math.floor(key / many)]!
    const b = sizes[key % many]!
    shifts.set(key, settle(list, a, b, prior))
  }
  if (shifts.size === 0) return noShift
  return (i, j) => {
    const a = connection[i]!
    const b = connection[j]!
    return a === b ? 0 : (shifts.get(a < b ? a * many + b : b * many + a) ?? 0)
  }
}

/** The found pairs decide the shift and the shift decides what is found: a few rounds settle it. */
function settle(edges: readonly Edge[], a: number, b: number, prior: number): number {
  const sorted = [...edges].sort((x, y) => y.bits - x.bits || x.i - y.i || x.j - y.j)
  let shift = 0
  for (let round = 0; round < 6; round++) {
    const found = greedyPairs(sorted, shift)
    const share = found / (Math.min(a, b) + 2)
    const free = Math.max(a, b) - found + 1
    const next = Math.min(mostShift, Math.max(0, Math.log2(share / free / prior)))
    if (Math.abs(next - shift) < 0.05) break
    shift = next
  }
  return shift
}

/** How many pairs hold when the strongest are taken first and every record is used once. */
function greedyPairs(sorted: readonly Edge[], shift: number): number {
  const used = new Set<number>()
  let found = 0
  for (const { i, j, bits } of sorted) {
    if (bits + shift <= 0) break
    if (used.has(i) || used.has(j)) continue
    used.add(i)
    used.add(j)
    found++
  }
  return found
}
