/**
 * Learns the model from the people themselves, without any labels.
 *
 * Order matters, and each part learns only where it can be trusted:
 * - u (strangers) from random pairs, less the matches among them;
 * - m (one person) by EM inside blocks that share a person's key (dob; both names; ssn; e-mail), the block's own fields left out, never on
 *   postcode or surname, where families would be taken for matches;
 * - household: only its own shared fields, on the candidates, with m held fast: else it and m run away with each other;
 * - the priors from their own fixed point.
 * Everything is pulled towards the shipped model by pseudo-counts; a small customer keeps that model as it is.
 */
import { ADDRESS, DOB, EMAIL, FIRST, fields, LAST, levelOf, MIDDLE, PHONE, ratesFrom, SSN, UNIT } from './levels.ts'
import type { Model, Rates } from './score.ts'

/** Distinct patterns with how often each was seen, ascending by pattern. */
export interface Histogram {
  readonly patterns: Uint32Array
  readonly counts: Float64Array
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

/** Below this many pairs in person-key blocks there is nothing to learn from. */
const fewestPairs = 500
/** The generator has many twins and namesakes on purpose; this much of it is believed. */
const twinsAndNamesakes = 0.1
const pseudoSame = 60
const pseudoHousehold = 200
const pseudoStrangers = 50

export function histogram(patterns: Uint32Array): Histogram {
  const sorted = patterns.slice().sort()
  let kept = 0
  const counts: number[] = []
  for (let k = 0; k < sorted.length; k++) {
    if (k > 0 && sorted[k] === sorted[k - 1]) counts[kept - 1] = (counts[kept - 1] as number) + 1
    else {
      sorted[kept++] = sorted[k] as number
      counts.push(1)
    }
  }
  return { patterns: sorted.slice(0, kept), counts: Float64Array.from(counts) }
}

export function estimate(evidence: Evidence, shipped: Model): Model {
  const learnable = evidence.blocks.reduce((sum, block) => sum + total(block.seen), 0) >= fewestPairs
  let model: Model = {
    ...shipped,
    strangers: blend(tally(evidence.random, () => 1), shipped.strangers, pseudoStrangers),
    ...firstPriors(evidence.allPairs),
  }
  model = { ...model, household: householdOf(model, shipped, null) }
  for (let round = 0; round < 4; round++) {
    if (learnable) model = { ...model, same: learnSame(evidence.blocks, model, shipped) }
    model = learnPriors(evidence, model, shipped, learnable)
    const posterior = makePosterior(model)
    const strangers = tally(evidence.random, (pattern) => posterior(pattern).strangers)
    model = { ...model, strangers: blend(strangers, shipped.strangers, pseudoStrangers) }
  }
  return model
}

/** Mean chance of one person, over patterns: what summaries and tests ask. */
export function expectedSame(seen: Histogram, model: Model): number {
  const posterior = makePosterior(model)
  let sum = 0
  for (let k = 0; k < seen.patterns.length; k++) sum += posterior(seen.patterns[k] as number).same * (seen.counts[k] as number)
  return sum
}

function firstPriors(allPairs: number): { priorSame: number; priorHousehold: number } {
  const pairs = Math.max(allPairs, 1)
  const people = Math.sqrt(2 * pairs)
  return { priorSame: Math.min(0.1, (0.3 * people) / pairs), priorHousehold: Math.min(0.1, (0.1 * people) / pairs) }
}

function total(seen: Histogram): number {
  return seen.counts.reduce((sum, count) => sum + count, 0)
}

/** Weighted counts of every level of every field. */
function tally(seen: Histogram, weigh: (pattern: number) => number, skip: readonly number[] = []): number[][] {
  const counts = fields.map((field) => new Array<number>(field.levels.length).fill(0))
  for (let k = 0; k < seen.patterns.length; k++) {
    const pattern = seen.patterns[k] as number
    const weight = weigh(pattern) * (seen.counts[k] as number)
    if (weight === 0) continue
    for (let f = 0; f < fields.length; f++) {
      const level = levelOf(pattern, f)
      const of = counts[f] as number[]
      if (level < of.length && !skip.includes(f)) of[level] = (of[level] as number) + weight
    }
  }
  return counts
}

/** Counts plus the shipped rates as so many pseudo-counts, as rates. */
function blend(counts: readonly (readonly number[])[], shipped: Rates, pseudo: number): Rates {
  return counts.map((levels, f) => ratesFrom(levels, f, pseudo, shipped[f] as readonly number[]))
}

/** Chances of the three classes for a pattern, fields in `skip` not looked at. */
export function makePosterior(model: Model, skip: readonly number[] = []) {
  const rest = Math.max(1e-12, 1 - model.priorSame - model.priorHousehold)
  return (pattern: number): { same: number; household: number; strangers: number } => {
    let same = model.priorSame
    let household = model.priorHousehold
    let strangers = rest
    for (let f = 0; f < fields.length; f++) {
      const level = levelOf(pattern, f)
      const rates = model.same[f] as readonly number[]
      if (level >= rates.length || skip.includes(f)) continue
      same *= rates[level] as number
      household *= model.household[f]?.[level] as number
      strangers *= model.strangers[f]?.[level] as number
    }
    const sum = same + household + strangers
    return { same: same / sum, household: household / sum, strangers: strangers / sum }
  }
}

/** m: pooled over the blocks, each with its own shares of the classes and its own fields left out. */
function learnSame(blocks: readonly KeyedBlock[], model: Model, shipped: Model): Rates {
  let same = model.same
  const shares = blocks.map(() => ({ priorSame: 0.5, priorHousehold: 0.1 }))
  for (let step = 0; step < 25; step++) {
    const pooled = fields.map((field) => new Array<number>(field.levels.length).fill(0))
    for (const [index, block] of blocks.entries()) {
      const pairs = total(block.seen)
      const share = shares[index]
      if (pairs === 0 || share === undefined) continue
      const skip = leftOut[block.key]
      const posterior = makePosterior({ ...model, same, ...share }, skip)
      const classes = { same: 0, household: 0 }
      const counts = tally(
        block.seen,
        (pattern) => posterior(pattern).same,
        skip,
      )
      for (let k = 0; k < block.seen.patterns.length; k++) {
        const chance = posterior(block.seen.patterns[k] as number)
        classes.same += chance.same * (block.seen.counts[k] as number)
        classes.household += chance.household * (block.seen.counts[k] as number)
      }
      share.priorSame = (classes.same + 1) / (pairs + 3)
      share.priorHousehold = (classes.household + 1) / (pairs + 3)
      for (let f = 0; f < fields.length; f++) {
        for (const [level, count] of (counts[f] as number[]).entries()) {
          const of = pooled[f] as number[]
          of[level] = (of[level] as number) + count
        }
      }
    }
    same = blend(pooled, shipped.same, pseudoSame)
  }
  return same
}

/** Shared fields as learnt (or shipped), the rest as strangers with a small share of twins and namesakes. */
function householdOf(model: Model, shipped: Model, learnt: Rates | null): Rates {
  return fields.map((_, f) => {
    if (householdFields.includes(f)) return (learnt ?? shipped.household)[f] as readonly number[]
    if (!householdAsStrangers.includes(f)) return shipped.household[f] as readonly number[]
    const twins = f === FIRST || f === DOB || f === SSN ? twinsAndNamesakes : 0
    return (model.strangers[f] as readonly number[]).map(
      (rate, level) => (1 - twins) * rate + twins * (shipped.household[f]?.[level] ?? 0),
    )
  })
}

function learnPriors(evidence: Evidence, start: Model, shipped: Model, learnable: boolean): Model {
  let model = start
  const people = Math.sqrt(2 * Math.max(1, evidence.allPairs))
  for (let step = 0; step < 12; step++) {
    const posterior = makePosterior(model)
    let same = 0
    let household = 0
    for (let k = 0; k < evidence.candidates.patterns.length; k++) {
      const chance = posterior(evidence.candidates.patterns[k] as number)
      const count = evidence.candidates.counts[k] as number
      same += chance.same * count
      household += chance.household * count
    }
    const counts = tally(evidence.candidates, (pattern) => posterior(pattern).household)
    const learnt = learnable ? blend(counts, shipped.household, pseudoHousehold) : null
    // A few pseudo-pairs keep the priors off zero where nobody recurs.
    const pairs = Math.max(1, evidence.allPairs)
    model = {
      ...model,
      household: householdOf(model, shipped, learnt),
      priorSame: Math.min(0.3, (same + 0.01 * people + 0.5) / (pairs + 10)),
      priorHousehold: Math.min(0.3, (learnable ? household + 0.002 * people + 0.5 : Math.max(household, 0.2 * same) + 0.5) / (pairs + 10)),
    }
  }
  return model
}
