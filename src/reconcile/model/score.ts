/**
 * Comparison vector → match weight: the log2 odds that two records are one person, priors included. A weight of 0 is
 * even odds.
 */
import { FIRST_NAME, LAST_NAME } from '../comparison/levels.ts'
import { AT, COMPARISONS, levelOf, weighsNothing } from '../comparison/vector.ts'
import type { RecordTable } from '../records/record-table.ts'
import type { LevelProbabilities, Model } from './model.ts'
import { RAREST, type TermFrequencies } from './term-frequency.ts'

/** No weight counts for more, so that no single pair decides over a cluster. */
const GREATEST_WEIGHT = 20

/** Two rows, i < j. */
export interface WeightedPair {
  readonly i: number
  readonly j: number
  readonly matchWeight: number
}

/** What one comparison adds to a match weight. */
export interface PartialMatchWeight {
  readonly place: number
  readonly level: number
  readonly matchWeight: number
}

export interface Scorer {
  /** Clamped to ±20. `i` is either record: names that are equal are equally common. */
  matchWeight(vector: number, i: number): number
  /** False where no rare name can lift the vector above `matchWeight`. Most pairs end here. */
  mayExceed(vector: number, matchWeight: number): boolean
  /**
   * Probability that two records are two people of one household, if households were `shift` bits likelier; names
   * unweighed.
   */
  household(vector: number, shift: number): number
  /** For every comparison that had something to compare. Their sum is about the match weight less the prior. */
  partialMatchWeights(vector: number, i: number): PartialMatchWeight[]
}

/** Log2 of prior times likelihood, by class. */
interface Joint {
  readonly m: number
  readonly household: number
  readonly u: number
}

const logsOf = (probabilities: LevelProbabilities) => probabilities.map((levels) => levels.map(Math.log2))

export function makeScorer(model: Model, records: RecordTable, frequencies: TermFrequencies): Scorer {
  const known = new Map<number, Joint>()
  const { first, last } = records
  const logs = { m: logsOf(model.m), household: logsOf(model.household), u: logsOf(model.u) }
  const { probabilityTwoRandomRecordsMatch: match, probabilityTwoRandomRecordsShareHousehold: household } = model
  const priors = { m: Math.log2(match), household: Math.log2(household), u: Math.log2(1 - match - household) }
  const compute = (vector: number): Joint => {
    let { m, household, u } = priors
    for (let place = 0; place < COMPARISONS.length; place++) {
      const level = levelOf(vector, place)
      if (weighsNothing(place, level)) continue
      m += logs.m[place]![level]!
      household += logs.household[place]![level]!
      u += logs.u[place]![level]!
    }
    const joint = { m, household, u }
    known.set(vector, joint)
    return joint
  }
  const jointOf = (vector: number): Joint => known.get(vector) ?? compute(vector)
  const averageFirst = logs.u[AT.firstName]![FIRST_NAME.equal]!
  const averageLast = logs.u[AT.lastName]![LAST_NAME.equal]!
  /** What two rare names together can add. */
  const greatestAdjustment = averageFirst + averageLast - 2 * Math.log2(RAREST)
  /** By how much two random people agree on this very name more often than on an average one. */
  const adjustFirst = (vector: number, i: number): number =>
    levelOf(vector, AT.firstName) === FIRST_NAME.equal ? Math.log2(frequencies.first[first[i]!]!) - averageFirst : 0
  const adjustLast = (vector: number, i: number): number =>
    levelOf(vector, AT.lastName) === LAST_NAME.equal ? Math.log2(frequencies.last[last[i]!]!) - averageLast : 0

  return {
    matchWeight: (vector, i) => {
      const joint = jointOf(vector)
      const given = adjustFirst(vector, i)
      // A family shares its last name whether it is rare or not, so its rarity counts against random pairs only.
      const twoPeople = addLogs(joint.household + given, joint.u + given + adjustLast(vector, i))
      return clamp(joint.m - twoPeople)
    },
    mayExceed: (vector, matchWeight) => {
      const { m, household, u } = jointOf(vector)
      return m - (household > u ? household : u) > matchWeight - greatestAdjustment
    },
    household: (vector, shift) => {
      const { m, household, u } = jointOf(vector)
      return 2 ** (household + shift - addLogs(m, addLogs(household + shift, u)))
    },
    partialMatchWeights: (vector, i) => {
      const joint = jointOf(vector)
      const given = adjustFirst(vector, i)
      const family = adjustLast(vector, i)
      const household = joint.household + given
      const random = joint.u + given + family
      // The two ways of being two people share each comparison's weight by how likely each is for this pair.
      const share = 2 ** (household - addLogs(household, random))
      const parts: PartialMatchWeight[] = []
      for (let place = 0; place < COMPARISONS.length; place++) {
        const level = levelOf(vector, place)
        if (level === COMPARISONS[place]!.none) continue
        if (weighsNothing(place, level)) {
          parts.push({ place, level, matchWeight: 0 })
          continue
        }
        const adjustment = place === AT.firstName ? given : place === AT.lastName ? family * (1 - share) : 0
        const twoPeople = share * logs.household[place]![level]! + (1 - share) * logs.u[place]![level]! + adjustment
        parts.push({ place, level, matchWeight: logs.m[place]![level]! - twoPeople })
      }
      return parts
    },
  }
}

export function clamp(matchWeight: number): number {
  return matchWeight > GREATEST_WEIGHT
    ? GREATEST_WEIGHT
    : matchWeight < -GREATEST_WEIGHT
      ? -GREATEST_WEIGHT
      : matchWeight
}

/** log2(2^a + 2^b) without leaving the logs. */
function addLogs(a: number, b: number): number {
  const high = a > b ? a : b
  return high + Math.log2(1 + 2 ** ((a > b ? b : a) - high))
}

export function probability(matchWeight: number): number {
  return 1 / (1 + 2 ** -matchWeight)
}
