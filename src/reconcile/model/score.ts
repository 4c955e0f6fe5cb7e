/**
 * A vector of levels → the odds that two records are one person.
 *
 * Three classes, not two: the same person; another person of the same household (last name, address, phone agree, the rest as among
 * strangers); strangers. Without the second, a family at one address counts as agreeing on everything that matters.
 * Agreement on a rare name says more than on a common one: an equal name is weighed by how often others bear it (term frequency).
 */

import { COMPARISONS, FIRST, firstLevel, LAST, lastLevel, levelOf, weighsNothing } from '../comparison/levels.ts'
import type { Columns } from '../records/record-table.ts'

/** Probability of each level, by comparison, then level; each comparison's levels sum to 1. */
export type LevelProbabilities = readonly (readonly number[])[]

export interface Model {
  /** Among pairs that are one person, of one household, strangers. */
  readonly m: LevelProbabilities
  readonly household: LevelProbabilities
  readonly u: LevelProbabilities
  /** Share of all eligible pairs that are one person, or of one household. */
  readonly probabilityTwoRandomRecordsMatch: number
  readonly probabilityTwoRandomRecordsShareHousehold: number
}

/** How often others bear a name: shares by text number, for first and last names. */
export interface NameShares {
  readonly first: Float32Array
  readonly last: Float32Array
}

/** No weight counts for more, so that no single pair decides over a cluster. */
const mostBits = 20

/** No name counts as rarer than one in a million: beyond that the counts say nothing. */
const rarest = 1e-6

export interface Scorer {
  /** Log2 odds of "one person", clamped to ±20 bits. */
  weight(vector: number, i: number, j: number): number
  /** False where no rarity of names can lift the vector above `bits`: most pairs end here. */
  mayExceed(vector: number, bits: number): boolean
  /** Chance that two records are of one household and yet two people, if households were `shift` bits likelier; names unweighed. */
  household(vector: number, shift: number): number
  /** Bits of every comparison that had something to compare; they add up to about the weight less the prior. */
  parts(vector: number, i: number, j: number): { comparison: number; level: number; bits: number }[]
}

interface Base {
  readonly same: number
  readonly household: number
  readonly strangers: number
}

