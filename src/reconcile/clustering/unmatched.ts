/**
 * Who is left over belongs together sooner than the evidence of one pair alone can say: if nearly everyone of one connection recurs in the
 * other, then the counterpart of a badly typed record is among the few whom no one else needs, and the only question is which of them.
 *
 * Between two connections, people with a sure counterpart are put aside. All others are compared pair by pair, blocks or no blocks, as blocks
 * lose just the badly typed. The chance of a pair is then weighed against every other way to pair up its two records, and against their having
 * no counterpart at all; how many have one is learned from the same pairs. Where few recur, that is the likeliest, and nothing changes.
 * What comes of this is a reason to ask, never to merge without asking (group.ts).
 */

import type { Columns } from '../records/record-table.ts'
import type { Edge } from './linkage.ts'
import type { Shift } from './one-to-one.ts'
import { sureBits } from './rules.ts'

/** Pairs compared at most: a second's work or less. */
const mostPairs = 1_000_000
/** Small connections prove nothing about who is left over. */
const fewest = 20
const rounds = 40
/** So many pairs of ordinary strangers are taken as seen: a handful of left-over people is no sample. */
const usualWeight = 20
/** Pairs with fewer bits are summed up, not kept. */
const fewestBits = -8

export interface LeftOver {
  /** Bits to add for a pair that no one else can make. */
  readonly extra: Shift
  /** Pairs that the blocks had missed, their bits without the extra. */
  readonly found: readonly Edge[]
}

export const noneLeftOver: LeftOver = { extra: () => 0, found: [] }

export function weighLeftOver(
  columns: Columns,
  edges: readonly Edge[],
  weigh: (i: number, j: number) => number,
  shift: Shift,
  probabilityTwoRandomRecordsMatch: number,
): LeftOver {
  const { connection, count } = columns
  const members: number[][] = []
  for (let row = 0; row < count; row++) {
    const at = connection[row]!
    const list = members[at]
    if (list === undefined) members[at] = [row]
    else list.push(row)
  }
  const settled = settledIn(columns, edges, members.length)
  const pools: Pool[] = []
  for (let a = 0; a < members.length; a++) {
    for (let b = a + 1; b < members.length; b++) {
      const [as, bs] = [members[a] ?? [], members[b] ?? []]
      if (Math.min(as.length, bs.length) < fewest) continue
      const free = [
        as.filter((row) => settled[row * members.length + b] === 0),
        bs.filter((row) => settled[row * members.length + a] === 0),
      ] as const
      if (free[0].length * free[1].length > mostPairs) continue
      pools.push({ a: free[0], b: free[1], settled: Math.min(as.length - free[0].length, bs.length - free[1].length) })
    }
  }
  if (pools.length === 0) return noneLeftOver
  pools.sort((x, y) => x.a.length * x.b.length - y.a.length * y.b.length)
  const known = new Set(edges.map(({ i, j }) => i * count + j))
  const extras = new Map<number, number>()
  const found: Edge[] = []
  let left = mostPairs
  for (const pool of pools) {
    left -= pool.a.length * pool.b.length
    if (left < 0) break
    const first = pool.a[0]
    const second = pool.b[0]
    if (first === undefined || second === undefined) continue
    for (const { i, j, bits, extra } of pairUp(
      pool,
      weigh,
      Math.log2(probabilityTwoRandomRecordsMatch) + shift(first, second),
    )) {
      if (extra > 0) extras.set(i * count + j, extra)
      if (!known.has(i * count + j)) found.push({ i, j, bits })
    }
  }
  return { extra: (i, j) => extras.get(i < j ? i * count + j : j * count + i) ?? 0, found }
}

/** 1 at row × connections + connection for every row whose counterpart in that connection is sure. */
function settledIn({ connection, count }: Columns, edges: readonly Edge[], many: number): Uint8Array {
  const settled = new Uint8Array(count * many)
  for (const { i, j, bits } of edges) {
    if (bits < sureBits || connection[i] === connection[j]) continue
    settled[i * many + connection[j]!] = 1
    settled[j * many + connection[i]!] = 1
  }
  return settled
}

