/**
 * Pairs → clusters by average linkage: two clusters join only if all pairs across them agree on average, so that one
 * strong but wrong pair cannot chain two people together, as connected components would.
 *
 * Within a connected component the join with the highest mean weight goes first; ties go by row numbers, which are
 * canonical.
 */
import { makeDisjointSet } from '../disjoint-set.ts'
import type { WeightedPair } from '../model/score.ts'

export interface Component {
  readonly rows: number[]
  readonly pairs: WeightedPair[]
}

export interface LinkageRules {
  /** Of any two rows, i < j, computed on demand. */
  readonly matchWeight: (i: number, j: number) => number
  readonly cannotLink: (i: number, j: number) => boolean
  /** Asked before each join, in order. Two clusters that are refused stay apart unless one of them grows. */
  readonly mayJoin: (a: readonly number[], b: readonly number[], meanWeight: number, rivalWeight: number) => boolean
}

type Clusters = readonly (readonly number[] | null)[]

/** Larger components are joined pair by pair: the exact way costs the square of their size. */
const LARGEST_EXACT = 96
/** Two clusters with a mean weight below this exclude each other. */
const EXCLUDED = -6
/** Rows of a large cluster that stand for it. */
const SAMPLED_ROWS = 12

/** Components of two or more rows, joined by `pairs`. */
export function connectedComponents(count: number, pairs: readonly WeightedPair[]): Component[] {
  const { root, join } = makeDisjointSet(count)
  for (const { i, j } of pairs) join(i, j)
  const components = new Map<number, Component>()
  const seen = new Uint8Array(count)
  for (const pair of pairs) {
    const key = root(pair.i)
    const component = components.get(key) ?? { rows: [], pairs: [] }
    if (component.pairs.length === 0) components.set(key, component)
    component.pairs.push(pair)
    for (const row of [pair.i, pair.j]) {
      if (seen[row] === 1) continue
      seen[row] = 1
      component.rows.push(row)
    }
  }
  const all = [...components.values()]
  for (const { rows } of all) rows.sort((a, b) => a - b)
  return all.sort((a, b) => a.rows[0]! - b.rows[0]!)
}

/** Clusters of one component, each ascending. */
export function linkComponent({ rows, pairs }: Component, rules: LinkageRules): number[][] {
  if (rows.length > LARGEST_EXACT) return linkByPairs(rows, pairs, rules)
  const single = rows.map((row) => [row])
  return linkExactly(single, rules)
}

/** Average linkage that starts from clusters, with all means known. */
export function linkExactly(start: readonly (readonly number[])[], rules: LinkageRules): number[][] {
  const clusters: (readonly number[] | null)[] = [...start]
  const n = clusters.length
  const means = meansAcross(start, rules)
  // A refusal is no sign that the two exclude each other.
  const refused = new Uint8Array(n * n)
  for (;;) {
    const at = strongestPair(means, clusters, refused)
    if (at < 0) break
    const a = Math.floor(at / n)
    const b = at % n
    const left = clusters[a]!
    const right = clusters[b]!
    if (!rules.mayJoin(left, right, means[at]!, strongestRival(means, clusters, a, b))) {
      refused[at] = 1
      continue
    }
    clusters[a] = [...left, ...right].sort((x, y) => x - y)
    clusters[b] = null
    for (let c = 0; c < n; c++) {
      if (clusters[c] === null || c === a) continue
      const joined = (means[a * n + c]! * left.length + means[b * n + c]! * right.length) / (left.length + right.length)
      means[a * n + c] = joined
      means[c * n + a] = joined
      // The larger cluster may be accepted where its part was refused.
      refused[Math.min(a, c) * n + Math.max(a, c)] = 0
    }
  }
  return clusters.filter((cluster) => cluster !== null).map((cluster) => [...cluster])
}

