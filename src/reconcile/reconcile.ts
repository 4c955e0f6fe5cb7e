/**
 * The whole way: normalize → block → compare → estimate → score → cluster → bands. One configuration for every customer; nothing is tuned to a
 * set, no truth is an input, and the answer depends on the people alone: not on their order, not on the number of threads.
 */
import { availableParallelism } from 'node:os'
import { findPairs, type Pause, personKeyPairs, randomPairs } from './blocking/pairs.ts'
import { settleDecisions } from './clustering/labels.ts'
import type { Edge } from './clustering/linkage.ts'
import { exclusiveShift } from './clustering/one-to-one.ts'
import { groupPeople } from './clustering/resolve.ts'
import { noneLeftOver, weighLeftOver } from './clustering/unmatched.ts'
import { makeComparer, type Shared } from './comparison/compare.ts'
import { breathe, type ComparePairs, openComparing } from './comparison/parallel.ts'
import { findShared } from './comparison/shared-identifiers.ts'
import type { Explanation } from './explain.ts'
import { shippedModel } from './model/default-model.ts'
import { householdPrior, joinPairs } from './model/household-prior.ts'
import { clamp, type Model, makeScorer, nameShares, type Scorer } from './model/score.ts'
import { estimate, histogram } from './model/train.ts'
import { type Columns, type People, PeopleBuilder } from './records/record-table.ts'
import { explainRow, shapeResult } from './result.ts'
import type { Decision, Person, Reconciliation } from './types.ts'

export interface ReconcileOptions {
  /** One connection may hold a person more than once. */
  readonly allowRepeats?: boolean
  readonly decisions?: readonly Decision[]
  /** Worker threads beside this one. Where not said: none below 50,000 people, then as many as there are spare processors, 3 at most. */
  readonly threads?: number
  /** Where the worker's file is when threads are used: the built `worker.ts`. Without it everything runs here. */
  readonly workerUrl?: URL
  readonly signal?: AbortSignal
  readonly progress?: (stage: Stage, done: number, total: number) => void
}

export type Stage = 'reading' | 'learning' | 'comparing' | 'joining'

export interface Match {
  readonly reconciliation: Reconciliation
  /** Best first; null when there is no such individual. Without a connection, the first one that has the id. */
  explain(individualId: string, connectionId?: string): Explanation | null
}

/** Below this all pairs are compared: it takes less than a second, and blocks can lose no one. */
const allPairsBelow = 1500
const randomSample = 300_000
const blockSample = 100_000
const candidateSample = 1_000_000
/** Threads do not pay below this many people. */
const worthThreads = 50_000
/** Pairs with fewer bits are not remembered; they are strangers. */
const fewestBits = -8

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
  const gathered = await gather(people, options)
  return matchGathered(gathered, options, started)
}

async function gather(people: Iterable<Person> | AsyncIterable<Person>, options: ReconcileOptions): Promise<People> {
  const builder = new PeopleBuilder()
  for await (const person of people) {
    builder.add(person)
    if (builder.size % 20_000 === 0) {
      options.progress?.('reading', builder.size, 0)
      await breathe(options.signal)
    }
  }
  return builder.finish()
}

