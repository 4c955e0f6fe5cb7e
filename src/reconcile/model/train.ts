/**
 * Learns the model from the people themselves, without any labels.
 *
 * Order matters, and each part learns only where it can be trusted:
 * - u (strangers) from random pairs, less the matches among them;
 * - m (one person) by EM inside blocks that share a person's key (dob; both names; ssn; e-mail), the block's own COMPARISONS left out, never on
 *   postcode or surname, where families would be taken for matches;
 * - household: only its own shared COMPARISONS, on the candidates, with m held fast: else it and m run away with each other;
 * - the priors from their own fixed point.
 * Everything is pulled toward the shipped model by pseudo-counts; a small customer keeps that model as it is.
 */
import type { Pause } from '../blocking/pairs.ts'
import {
  ADDRESS,
  COMPARISONS,
  DOB,
  EMAIL,
  FIRST,
  LAST,
  levelOf,
  MIDDLE,
  PHONE,
  probabilitiesFrom,
  SSN,
  UNIT,
  weighsNothing,
} from '../comparison/levels.ts'
import type { LevelProbabilities, Model } from './score.ts'

/** Distinct vectors with how often each was seen, ascending by vector. */
export interface Histogram {
  readonly counts: Float64Array
  /** Per vector and comparison, comparison × slots + level: where its probability stands in a flat table. */
  readonly cells: Uint8Array
  readonly pairs: number
}

export interface KeyedBlock {
  readonly key: 'dob' | 'names' | 'ssn' | 'email'
  readonly seen: Histogram
}

export interface Evidence {
  readonly random: Histogram
  readonly blocks: readonly KeyedBlock[]
  readonly candidates: Histogram
  /** All eligible pairs of the customer, compared or not. */
  readonly allPairs: number
}

const leftOut: Record<KeyedBlock['key'], readonly number[]> = {
  dob: [DOB],
  names: [FIRST, LAST],
  ssn: [SSN],
  email: [EMAIL],
}

/** Fields a household shares; on the others its members are like strangers, but for twins and namesakes. */
const householdFields = [LAST, EMAIL, PHONE, ADDRESS, UNIT]
const householdAsStrangers = [FIRST, MIDDLE, DOB, SSN]

const emSteps = 15
const priorSteps = 8
const rounds = 3
/** Below this many pairs in person-key blocks there is nothing to learn from. */
const fewestPairs = 500
/** The generator has many twins and namesakes on purpose; this much of it is believed. */
const twinsAndNamesakes = 0.1
const pseudoSame = 60
const pseudoHousehold = 200
const pseudoStrangers = 50

/** Room per comparison in a flat table: 15 levels, and the last cell for "nothing to compare". */
const slots = 16

/** How often each vector occurs, ascending by vector. A sample may stand for `pairs` pairs. */
export function histogram(vectors: Uint32Array, pairs = vectors.length): Histogram {
  const weight = vectors.length === 0 ? 1 : pairs / vectors.length
  const sorted = vectors.slice().sort()
  const counts: number[] = []
  let kept = 0
  for (let k = 0; k < sorted.length; k++) {
    if (k > 0 && sorted[k] === sorted[k - 1]) counts[kept - 1] = counts[kept - 1]! + 1
    else {
      sorted[kept++] = sorted[k]!
      counts.push(1)
    }
  }
  const cells = new Uint8Array(kept * COMPARISONS.length)
  for (let k = 0; k < kept; k++) {
    for (let f = 0; f < COMPARISONS.length; f++) {
      const level = levelOf(sorted[k]!, f)
      cells[k * COMPARISONS.length + f] = f * slots + (weighsNothing(f, level) ? slots - 1 : level)
    }
  }
  return { counts: Float64Array.from(counts, (count) => count * weight), cells, pairs }
}

export async function estimate(evidence: Evidence, shipped: Model, pause: Pause): Promise<Model> {
  const learnable = evidence.blocks.reduce((sum, block) => sum + block.seen.pairs, 0) >= fewestPairs
  let model: Model = { ...shipped, ...startingPriors(evidence.allPairs) }
  // Random pairs are not all strangers: where one person fills a connection, hardly any is. The shipped model takes out the plain matches.
  model = { ...model, u: blend(strangersIn(evidence.random, model), shipped.u, pseudoStrangers) }
  model = { ...model, household: householdOf(model, shipped, null) }
  for (let round = 0; round < rounds; round++) {
    await pause()
    if (learnable) model = { ...model, m: trainM(evidence.blocks, model, shipped) }
    model = trainPriors(evidence, model, shipped, learnable)
    model = { ...model, u: blend(strangersIn(evidence.random, model), shipped.u, pseudoStrangers) }
  }
  return model
}

function strangersIn(random: Histogram, model: Model): number[][] {
  const { same, household } = chancesOf(random, model)
  return tally(
    random,
    same.map((chance, k) => 1 - chance - household[k]!),
  )
}

function startingPriors(allPairs: number): {
  probabilityTwoRandomRecordsMatch: number
  probabilityTwoRandomRecordsShareHousehold: number
} {
  const pairs = Math.max(allPairs, 1)
  const people = Math.sqrt(2 * pairs)
  return {
    probabilityTwoRandomRecordsMatch: Math.min(0.1, (0.3 * people) / pairs),
    probabilityTwoRandomRecordsShareHousehold: Math.min(0.1, (0.1 * people) / pairs),
  }
}

