/**
 * The whole way: records → blocking → comparison → model → clustering → result. One configuration for every customer;
 * nothing is tuned to a data set. The result depends on the people alone: not on their order, not on the number of
 * threads.
 */
import { availableParallelism } from 'node:os'
import { ALL_PAIRS_BELOW, candidatePairs, countPairs } from './blocking/pairs.ts'
import { type BlockingRule, blockingRules } from './blocking/rules.ts'
import { labelsFrom } from './clustering/labels.ts'
import { NO_ADJUSTMENT, oneToOneAdjustment } from './clustering/one-to-one.ts'
import { resolve } from './clustering/resolve.ts'
import { compareUnmatched, NONE_UNMATCHED } from './clustering/unmatched.ts'
import { makeComparer, type SharedIdentifiers } from './comparison/compare.ts'
import { openComparing } from './comparison/parallel.ts'
import { findSharedIdentifiers } from './comparison/shared-identifiers.ts'
import type { Explanation } from './explain.ts'
import { shippedTermFrequencies } from './model/default-model.ts'
import { type FittedModel, fitModel } from './model/fit.ts'
import type { TermFrequencyPrior } from './model/model.ts'
import type { WeightedPair } from './model/score.ts'
import { clamp } from './model/score.ts'
import { makePause, type Pause } from './pause.ts'
import { type People, type RecordTable, RecordTableBuilder } from './records/record-table.ts'
import { explainIndividual, toReconciliation } from './result.ts'
import type { Decision, Person, Reconciliation } from './types.ts'

export interface ReconcileOptions {
  /** One connection may hold a person more than once. */
  readonly allowRepeats?: boolean
  readonly decisions?: readonly Decision[]
  /** Worker threads. Default: none below 50,000 people, then as many as there are spare processors, 3 at most. */
  readonly threads?: number
  /** The built `comparison/worker.ts`, where threads are used. Without it everything runs in this thread. */
  readonly workerUrl?: URL
  readonly blockingRules?: (records: RecordTable, shared: SharedIdentifiers) => readonly BlockingRule[]
  readonly signal?: AbortSignal
  readonly progress?: (stage: Stage, done: number, total: number) => void
}

export type Stage = 'reading' | 'learning' | 'comparing' | 'joining'

export interface Match {
  readonly reconciliation: Reconciliation
  /** Best first; null when there is no such individual. Without a connection, the first one that has the id. */
  explain(individualId: string, connectionId?: string): Explanation | null
}

/** People between two pauses. */
const STRIDE = 20_000
/** Threads cost more than they save below this many people. */
const WORTH_THREADS = 50_000
const MOST_THREADS = 3

export async function reconcile(
  people: Iterable<Person> | AsyncIterable<Person>,
  options: ReconcileOptions = {},
): Promise<Reconciliation> {
  return (await matchPeople(people, options)).reconciliation
}

export async function matchPeople(
  people: Iterable<Person> | AsyncIterable<Person>,
  options: ReconcileOptions = {},
): Promise<Match> {
  const started = performance.now()
  const pause = makePause(options.signal)
  const { people: gathered, prior } = await gather(people, options, pause)
  return match(gathered, prior, options, started, pause)
}

async function gather(
  people: Iterable<Person> | AsyncIterable<Person>,
  { progress }: ReconcileOptions,
  pause: Pause,
): Promise<{ people: People; prior: TermFrequencyPrior }> {
  const builder = new RecordTableBuilder()
  for await (const person of people) {
    builder.add(person)
    if (builder.size % STRIDE === 0) {
      progress?.('reading', builder.size, 0)
      await pause()
    }
  }
  const prior = shippedTermFrequencies(builder.strings)
  return { people: builder.finish(), prior }
}

async function match(
  people: People,
  prior: TermFrequencyPrior,
  options: ReconcileOptions,
  started: number,
  pause: Pause,
): Promise<Match> {
  const { records } = people
  const allowRepeats = options.allowRepeats === true
  await pause()
  const shared = findSharedIdentifiers(records, allowRepeats)
  await pause()
  const fitted = await compareAndFit(records, shared, prior, options, pause)
  const { scorer, model } = fitted
  const random = model.probabilityTwoRandomRecordsMatch
  const compare = makeComparer(records, shared)
  const oneToOne = allowRepeats ? NO_ADJUSTMENT : oneToOneAdjustment(records, fitted.pairs, random)
  const matchWeight = (i: number, j: number) => clamp(scorer.matchWeight(compare(i, j), i) + oneToOne(i, j))
  const scored = adjusted(fitted.pairs, oneToOne)
  const unmatched = allowRepeats ? NONE_UNMATCHED : compareUnmatched(records, scored, matchWeight, oneToOne, random)
  const pairs = adjusted([...scored, ...unmatched.found], unmatched.adjustment)
  const evidence = {
    records,
    compare,
    matchWeight,
    oneToOne,
    unmatched: unmatched.adjustment,
    pairs,
    allowRepeats,
    labels: labelsFrom(people, options.decisions ?? []),
  }
  const resolved = await resolve(evidence, pause, (done, total) => options.progress?.('joining', done, total))
  const state = {
    people,
    compare,
    matchWeight: (i: number, j: number) => clamp(matchWeight(i, j) + unmatched.adjustment(i, j)),
    scorer,
    model,
    pairs,
    resolved,
  }
  return {
    reconciliation: toReconciliation(state, started),
    explain: (individualId, connectionId) => explainIndividual(state, individualId, connectionId),
  }
}

async function compareAndFit(
  records: RecordTable,
  shared: SharedIdentifiers,
  prior: TermFrequencyPrior,
  options: ReconcileOptions,
  pause: Pause,
): Promise<FittedModel> {
  const { progress, workerUrl } = options
  const allowRepeats = options.allowRepeats === true
  const rules = (options.blockingRules ?? blockingRules)(records, shared)
  const pairs = await candidatePairs(records, rules, { allowRepeats, allPairsBelow: ALL_PAIRS_BELOW }, pause)
  await pause()
  const threads = options.threads ?? usualThreads(records.count)
  const comparing = openComparing(records, shared, {
    threads,
    workerUrl: threads > 0 ? workerUrl : undefined,
    pause,
  })
  try {
    const vectors = await comparing.comparePairs(pairs, (done) => progress?.('comparing', done, pairs.length))
    return await fitModel(
      {
        records,
        rules,
        allowRepeats,
        prior,
        allPairs: countPairs(records, allowRepeats),
        compared: { pairs, vectors },
      },
      comparing.comparePairs,
      (done, total) => progress?.('learning', done, total),
      pause,
    )
  } finally {
    await comparing.close()
  }
}

function usualThreads(people: number): number {
  return people < WORTH_THREADS ? 0 : Math.min(MOST_THREADS, availableParallelism() - 1)
}

function adjusted(pairs: readonly WeightedPair[], adjustment: (i: number, j: number) => number): WeightedPair[] {
  return pairs.map(({ i, j, matchWeight }) => ({ i, j, matchWeight: clamp(matchWeight + adjustment(i, j)) }))
}