interface Pool {
  readonly a: readonly number[]
  readonly b: readonly number[]
  /** People put aside, on the side that has fewer. */
  readonly settled: number
}

interface Candidate {
  readonly i: number
  readonly j: number
  readonly bits: number
  readonly a: number
  readonly b: number
  /** How much likelier the two records are if they are one person's. */
  readonly odds: number
}

/**
 * Chances of all pairs at once, each record used at most once: every record tells each candidate how free it is, given its other candidates,
 * until they agree (belief propagation for matchings).
 */
function pairUp(
  pool: Pool,
  weigh: (i: number, j: number) => number,
  priorBits: number,
): (Candidate & { extra: number })[] {
  const sizes = [pool.a.length, pool.b.length] as const
  const kept: Candidate[] = []
  // What the many hopeless pairs of a record amount to together.
  const hopeless = [new Float64Array(sizes[0]), new Float64Array(sizes[1])] as const
  for (const [a, x] of pool.a.entries()) {
    for (const [b, y] of pool.b.entries()) {
      const [i, j] = x < y ? [x, y] : [y, x]
      const bits = weigh(i, j)
      const odds = 2 ** (bits - priorBits)
      if (bits > fewestBits) kept.push({ i, j, bits, a, b, odds })
      else {
        hopeless[0][a] = hopeless[0][a]! + odds
        hopeless[1][b] = hopeless[1][b]! + odds
      }
    }
  }
  const toA = new Float64Array(kept.length).fill(1)
  const toB = new Float64Array(kept.length).fill(1)
  const sums = [new Float64Array(sizes[0]), new Float64Array(sizes[1])] as const
  let scale = 2 ** priorBits
  const hopelessSum = hopeless[0].reduce((sum, odds) => sum + odds, 0)
  for (let round = 0; round < rounds; round++) {
    for (const side of [0, 1] as const)
      for (let k = 0; k < sizes[side]; k++) sums[side][k] = 1 + scale * hopeless[side][k]!
    for (const [k, { a, b, odds }] of kept.entries()) {
      sums[0][a] = sums[0][a]! + scale * odds * toA[k]!
      sums[1][b] = sums[1][b]! + scale * odds * toB[k]!
    }
    let pairs = 0
    let strange = hopelessSum
    for (const [k, { a, b, odds }] of kept.entries()) {
      const own = scale * odds
      // How free each is if this very pair is left out; half the step, so that two sides do not swing in turns.
      const freeA = 1 / Math.max(1, sums[0][a]! - own * toA[k]!)
      const freeB = 1 / Math.max(1, sums[1][b]! - own * toB[k]!)
      const both = own * freeA * freeB
      pairs += both / (1 + both)
      strange += odds / (1 + both)
      toA[k] = Math.sqrt(toA[k]! * freeB)
      toB[k] = Math.sqrt(toB[k]! * freeA)
    }
    // One more record on each side that has no counterpart: however well it goes, someone may always be alone.
    const alone = (sizes[0] - Math.min(pairs, sizes[0]) + 1) * (sizes[1] - Math.min(pairs, sizes[1]) + 1)
    // Whoever is easily recognized is not here, so among strangers the odds fall short of their mean of 1, and among counterparts they are
    // as many times likelier than the model says. The share of counterparts not recognized tells the same; the more cautious of the two holds.
    const odd = (strange + usualWeight) / (Math.max(0, sizes[0] * sizes[1] - pairs) + usualWeight)
    const usual = Math.min(1, Math.max(odd, (pairs + 1) / (pairs + pool.settled + 1)))
    scale = Math.sqrt((scale * (pairs + 0.5)) / (alone * usual))
  }
  return kept.flatMap((candidate, k) => {
    const { a, b, odds, bits } = candidate
    const own = scale * odds
    const freeA = 1 / Math.max(1, sums[0][a]! - own * toA[k]!)
    const freeB = 1 / Math.max(1, sums[1][b]! - own * toB[k]!)
    const extra = Math.log2(own * freeA * freeB) - bits
    // However few are left, the two records themselves must speak for the pair.
    return (extra > 0 && odds > 1) || bits > 0 ? [{ ...candidate, extra }] : []
  })
}