export function makeScorer(model: Model, columns: Columns, shares: NameShares): Scorer {
  const bases = new Map<number, Base>()
  const { first, last } = columns
  const logs = {
    m: model.m.map((levels) => levels.map(Math.log2)),
    household: model.household.map((levels) => levels.map(Math.log2)),
    u: model.u.map((levels) => levels.map(Math.log2)),
  }
  const priors = {
    same: Math.log2(model.probabilityTwoRandomRecordsMatch),
    household: Math.log2(model.probabilityTwoRandomRecordsShareHousehold),
    strangers: Math.log2(1 - model.probabilityTwoRandomRecordsMatch - model.probabilityTwoRandomRecordsShareHousehold),
  }
  const baseOf = (vector: number): Base => {
    let { same, household, strangers } = priors
    for (let f = 0; f < COMPARISONS.length; f++) {
      const level = levelOf(vector, f)
      if (weighsNothing(f, level)) continue
      same += logs.m[f]?.[level] ?? 0
      household += logs.household[f]?.[level] ?? 0
      strangers += logs.u[f]?.[level] ?? 0
    }
    const base = { same, household, strangers }
    bases.set(vector, base)
    return base
  }
  const firstUsual = logs.u[FIRST]?.[firstLevel.equal] ?? 0
  const lastUsual = logs.u[LAST]?.[lastLevel.equal] ?? 0
  /** What two rare names together can add. */
  const mostRarity = firstUsual + lastUsual - 2 * Math.log2(rarest)
  /** Bits by which strangers agree on this very name more (or less) often than on a name in general. */
  const firstShift = (vector: number, i: number): number =>
    levelOf(vector, FIRST) === firstLevel.equal ? Math.log2(shares.first[first[i]!]!) - firstUsual : 0
  const lastShift = (vector: number, i: number): number =>
    levelOf(vector, LAST) === lastLevel.equal ? Math.log2(shares.last[last[i]!]!) - lastUsual : 0

  return {
    weight: (vector, i) => {
      const base = bases.get(vector) ?? baseOf(vector)
      const given = firstShift(vector, i)
      // A family shares its last name whether it is rare or not: only strangers feel that one.
      const apart = addLogs(base.household + given, base.strangers + given + lastShift(vector, i))
      return clamp(base.same - apart)
    },
    mayExceed: (vector, bits) => {
      const base = bases.get(vector) ?? baseOf(vector)
      return base.same - (base.household > base.strangers ? base.household : base.strangers) > bits - mostRarity
    },
    household: (vector, shift) => {
      const { same, household, strangers } = bases.get(vector) ?? baseOf(vector)
      return 2 ** (household + shift - addLogs(same, addLogs(household + shift, strangers)))
    },
    parts: (vector, i) => {
      const base = bases.get(vector) ?? baseOf(vector)
      const given = firstShift(vector, i)
      const family = lastShift(vector, i)
      const household = base.household + given
      const strangers = base.strangers + given + family
      // The two ways of being apart share each comparison's bits by how likely each is for this pair.
      const share = 2 ** (household - addLogs(household, strangers))
      const parts: { comparison: number; level: number; bits: number }[] = []
      for (let f = 0; f < COMPARISONS.length; f++) {
        const level = levelOf(vector, f)
        if (level === (COMPARISONS[f] as { none: number }).none) continue
        if (weighsNothing(f, level)) {
          parts.push({ comparison: f, level, bits: 0 })
          continue
        }
        const shift = f === FIRST ? given : f === LAST ? family * (1 - share) : 0
        const apart = share * (logs.household[f]?.[level] ?? 0) + (1 - share) * (logs.u[f]?.[level] ?? 0) + shift
        parts.push({ comparison: f, level, bits: (logs.m[f]?.[level] ?? 0) - apart })
      }
      return parts
    },
  }
}

export function clamp(bits: number): number {
  return bits > mostBits ? mostBits : bits < -mostBits ? -mostBits : bits
}

/** log2(2^a + 2^b) without leaving the logs. */
function addLogs(a: number, b: number): number {
  const high = a > b ? a : b
  return high + Math.log2(1 + 2 ** ((a > b ? b : a) - high))
}

/** Log2 odds → probability. */
export function probability(bits: number): number {
  return 1 / (1 + 2 ** -bits)
}

/** What a name's share is before anyone of this customer is counted: shares of known names, and of a name not in the list. */
export interface NamePrior {
  readonly first: ReadonlyMap<number, number>
  readonly last: ReadonlyMap<number, number>
  readonly unlistedFirst: number
  readonly unlistedLast: number
  /** The prior counts as this many people. */
  readonly people: number
}

/**
 * Shares of names among other people. `copies` is the mean number of records per person: a name borne once, four times over, is borne by no
 * one else. Shrunk toward the prior, which decides while the directory is small.
 */
export function nameShares(columns: Columns, prior: NamePrior, copies: number): NameShares {
  const count = (column: Int32Array, known: ReadonlyMap<number, number>, unlisted: number): Float32Array => {
    const counts = new Float32Array(columns.texts.count)
    let named = 0
    for (const name of column) {
      if (name === 0) continue
      counts[name] = counts[name]! + 1
      named++
    }
    const others = Math.max(0, named / copies - 1) + prior.people
    for (let name = 1; name < counts.length; name++) {
      const bearers = counts[name]!
      if (bearers === 0) continue
      const expected = (known.get(name) ?? unlisted) * prior.people
      counts[name] = Math.max(rarest, (Math.max(0, bearers / copies - 1) + expected) / others)
    }
    return counts
  }
  return {
    first: count(columns.first, prior.first, prior.unlistedFirst),
    last: count(columns.last, prior.last, prior.unlistedLast),
  }
}