/** Weighted counts of every level of every comparison. */
function tally(seen: Histogram, weights: Float64Array, skip: readonly number[] = []): number[][] {
  const sums = new Float64Array(COMPARISONS.length * slots)
  const { cells, counts } = seen
  for (let k = 0, at = 0; k < counts.length; k++) {
    const weight = counts[k]! * weights[k]!
    for (let f = 0; f < COMPARISONS.length; f++, at++) {
      const cell = cells[at]!
      sums[cell] = sums[cell]! + weight
    }
  }
  return COMPARISONS.map((comparison, f) =>
    comparison.levels.map((_, level) => (skip.includes(f) ? 0 : sums[f * slots + level]!)),
  )
}

/** Counts plus the shipped probabilities as so many pseudo-counts, as probabilities. */
function blend(
  counts: readonly (readonly number[])[],
  shipped: LevelProbabilities,
  pseudo: number,
): LevelProbabilities {
  return counts.map((levels, f) => probabilitiesFrom(levels, f, pseudo, shipped[f]!))
}

interface Chances {
  readonly same: Float64Array
  readonly household: Float64Array
  /** Sums over pairs, not vectors. */
  readonly allSame: number
  readonly allHousehold: number
}

/** Chances of the classes for every vector, COMPARISONS in `skip` not looked at. */
function chancesOf(seen: Histogram, model: Model, skip: readonly number[] = []): Chances {
  const { cells, counts } = seen
  const probabilities = [model.m, model.household, model.u].map((of) => flatProbabilities(of, skip)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  const [m, ofHousehold, u] = probabilities
  const rest = Math.max(
    1e-12,
    1 - model.probabilityTwoRandomRecordsMatch - model.probabilityTwoRandomRecordsShareHousehold,
  )
  const same = new Float64Array(counts.length)
  const household = new Float64Array(counts.length)
  let allSame = 0
  let allHousehold = 0
  for (let k = 0, at = 0; k < counts.length; k++) {
    let a = model.probabilityTwoRandomRecordsMatch
    let b = model.probabilityTwoRandomRecordsShareHousehold
    let c = rest
    for (let f = 0; f < COMPARISONS.length; f++, at++) {
      const cell = cells[at]!
      a *= m[cell]!
      b *= ofHousehold[cell]!
      c *= u[cell]!
    }
    const sum = a + b + c
    same[k] = a / sum
    household[k] = b / sum
    allSame += (a / sum) * counts[k]!
    allHousehold += (b / sum) * counts[k]!
  }
  return { same, household, allSame, allHousehold }
}

/** LevelProbabilities by cell; what is not compared (and every level of a skipped comparison) counts as 1. */
function flatProbabilities(probabilities: LevelProbabilities, skip: readonly number[]): Float64Array {
  const flat = new Float64Array(COMPARISONS.length * slots).fill(1)
  for (const [f, levels] of probabilities.entries()) {
    if (!skip.includes(f)) for (const [level, probability] of levels.entries()) flat[f * slots + level] = probability
  }
  return flat
}

/** m: pooled over the blocks, each with its own shares of the classes and its own COMPARISONS left out. */
function trainM(blocks: readonly KeyedBlock[], model: Model, shipped: Model): LevelProbabilities {
  let m = model.m
  const shares = blocks.map(() => ({
    probabilityTwoRandomRecordsMatch: 0.5,
    probabilityTwoRandomRecordsShareHousehold: 0.1,
  }))
  for (let step = 0; step < emSteps; step++) {
    const pooled = COMPARISONS.map((comparison) => new Array<number>(comparison.levels.length).fill(0))
    for (const [index, block] of blocks.entries()) {
      const share = shares[index]
      if (block.seen.pairs === 0 || share === undefined) continue
      const skip = leftOut[block.key]
      const chances = chancesOf(block.seen, { ...model, m, ...share }, skip)
      share.probabilityTwoRandomRecordsMatch = (chances.allSame + 1) / (block.seen.pairs + 3)
      share.probabilityTwoRandomRecordsShareHousehold = (chances.allHousehold + 1) / (block.seen.pairs + 3)
      for (const [f, counts] of tally(block.seen, chances.same, skip).entries()) {
        const of = pooled[f]!
        for (const [level, count] of counts.entries()) of[level] = of[level]! + count
      }
    }
    m = blend(pooled, shipped.m, pseudoSame)
  }
  return m
}

/** Shared COMPARISONS as learned (or shipped), the rest as strangers with a small share of twins and namesakes. */
function householdOf(model: Model, shipped: Model, learned: LevelProbabilities | null): LevelProbabilities {
  return COMPARISONS.map((_, f) => {
    if (householdFields.includes(f)) return (learned ?? shipped.household)[f]!
    if (!householdAsStrangers.includes(f)) return shipped.household[f]!
    const twins = f === FIRST || f === DOB || f === SSN ? twinsAndNamesakes : 0
    return model.u[f]!.map(
      (probability, level) => (1 - twins) * probability + twins * (shipped.household[f]?.[level] ?? 0),
    )
  })
}

function trainPriors(evidence: Evidence, start: Model, shipped: Model, learnable: boolean): Model {
  let model = start
  const people = Math.sqrt(2 * Math.max(1, evidence.allPairs))
  for (let step = 0; step < priorSteps; step++) {
    const { household, allSame, allHousehold } = chancesOf(evidence.candidates, model)
    const learned = learnable ? blend(tally(evidence.candidates, household), shipped.household, pseudoHousehold) : null
    const homes = learnable ? allHousehold + 0.002 * people : Math.max(allHousehold, 0.2 * allSame)
    // A few pseudo-pairs keep the priors off zero where nobody recurs.
    const pairs = Math.max(1, evidence.allPairs) + 10
    model = {
      ...model,
      household: householdOf(model, shipped, learned),
      probabilityTwoRandomRecordsMatch: Math.min(0.3, (allSame + 0.01 * people + 0.5) / pairs),
      probabilityTwoRandomRecordsShareHousehold: Math.min(0.3, (homes + 0.5) / pairs),
    }
  }
  return model
}
