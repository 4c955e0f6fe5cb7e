/** Counts of levels → probabilities of levels. */
import { COMPARISONS } from '../comparison/vector.ts'

/** Each run of levels sums to 1. `pseudo` counts distributed as `prior` are mixed in. */
export function probabilitiesFrom(
  counts: readonly number[],
  place: number,
  pseudo: number,
  prior: readonly number[],
): number[] {
  const probabilities: number[] = []
  const { runs } = COMPARISONS[place]!
  for (const [run, from] of runs.entries()) {
    const to = runs[run + 1] ?? counts.length
    let sum = pseudo
    for (let level = from; level < to; level++) sum += counts[level]!
    for (let level = from; level < to; level++)
      probabilities.push(Math.max(1e-9, (counts[level]! + pseudo * prior[level]!) / sum))
  }
  return probabilities
}
