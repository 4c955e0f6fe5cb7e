/**
 * What the matcher believes. Three classes of pairs, not two: one person (m), two people of one household, and two
 * random people (u). Without the second, a family at one address would agree on everything that matters.
 */

/** Probability of each level, by comparison, then level; each run of levels sums to 1. */
export type LevelProbabilities = readonly (readonly number[])[]

export interface Model {
  readonly m: LevelProbabilities
  readonly household: LevelProbabilities
  readonly u: LevelProbabilities
  /** Shares of all eligible pairs. */
  readonly probabilityTwoRandomRecordsMatch: number
  readonly probabilityTwoRandomRecordsShareHousehold: number
}

/** Shares of people who bear a name, by string number, before anyone of this customer is counted. */
export interface TermFrequencyPrior {
  readonly first: ReadonlyMap<number, number>
  readonly last: ReadonlyMap<number, number>
  readonly unlistedFirst: number
  readonly unlistedLast: number
  /** The prior counts as this many people. */
  readonly people: number
}