/** The matcher proper, on columns: what the bench times apart from reading. */
async function matchGathered(people: People, options: ReconcileOptions, started: number): Promise<Match> {
  const { columns } = people
  const { signal } = options
  const repeats = options.allowRepeats === true
  const pause = () => breathe(signal)
  await pause()
  const shared = findShared(columns, repeats)
  await breathe(signal)
  const pairs = await findPairs(columns, shared, { repeats, allPairsBelow }, pause)
  await breathe(signal)
  const threads = options.threads ?? (columns.count < worthThreads ? 0 : Math.min(3, availableParallelism() - 1))
  const comparing = openComparing(columns, shared, {
    threads,
    workerUrl: threads > 0 ? options.workerUrl : undefined,
    signal,
  })
  const allPairs = countPairs(columns, repeats)
  let vectors: Uint32Array
  let learned: Model
  try {
    vectors = await comparing.comparePairs(pairs, (done) => options.progress?.('comparing', done, pairs.length))
    learned = await learn(columns, shared, repeats, vectors, allPairs, comparing.comparePairs, options)
  } finally {
    await comparing.close()
  }
  await breathe(signal)
  const scored = await score(people, pairs, vectors, learned, allPairs, pause)
  const { model } = scored
  const shift = repeats ? () => 0 : exclusiveShift(columns, scored.edges, model.probabilityTwoRandomRecordsMatch)
  const compare = makeComparer(columns, shared)
  const weigh = (i: number, j: number) => clamp(scored.scorer.weight(compare(i, j), i, j) + shift(i, j))
  const shifted = scored.edges.map(({ i, j, bits }) => ({ i, j, bits: clamp(bits + shift(i, j)) }))
  const leftOver = repeats
    ? noneLeftOver
    : weighLeftOver(columns, shifted, weigh, shift, model.probabilityTwoRandomRecordsMatch)
  const { extra } = leftOver
  const edges = [...shifted, ...leftOver.found].map(({ i, j, bits }) => ({ i, j, bits: clamp(bits + extra(i, j)) }))
  const decided = settleDecisions(people, options.decisions ?? [])
  const ground = { columns, compare, weigh, shift, extra, edges, repeats, decided }
  const grouped = await groupPeople(ground, signal, (done, total) => options.progress?.('joining', done, total))
  const view = {
    people,
    compare,
    weigh: (i: number, j: number) => clamp(weigh(i, j) + extra(i, j)),
    scorer: scored.scorer,
    model,
    edges,
    grouped,
  }
  return {
    reconciliation: shapeResult(view, started),
    explain: (individualId, connectionId) => explainRow(view, individualId, connectionId),
  }
}

async function learn(
  columns: Columns,
  shared: Shared,
  repeats: boolean,
  vectors: Uint32Array,
  allPairs: number,
  comparePairs: ComparePairs,
  { progress, signal }: ReconcileOptions,
): Promise<Model> {
  progress?.('learning', 0, 3)
  const random = histogram(await comparePairs(randomPairs(columns, repeats, randomSample)))
  progress?.('learning', 1, 3)
  const blocks = []
  for (const { key, pairs } of personKeyPairs(columns, shared, repeats, blockSample)) {
    blocks.push({ key, seen: histogram(await comparePairs(pairs)) })
    await breathe(signal)
  }
  progress?.('learning', 2, 3)
  const candidates = histogram(thinned(vectors), vectors.length)
  return estimate({ random, blocks, candidates, allPairs }, shippedModel(), () => breathe(signal))
}

/** Every n-th vector where there are millions: the priors need shares, not all of them. Pairs stand in canonical order. */
function thinned(vectors: Uint32Array): Uint32Array {
  const step = Math.ceil(vectors.length / candidateSample)
  return step <= 1 ? vectors : vectors.filter((_, k) => k % step === 0)
}

/**
 * Scores twice: the first time tells how many records a person has, which the shares of names need, and whose counterpart is sure, around
 * whom households can be counted.
 */
async function score(
  people: People,
  pairs: Float64Array,
  vectors: Uint32Array,
  learned: Model,
  allPairs: number,
  pause: Pause,
): Promise<{ model: Model; scorer: Scorer; edges: Edge[] }> {
  const { columns, names } = people
  const first = makeScorer(learned, columns, nameShares(columns, names, 1))
  const { joins } = joinPairs(columns.count, pairs, vectors, first, 0)
  await pause()
  const shares = nameShares(columns, names, columns.count / Math.max(1, columns.count - joins))
  await pause()
  const probabilityTwoRandomRecordsShareHousehold = householdPrior(columns, pairs, vectors, learned, first, allPairs)
  await pause()
  const model = { ...learned, probabilityTwoRandomRecordsShareHousehold }
  const scorer = makeScorer(model, columns, shares)
  const edges: Edge[] = []
  for (let k = 0; k < pairs.length; k++) {
    const i = Math.floor(pairs[k]! / columns.count)
    const j = pairs[k]! % columns.count
    if (!scorer.mayExceed(vectors[k]!, fewestBits)) continue
    const bits = scorer.weight(vectors[k]!, i, j)
    if (bits > fewestBits) edges.push({ i, j, bits })
  }
  return { model, scorer, edges }
}

/** All eligible pairs: across connections only, unless one may repeat a person. */
function countPairs(columns: Columns, repeats: boolean): number {
  const { count } = columns
  let pairs = (count * (count - 1)) / 2
  if (repeats) return pairs
  const sizes: number[] = []
  for (const connection of columns.connection) sizes[connection] = (sizes[connection] ?? 0) + 1
  for (const size of sizes) pairs -= (size * (size - 1)) / 2
  return pairs
}
