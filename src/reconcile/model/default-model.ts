/**
 * The shipped model: what is believed before anyone of a customer is looked at. Made by test/bench/reconcile-model.ts from generated payroll
 * people, whose truth is known; data, not code, so that it can be made again and compared.
 */

import { COMPARISONS } from '../comparison/levels.ts'
import type { TextPool } from '../records/string-table.ts'
import data from './default-model.json' with { type: 'json' }
import type { LevelProbabilities, Model, NamePrior } from './score.ts'

export function shippedModel(): Model {
  return {
    m: probabilitiesOf(data.m_probabilities),
    household: probabilitiesOf(data.household_probabilities),
    u: probabilitiesOf(data.u_probabilities),
    probabilityTwoRandomRecordsMatch: 0,
    probabilityTwoRandomRecordsShareHousehold: 0,
  }
}

/** Shares of the listed names, by text number. */
export function shippedNames(pool: TextPool): NamePrior {
  const known = (names: Record<string, number>) =>
    new Map(Object.entries(names).map(([name, share]) => [pool.intern(name), share / 1e6] as const))
  return {
    first: known(data.first_names_per_million),
    last: known(data.last_names_per_million),
    unlistedFirst: 5e-5,
    unlistedLast: 2e-5,
    people: 300,
  }
}

/** LevelProbabilities are kept by comparison name and level name, so that a change of levels shows as a missing name and not as a shifted column. */
function probabilitiesOf(kept: Record<string, Record<string, number>>): LevelProbabilities {
  return COMPARISONS.map((comparison) =>
    comparison.levels.map((level) => {
      const probability = kept[comparison.name]?.[level]
      if (probability === undefined)
        throw new Error(`the shipped model has no probability for ${comparison.name}: ${level}`)
      return probability
    }),
  )
}
