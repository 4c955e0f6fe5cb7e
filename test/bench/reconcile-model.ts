/**
 * Makes src/reconcile/model/default-model.json from generated people, whose truth is known here and only here: `node
 * test/bench/reconcile.mjs model`. The same seed gives the same file. Several mixes of connections, overlaps and
 * families are pooled, so that no single mix is believed.
 */
import { writeFileSync } from 'node:fs'
import { generatePeople, nameShares, usualConnections } from '../../src/emulator/people/generate.ts'
import { candidatePairs } from '../../src/reconcile/blocking/pairs.ts'
import { blockingRules } from '../../src/reconcile/blocking/rules.ts'
import { randomPairs } from '../../src/reconcile/blocking/training-pairs.ts'
import { makeComparer } from '../../src/reconcile/comparison/compare.ts'
import { addressLevel, PART } from '../../src/reconcile/comparison/levels.ts'
import { findSharedIdentifiers } from '../../src/reconcile/comparison/shared-identifiers.ts'
import { AT, COMPARISONS, levelOf } from '../../src/reconcile/comparison/vector.ts'
import type { NamedProbabilities } from '../../src/reconcile/model/default-model.ts'
import { probabilitiesFrom } from '../../src/reconcile/model/level-probabilities.ts'
import { RecordTableBuilder } from '../../src/reconcile/records/record-table.ts'
import { personOf } from './reconcile-person.ts'

type Class = 'same' | 'household' | 'strangers'

/**
 * Pseudo-counts spread evenly over the levels of a comparison: nothing is impossible because it did not happen here.
 */
const PSEUDO = 20

export async function makeDefaultModel(path: string): Promise<void> {
  const counts = { same: empty(), household: empty(), strangers: empty() }
  const mixes = [
    { seed: 101, overlap: 0.4, families: 0.15 },
    { seed: 102, overlap: 0.1, families: 0.3 },
    { seed: 103, overlap: 0.8, families: 0.08 },
  ]
  for (const mix of mixes) await count({ ...mix, households: 6000, connections: usualConnections }, counts)
  const shares = nameShares()
  const model = {
    about: 'Made by test/bench/reconcile-model.ts from generated payroll people. Do not edit: make it again.',
    m_probabilities: probabilitiesOf(counts.same),
    household_probabilities: probabilitiesOf(counts.household),
    u_probabilities: probabilitiesOf(counts.strangers),
    first_names_per_million: perMillion(shares.first),
    last_names_per_million: perMillion(shares.last),
  }
  writeFileSync(path, `${JSON.stringify(model, null, 2)}\n`)
}

function empty(): number[][] {
  return COMPARISONS.map((comparison) => new Array<number>(comparison.levels.length).fill(0))
}

async function count(options: Parameters<typeof generatePeople>[0], counts: Record<Class, number[][]>): Promise<void> {
  const builder = new RecordTableBuilder()
  const truth = new Map<string, { human: number; household: number }>()
  for (const record of generatePeople(options)) {
    builder.add(personOf(record))
    truth.set(record.individual.id, record)
  }
  const { records, ids } = builder.finish()
  const shared = findSharedIdentifiers(records, false)
  const compare = makeComparer(records, shared)
  const add = (kind: Class, vector: number) => {
    for (let place = 0; place < COMPARISONS.length; place++) {
      const of = counts[kind][place] as number[]
      const level = levelOf(vector, place)
      if (level < of.length) of[level] = (of[level] as number) + 1
    }
  }
  const each = (pairs: Float64Array, visit: (vector: number, same: boolean, household: boolean) => void) => {
    for (const pair of pairs) {
      const i = Math.floor(pair / records.count)
      const j = pair % records.count
      const a = truth.get(ids[i] as string)
      const b = truth.get(ids[j] as string)
      visit(compare(i, j), a?.human === b?.human, a?.household === b?.household)
    }
  }
  each(
    await candidatePairs(
      records,
      blockingRules(records, shared),
      { allowRepeats: false, allPairsBelow: 0 },
      async () => {},
    ),
    (vector, same, household) => {
      if (same) add('same', vector)
      else if (household) add('household', vector)
    },
  )
  each(randomPairs(records, false, 400_000), (vector, same, household) => {
    if (!same && !household) add('strangers', vector)
  })
}

function probabilitiesOf(counts: readonly (readonly number[])[]): NamedProbabilities {
  return Object.fromEntries(
    COMPARISONS.map((comparison, place) => {
      const levels =
        place === AT.address ? withMargins(counts[place] as readonly number[]) : (counts[place] as readonly number[])
      const sum = levels.reduce((a, b) => a + b, 0)
      const even = levels.map((_, level) => 1 / lengthOfRun(comparison.runs, level, levels.length))
      // Evenly spread pseudo-counts would make rare agreements of strangers look common: there they weigh a hundredth.
      const probabilities = probabilitiesFrom(levels, place, sum > 100_000 ? PSEUDO / 100 : PSEUDO, even)
      return [
        comparison.name,
        Object.fromEntries(
          comparison.levels.map((level, k) => [level, Number((probabilities[k] as number).toPrecision(4))]),
        ),
      ]
    }),
  )
}

/** Addresses with only a street or only a town: what whole addresses say about that part. */
function withMargins(counts: readonly number[]): number[] {
  const all = [...counts]
  const parts = [PART.other, PART.alike, PART.same]
  for (const street of parts) {
    for (const town of parts) {
      const count = counts[addressLevel(street, town)] as number
      for (const margin of [addressLevel(street, PART.missing), addressLevel(PART.missing, town)])
        all[margin] = (all[margin] as number) + count
    }
  }
  return all
}

function lengthOfRun(runs: readonly number[], level: number, end: number): number {
  const at = runs.findLastIndex((from) => from <= level)
  return (runs[at + 1] ?? end) - (runs[at] as number)
}

function perMillion(shares: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(shares).map(([name, share]) => [name, Math.round(share * 1e6)]))
}
