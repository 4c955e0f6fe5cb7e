/**
 * Learns the model from the people themselves, without labels.
 *
 * Each part is learned where it can be trusted, in this order:
 * - u from random pairs, less the matches among them;
 * - m by expectation maximization on pairs that share a key of one person (date of birth, both names, SSN, e-mail), the
 *   comparisons of that key left out; never on postcode or surname, where families would be taken for matches;
 * - household on the candidate pairs, only the comparisons a household shares, with m held fixed: otherwise household
 * and m
 *   drift together;
 * - the priors by iteration to a fixed point.
 * Pseudo-counts pull everything toward the shipped model; a small customer keeps that model.
 */
import type { TrainingRule } from '../blocking/training-pairs.ts'
import { AT, COMPARISONS } from '../comparison/vector.ts'
import type { Pause } from '../pause.ts'
import { probabilitiesFrom } from './level-probabilities.ts'
import type { LevelProbabilities, Model } from './model.ts'
import { type ClassProbabilities, classProbabilities, countLevels, type VectorCounts } from './vector-counts.ts'

export interface TrainingBlock {
  readonly rule: TrainingRule
  readonly seen: VectorCounts
}

export interface TrainingData {
  readonly random: VectorCounts
  readonly blocks: readonly TrainingBlock[]
  readonly candidates: VectorCounts
  /** Number of all eligible pairs of the customer, compared or not. */
  readonly allPairs: number
}

/** Comparisons that pairs of a block agree on by selection. */
const LEFT_OUT: Record<TrainingRule, readonly number[]> = {
  dob: [AT.dob],
  names: [AT.firstName, AT.lastName],
  ssn: [AT.ssn],
  email: [AT.email],
}

const SHARED_BY_HOUSEHOLD: readonly number[] = [AT.lastName, AT.email, AT.phone, AT.address, AT.unit]
/** Here the members of a household are like random people, but for twins and namesakes. */
const PERSONAL: readonly number[] = [AT.firstName, AT.middleName, AT.dob, AT.ssn]
const ALIKE_IN_TWINS: readonly number[] = [AT.firstName, AT.dob, AT.ssn]
/** The generator has many twins and namesakes on purpose; this much of it is believed. */
const TWINS_AND_NAMESAKES = 0.1

const EM_STEPS = 15
const PRIOR_STEPS = 8
const ROUNDS = 3
/** With fewer pairs in all blocks, m is not learned. */
const FEWEST_PAIRS = 500
const GREATEST_PRIOR = 0.3
const PSEUDO_M = 60
const PSEUDO_HOUSEHOLD = 200
const PSEUDO_U = 50

type Priors = Pick<Model, 'probabilityTwoRandomRecordsMatch' | 'probabilityTwoRandomRecordsShareHousehold'>

export async function train(data: TrainingData, shipped: Model, pause: Pause): Promise<Model> {
  const learnable = data.blocks.reduce((sum, { seen }) => sum + seen.pairs, 0) >= FEWEST_PAIRS
  let model: Model = { ...shipped, ...startingPriors(data.allPairs) }
  model = { ...model, u: trainU(data.random, model, shipped) }
  model = { ...model, household: householdFrom(model, shipped, null) }
  for (let round = 0; round < ROUNDS; round++) {
    await pause()
    if (learnable) model = { ...model, m: trainM(data.blocks, model, shipped) }
    model = trainPriors(data, model, shipped, learnable)
    model = { ...model, u: trainU(data.random, model, shipped) }
  }
  return model
}

function startingPriors(allPairs: number): Priors {
  const pairs = Math.max(allPairs, 1)
  const people = Math.sqrt(2 * pairs)
  return {
    probabilityTwoRandomRecordsMatch: Math.min(0.1, (0.3 * people) / pairs),
    probabilityTwoRandomRecordsShareHousehold: Math.min(0.1, (0.1 * people) / pairs),
  }
}

