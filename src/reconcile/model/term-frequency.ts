/** How common each name is. Two people with one rare name are better evidence than two with a common one. */
import type { RecordTable } from '../records/record-table.ts'
import type { TermFrequencyPrior } from './model.ts'

/** Shares of people by string number. */
export interface TermFrequencies {
  readonly first: Float32Array
  readonly last: Float32Array
}

/** Beyond one in a million, counts say nothing. */
export const RAREST = 1e-6

/**
 * Shares among other people. `copies` is the mean number of records per person: four records of one person are one
 * bearer of the name, and leave no other. The prior decides while the directory is small.
 */
export function termFrequencies(records: RecordTable, prior: TermFrequencyPrior, copies: number): TermFrequencies {
  const count = (column: Int32Array, known: ReadonlyMap<number, number>, unlisted: number): Float32Array => {
    const frequencies = new Float32Array(records.strings.count)
    let named = 0
    for (const name of column) {
      if (name === 0) continue
      frequencies[name] = frequencies[name]! + 1
      named++
    }
    const others = Math.max(0, named / copies - 1) + prior.people
    for (let name = 1; name < frequencies.length; name++) {
      const bearers = frequencies[name]!
      if (bearers === 0) continue
      const expected = (known.get(name) ?? unlisted) * prior.people
      frequencies[name] = Math.max(RAREST, (Math.max(0, bearers / copies - 1) + expected) / others)
    }
    return frequencies
  }
  return {
    first: count(records.first, prior.first, prior.unlistedFirst),
    last: count(records.last, prior.last, prior.unlistedLast),
  }
}