function meansAcross(clusters: readonly (readonly number[])[], rules: LinkageRules): Float64Array {
  const n = clusters.length
  const means = new Float64Array(n * n).fill(Number.NEGATIVE_INFINITY)
  for (let a = 0; a < n; a++) {
    for (let b = a + 1; b < n; b++) {
      const mean = meanAcross(clusters[a]!, clusters[b]!, rules)
      means[a * n + b] = mean
      means[b * n + a] = mean
    }
  }
  return means
}

/** a × n + b of the two clusters with the highest positive mean that is not refused; -1 where there is none. */
function strongestPair(means: Float64Array, clusters: Clusters, refused: Uint8Array): number {
  const n = clusters.length
  let best = 0
  let at = -1
  for (let a = 0; a < n; a++) {
    if (clusters[a] === null) continue
    for (let b = a + 1; b < n; b++) {
      const mean = means[a * n + b]!
      if (clusters[b] !== null && mean > best && refused[a * n + b] === 0) {
        best = mean
        at = a * n + b
      }
    }
  }
  return at
}

/**
 * Highest mean that either of two clusters has with a third that the other one excludes: an alternative, not another
 * record of the same person.
 */
function strongestRival(means: Float64Array, clusters: Clusters, a: number, b: number): number {
  const n = clusters.length
  let rival = Number.NEGATIVE_INFINITY
  for (let c = 0; c < n; c++) {
    if (clusters[c] === null || c === a || c === b) continue
    const withA = means[a * n + c]!
    const withB = means[b * n + c]!
    if (withB <= EXCLUDED) rival = Math.max(rival, withA)
    if (withA <= EXCLUDED) rival = Math.max(rival, withB)
  }
  return rival
}

/**
 * Strongest pairs first, each join subject to the mean across; means of large clusters are taken from a fixed sample.
 */
function linkByPairs(rows: readonly number[], pairs: readonly WeightedPair[], rules: LinkageRules): number[][] {
  const clusterOf = new Map<number, number[]>(rows.map((row) => [row, [row]]))
  const sorted = [...pairs].sort((x, y) => y.matchWeight - x.matchWeight || x.i - y.i || x.j - y.j)
  const refused = new Map<number[], Set<number[]>>()
  for (const { i, j } of sorted) {
    const left = clusterOf.get(i)!
    const right = clusterOf.get(j)!
    if (left === right || refused.get(left)?.has(right) || refused.get(right)?.has(left)) continue
    const mean = meanAcross(left, right, rules)
    if (mean > 0 && rules.mayJoin(left, right, mean, Number.NEGATIVE_INFINITY)) {
      const [into, from] = left.length >= right.length ? [left, right] : [right, left]
      for (const row of from) clusterOf.set(row, into)
      append(into, from)
      refused.delete(into)
    } else {
      const others = refused.get(left)
      if (others === undefined) refused.set(left, new Set([right]))
      else others.add(right)
    }
  }
  return [...new Set(clusterOf.values())].map((cluster) => cluster.sort((a, b) => a - b))
}

/** Keeps the least row first, by which a cluster is known, without sorting at every join. */
function append(into: number[], from: readonly number[]): void {
  const least = Math.min(into[0]!, from[0]!)
  for (const row of from) into.push(row)
  into[into.indexOf(least)] = into[0]!
  into[0] = least
}

/** Mean match weight of the pairs across two clusters; minus infinity where any two of them cannot link. */
function meanAcross(left: readonly number[], right: readonly number[], rules: LinkageRules): number {
  const leftStep = Math.max(1, Math.floor(left.length / SAMPLED_ROWS))
  const rightStep = Math.max(1, Math.floor(right.length / SAMPLED_ROWS))
  let sum = 0
  let pairs = 0
  for (let p = 0; p < left.length; p += leftStep) {
    for (let q = 0; q < right.length; q += rightStep) {
      const i = left[p]!
      const j = right[q]!
      if (rules.cannotLink(i, j)) return Number.NEGATIVE_INFINITY
      sum += i < j ? rules.matchWeight(i, j) : rules.matchWeight(j, i)
      pairs++
    }
  }
  return sum / pairs
}