/** Random pairs are not all strangers where one person fills a connection; the model so far takes out the matches. */
function trainU(random: VectorCounts, model: Model, shipped: Model): LevelProbabilities {
  const { match, household } = classProbabilities(random, model)
  const strangers = match.map((chance, k) => 1 - chance - household[k]!)
  return blend(countLevels(random, strangers), shipped.u, PSEUDO_U)
}

/** Counts plus the shipped probabilities as that many pseudo-counts. */
function blend(
  counts: readonly (readonly number[])[],
  shipped: LevelProbabilities,
  pseudo: number,
): LevelProbabilities {
  return counts.map((levels, place) => probabilitiesFrom(levels, place, pseudo, shipped[place]!))
}

/** Pooled over the blocks, each with its own priors and its own comparisons left out. */
function trainM(blocks: readonly TrainingBlock[], model: Model, shipped: Model): LevelProbabilities {
  let { m } = model
  const priors = blocks.map(() => ({
    probabilityTwoRandomRecordsMatch: 0.5,
    probabilityTwoRandomRecordsShareHousehold: 0.1,
  }))
  for (let step = 0; step < EM_STEPS; step++) {
    const pooled = COMPARISONS.map(({ levels }) => new Array<number>(levels.length).fill(0))
    for (const [index, { rule, seen }] of blocks.entries()) {
      const prior = priors[index]!
      if (seen.pairs === 0) continue
      const skip = LEFT_OUT[rule]
      const classes = classProbabilities(seen, { ...model, m, ...prior }, skip)
      prior.probabilityTwoRandomRecordsMatch = (classes.matches + 1) / (seen.pairs + 3)
      prior.probabilityTwoRandomRecordsShareHousehold = (classes.households + 1) / (seen.pairs + 3)
      addCounts(pooled, countLevels(seen, classes.match, skip))
    }
    m = blend(pooled, shipped.m, PSEUDO_M)
  }
  return m
}

function addCounts(into: readonly number[][], counts: readonly (readonly number[])[]): void {
  for (const [place, levels] of counts.entries())
    for (const [level, count] of levels.entries()) into[place]![level] = into[place]![level]! + count
}

/** Shared comparisons as learned (or shipped); the personal ones as u with a small share of twins and namesakes. */
function householdFrom(model: Model, shipped: Model, learned: LevelProbabilities | null): LevelProbabilities {
  return COMPARISONS.map((_, place) => {
    if (SHARED_BY_HOUSEHOLD.includes(place)) return (learned ?? shipped.household)[place]!
    if (!PERSONAL.includes(place)) return shipped.household[place]!
    const twins = ALIKE_IN_TWINS.includes(place) ? TWINS_AND_NAMESAKES : 0
    return model.u[place]!.map((u, level) => (1 - twins) * u + twins * shipped.household[place]![level]!)
  })
}

function trainPriors(data: TrainingData, start: Model, shipped: Model, learnable: boolean): Model {
  let model = start
  const people = Math.sqrt(2 * Math.max(1, data.allPairs))
  // A few pseudo-pairs keep the priors off zero where nobody recurs.
  const pairs = Math.max(1, data.allPairs) + 10
  for (let step = 0; step < PRIOR_STEPS; step++) {
    const classes: ClassProbabilities = classProbabilities(data.candidates, model)
    const { matches, households } = classes
    const learned = learnable
      ? blend(countLevels(data.candidates, classes.household), shipped.household, PSEUDO_HOUSEHOLD)
      : null
    const homes = learnable ? households + 0.002 * people : Math.max(households, 0.2 * matches)
    model = {
      ...model,
      household: householdFrom(model, shipped, learned),
      probabilityTwoRandomRecordsMatch: Math.min(GREATEST_PRIOR, (matches + 0.01 * people + 0.5) / pairs),
      probabilityTwoRandomRecordsShareHousehold: Math.min(GREATEST_PRIOR, (homes + 0.5) / pairs),
    }
  }
  return model
}
