/** The model fitted to the people of a customer, and the candidate pairs weighted by it. */

import type { BlockingRule } from '../blocking/rules.ts'
import { randomPairs, trainingPairs } from '../blocking/training-pairs.ts'
import type { ComparePairs } from '../comparison/parallel.ts'
import type { Pause } from '../pause.ts'
import type { RecordTable } from '../records/record-table.ts'
import { LEAST_WEIGHT } from '../thresholds.ts'
import { shippedModel } from './default-model.ts'
import { type ComparedPairs, householdPrior, joinPairs } from './household-prior.ts'
import type { Model, TermFrequencyPrior } from './model.ts'
import type { WeightedPair } from './score.ts'
import { makeScorer, type Scorer } from './score.ts'
import { termFrequencies } from './term-frequency.ts'
import { train } from './train.ts'
import { countVectors } from './vector-counts.ts'

/** Pairs and vectors looked at, at most. */
const RANDOM_SAMPLE = 300_000
const TRAINING_SAMPLE = 100_000
const CANDIDATE_SAMPLE = 1_000_000

const EVEN_ODDS = 0

export interface FitInput {
  readonly records: RecordTable
  readonly rules: readonly BlockingRule[]
  readonly allowRepeats: boolean
  readonly prior: TermFrequencyPrior
  /** Number of all eligible pairs, compared or not. */
  readonly allPairs: number
  /** The candidate pairs, in canonical order. */
  readonly compared: ComparedPairs
}

export interface FittedModel {
  readonly model: Model
  readonly scorer: Scorer
  readonly pairs: readonly WeightedPair[]
}

export async function fitModel(
  input: FitInput,
  comparePairs: ComparePairs,
  progress: (done: number, total: number) => void,
  pause: Pause,
): Promise<FittedModel> {
  const trained = await trainOn(input, comparePairs, progress, pause)
  await pause()
  return weighPairs(input, trained, pause)
}

async function trainOn(
  { records, rules, allowRepeats, allPairs, compared }: FitInput,
  comparePairs: ComparePairs,
  progress: (done: number, total: number) => void,
  pause: Pause,
): Promise<Model> {
  progress(0, 3)
  const random = countVectors(await comparePairs(randomPairs(records, allowRepeats, RANDOM_SAMPLE)))
  progress(1, 3)
  const blocks = []
  for (const { rule, pairs } of trainingPairs(records, rules, allowRepeats, TRAINING_SAMPLE)) {
    blocks.push({ rule, seen: countVectors(await comparePairs(pairs)) })
    await pause()
  }
  progress(2, 3)
  const candidates = countVectors(thinned(compared.vectors), compared.vectors.length)
  return train({ random, blocks, candidates, allPairs }, shippedModel(), pause)
}

/** Every n-th vector where there are millions: the priors need shares, not all of them. */
function thinned(vectors: Uint32Array): Uint32Array {
  const step = Math.ceil(vectors.length / CANDIDATE_SAMPLE)
  return step <= 1 ? vectors : vectors.filter((_, k) => k % step === 0)
}

/**
 * Scores twice. The first scores tell how many records a person has, which term frequencies need, and who has a
 * certain match, around whom households are counted.
 */
async function weighPairs(
  { records, allPairs, compared, prior }: FitInput,
  trained: Model,
  pause: Pause,
): Promise<FittedModel> {
  const { count } = records
  const first = makeScorer(trained, records, termFrequencies(records, prior, 1))
  const { joins } = joinPairs(count, compared, first, EVEN_ODDS)
  await pause()
  const frequencies = termFrequencies(records, prior, count / Math.max(1, count - joins))
  await pause()
  const probabilityTwoRandomRecordsShareHousehold = householdPrior(records, compared, trained, first, allPairs)
  await pause()
  const model = { ...trained, probabilityTwoRandomRecordsShareHousehold }
  const scorer = makeScorer(model, records, frequencies)
  return { model, scorer, pairs: weightedPairs(count, compared, scorer) }
}

function weightedPairs(count: number, { pairs, vectors }: ComparedPairs, scorer: Scorer): WeightedPair[] {
  const weighted: WeightedPair[] = []
  for (let k = 0; k < pairs.length; k++) {
    const vector = vectors[k]!
    if (!scorer.mayExceed(vector, LEAST_WEIGHT)) continue
    const i = Math.floor(pairs[k]! / count)
    const matchWeight = scorer.matchWeight(vector, i)
    if (matchWeight > LEAST_WEIGHT) weighted.push({ i, j: pairs[k]! % count, matchWeight })
  }
  return weighted
}
