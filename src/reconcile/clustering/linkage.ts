/**
 * Pairs → people. Average linkage: two clusters may join only if all pairs across them agree on average, so that one strong but wrong pair
 * cannot chain two people together, as connected components would.
 *
 * Within a connected piece of the graph the join with the highest mean goes first; ties go by row numbers, which are canonical.
 */
import { nobodyJoined } from './disjoint-set.ts'

export interface Edge {
  readonly i: number
  readonly j: number
  readonly bits: number
}

export interface Linking {
  /** Bits of any two rows, asked on demand. */
  readonly weigh: (i: number, j: number) => number
  /** Rows that must not be in one cluster, whatever their bits. */
  readonly apart: (i: number, j: number) => boolean
}

/** Asked before each join, in order; `mean` is the mean of all pairs across. Answering false keeps the two apart for good. */
export type MayJoin = (a: readonly number[], b: readonly number[], mean: number, rival: number) => boolean

/** Larger pieces are joined edge by edge: the exact way costs the square of their size. */
const largestExact = 96
/** Two clusters with a mean below this exclude each other. */
const excluded = -6
/** Pairs looked at across two large clusters. */
const sampleSide = 12

/** Connected pieces of the graph over `count` rows, by their edges with positive bits; only pieces of two or more rows. */
export function connectedPieces(count: number, edges: readonly Edge[]): { rows: number[]; edges: Edge[] }[] {
  const { parent, root } = nobodyJoined(count)
  for (const { i, j } of edges) {
    const a = root(i)
    const b = root(j)
    if (a !== b) parent[a > b ? a : b] = a > b ? b : a
  }
  const pieces = new Map<number, { rows: number[]; edges: Edge[] }>()
  const pieceOf = (row: number) => {
    const key = root(row)
    let piece = pieces.get(key)
    if (piece === undefined) {
      piece = { rows: [], edges: [] }
      pieces.set(key, piece)
    }
    return piece
  }
  const seen = new Uint8Array(count)
  for (const edge of edges) {
    const piece = pieceOf(edge.i)
    piece.edges.push(edge)
    for (const row of [edge.i, edge.j]) {
      if (seen[row] === 1) continue
      seen[row] = 1
      piece.rows.push(row)
    }
  }
  const all = [...pieces.values()]
  for (const piece of all) piece.rows.sort((a, b) => a - b)
  return all.sort((a, b) => a.rows[0]! - b.rows[0]!)
}

/** Clusters of one piece, each ascending. */
export function linkPiece(
  rows: readonly number[],
  edges: readonly Edge[],
  linking: Linking,
  mayJoin: MayJoin,
): number[][] {
  return rows.length <= largestExact
    ? linkExactly(
        rows.map((row) => [row]),
        linking,
        mayJoin,
      )
    : linkByEdges(rows, edges, linking, mayJoin)
}

/** Average linkage over whatever clusters are there already, with all means known. */
export function linkExactly(start: readonly (readonly number[])[], linking: Linking, mayJoin: MayJoin): number[][] {
  const clusters: (readonly number[] | null)[] = [...start]
  const n = clusters.length
  const means = new Float64Array(n * n).fill(Number.NEGATIVE_INFINITY)
  // What was refused once stays refused, but is no sign that the two exclude each other.
  const refused = new Uint8Array(n * n)
  for (let a = 0; a < n; a++) {
    for (let b = a + 1; b < n; b++) {
      const mean = acrossMean(clusters[a]!, clusters[b]!, linking)
      means[a * n + b] = mean
      means[b * n + a] = mean
    }
  }
  for (;;) {
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
    if (at < 0) break
    const a = Math.floor(at / n)
    const b = at % n
    const left = clusters[a]!
    const right = clusters[b]!
    if (!mayJoin(left, right, best, strongestRival(means, clusters, a, b))) {
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
      // A larger cluster is another question.
      refused[Math.min(a, c) * n + Math.max(a, c)] = 0
    }
  }
  return clusters.filter((cluster) => cluster !== null).map((cluster) => [...cluster])
}

/** Highest mean that either of two clusters has with a third which the other one excludes: a real alternative, not one more of the same. */
function strongestRival(
  means: Float64Array,
  clusters: readonly (readonly number[] | null)[],
  a: number,
  b: number,
): number {
  const n = clusters.length
  let rival = Number.NEGATIVE_INFINITY
  for (let c = 0; c < n; c++) {
    if (clusters[c] === null || c === a || c === b) continue
    const withA = means[a * n + c]!
    const withB = means[b * n + c]!
    if (withB <= excluded) rival = Math.max(rival, withA)
    if (withA <= excluded) rival = Math.max(rival, withB)
  }
  return rival
}

/** Strongest edges first, each join still subject to the mean across; means of large clusters are taken from a fixed sample. */
function linkByEdges(rows: readonly number[], edges: readonly Edge[], linking: Linking, mayJoin: MayJoin): number[][] {
  const home = new Map<number, number[]>(rows.map((row) => [row, [row]]))
  const sorted = [...edges].sort((x, y) => y.bits - x.bits || x.i - y.i || x.j - y.j)
  const refused = new Map<number[], Set<number[]>>()
  for (const { i, j } of sorted) {
    const left = home.get(i)!
    const right = home.get(j)!
    if (left === right || refused.get(left)?.has(right) || refused.get(right)?.has(left)) continue
    const mean = acrossMean(left, right, linking)
    if (mean > 0 && mayJoin(left, right, mean, Number.NEGATIVE_INFINITY)) {
      const [into, from] = left.length >= right.length ? [left, right] : [right, left]
      const least = Math.min(into[0]!, from[0]!)
      for (const row of from) {
        into.push(row)
        home.set(row, into)
      }
      // The least row stands first throughout: a cluster is known by it.
      const place = into.indexOf(least)
      into[place] = into[0]!
      into[0] = least
      refused.delete(into)
    } else {
      const set = refused.get(left)
      if (set === undefined) refused.set(left, new Set([right]))
      else set.add(right)
    }
  }
  return [...new Set(home.values())].map((cluster) => cluster.sort((a, b) => a - b))
}

/** Mean bits of the pairs across two clusters; minus infinity if any two of them must stay apart. */
function acrossMean(left: readonly number[], right: readonly number[], linking: Linking): number {
  const leftStep = Math.max(1, Math.floor(left.length / sampleSide))
  const rightStep = Math.max(1, Math.floor(right.length / sampleSide))
  let sum = 0
  let pairs = 0
  for (let p = 0; p < left.length; p += leftStep) {
    for (let q = 0; q < right.length; q += rightStep) {
      const i = left[p]!
      const j = right[q]!
      if (linking.apart(i, j)) return Number.NEGATIVE_INFINITY
      sum += i < j ? linking.weigh(i, j) : linking.weigh(j, i)
      pairs++
    }
  }
  return sum / pairs
}
