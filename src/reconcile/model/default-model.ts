/**
 * The shipped model: what is believed before anyone of a customer is looked at. test/bench/reconcile-model.ts makes
 * its JSON from generated payroll people, whose truth is known.
 */
import { COMPARISONS } from '../comparison/vector.ts'
import type { StringTableBuilder } from '../records/string-table.ts'
import data from './default-model.json' with { type: 'json' }
import type { LevelProbabilities, Model, TermFrequencyPrior } from './model.ts'

/** Probabilities by the names of comparison and level. */
export type NamedProbabilities = Readonly<Record<string, Readonly<Record<string, number>>>>

export function shippedModel(): Model {
  return {
    m: inOrder(data.m_probabilities),
    household: inOrder(data.household_probabilities),
    u: inOrder(data.u_probabilities),
    probabilityTwoRandomRecordsMatch: 0,
    probabilityTwoRandomRecordsShareHousehold: 0,
  }
}

/** Shares of the listed names, by string number. Adds these names to the table. */
export function shippedTermFrequencies(strings: StringTableBuilder): TermFrequencyPrior {
  const known = (names: Record<string, number>) =>
    new Map(Object.entries(names).map(([name, share]) => [strings.intern(name), share / 1e6] as const))
  return {
    first: known(data.first_names_per_million),
    last: known(data.last_names_per_million),
    unlistedFirst: 5e-5,
    unlistedLast: 2e-5,
    people: 300,
  }
}

/**
 * Throws where the names of comparisons and levels are not exactly those of the code, so that no probability changes
 * its level.
 */
export function inOrder(named: NamedProbabilities): LevelProbabilities {
  refuseOthers(
    named,
    COMPARISONS.map(({ name }) => name),
    'comparison',
  )
  return COMPARISONS.map(({ name, levels }) => {
    const byLevel = named[name] ?? {}
    refuseOthers(byLevel, levels, `level of ${name}`)
    return levels.map((level) => byLevel[level]!)
  })
}

function refuseOthers(named: Readonly<Record<string, unknown>>, names: readonly string[], kind: string): void {
  const missing = names.find((name) => named[name] === undefined)
  if (missing !== undefined) throw new Error(`the shipped model has no ${kind} "${missing}"`)
  const unknown = Object.keys(named).find((name) => !names.includes(name))
  if (unknown !== undefined) throw new Error(`the shipped model has an unknown ${kind} "${unknown}"`)
}
