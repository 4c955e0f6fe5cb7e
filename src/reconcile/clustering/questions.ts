/** What a person is asked about two clusters that were not merged. */

import type { WeightedPair } from '../model/score.ts'
import { MERGE_THRESHOLD } from '../thresholds.ts'
import type { ReviewCause } from '../types.ts'
import type { Evidence } from './evidence.ts'
import { compareClusters, reviewCause } from './rules.ts'

export interface Question extends WeightedPair {
  readonly cause: ReviewCause
}

export type CannotLink = (i: number, j: number) => boolean

/**
 * At most one question per two clusters: about its best pair. None where a row that cannot link excludes the other
 * cluster.
 */
export function openQuestions(
  pairs: readonly WeightedPair[],
  clusters: readonly (readonly number[])[],
  evidence: Evidence,
  cannotLink: CannotLink,
): Question[] {
  return bestAcross(pairs, clusters).flatMap(({ a, b, pair }) => {
    const question = questionAbout(pair, a, b, evidence, cannotLink)
    return question === null ? [] : [question]
  })
}

interface Across {
  readonly a: readonly number[]
  readonly b: readonly number[]
  readonly pair: WeightedPair
}

/** The strongest pair of every two clusters that have one; of equals, the one with the least rows. */
function bestAcross(pairs: readonly WeightedPair[], clusters: readonly (readonly number[])[]): Across[] {
  const indexOf = new Map<number, number>()
  for (const [index, rows] of clusters.entries()) for (const row of rows) indexOf.set(row, index)
  const best = new Map<number, Across>()
  for (const pair of pairs) {
    const [a, b] = [indexOf.get(pair.i)!, indexOf.get(pair.j)!].sort((x, y) => x - y) as [number, number]
    if (a === b) continue
    const key = a * clusters.length + b
    const before = best.get(key)
    if (before === undefined) best.set(key, { a: clusters[a]!, b: clusters[b]!, pair })
    else if (isStronger(pair, before.pair)) best.set(key, { ...before, pair })
  }
  return [...best.values()]
}

function isStronger(a: WeightedPair, b: WeightedPair): boolean {
  if (a.matchWeight !== b.matchWeight) return a.matchWeight > b.matchWeight
  return a.i < b.i || (a.i === b.i && a.j < b.j)
}

function questionAbout(
  { i, j, matchWeight }: WeightedPair,
  a: readonly number[],
  b: readonly number[],
  evidence: Evidence,
  cannotLink: CannotLink,
): Question | null {
  const { records, labels } = evidence
  const across = compareClusters(a, b, evidence)
  const contradictionSeen = labels.cannotLink.get(i * labels.count + j)
  if (contradictionSeen !== undefined)
    return across.ssnEqual && !contradictionSeen ? { i, j, matchWeight, cause: 'decision_contradicted' } : null
  if (cannotLink(i, j)) {
    const sameConnection = records.connection[i] === records.connection[j]
    return sameConnection && matchWeight > MERGE_THRESHOLD ? { i, j, matchWeight, cause: 'same_connection' } : null
  }
  if (a.some((x) => b.some((y) => cannotLink(x, y)))) return null
  return { i, j, matchWeight, cause: reviewCause(across, Number.NEGATIVE_INFINITY) ?? 'close_second' }
}
