/**
 * What is merged without a question, what a person is asked about, what is kept apart. A wrong merge pays someone
 * else's wage; a missed one costs a question. So two clusters merge only at 99 % or more, 6 bits ahead of any other
 * candidate, when more agrees than names and a home, and with no conflict (twins' first names, two SSNs). All else
 * above even odds is asked, with the cause.
 */
import { datesConflict } from '../comparison/dates.ts'
import {
  DOB_AGREES,
  EMAIL,
  FIRST_NAME,
  isIn,
  levelSet,
  NAMES_APART,
  PHONE,
  SSN,
  START_DATE,
  STREET_AGREES,
  SUFFIX,
} from '../comparison/levels.ts'
import { AT, levelOf } from '../comparison/vector.ts'
import type { WeightedPair } from '../model/score.ts'
import { HOUSEHOLD_MERGE_THRESHOLD, MERGE_THRESHOLD } from '../thresholds.ts'
import type { ReviewCause } from '../types.ts'
import type { PairEvidence } from './evidence.ts'

/** Match weight that a pair must be ahead of its second best candidate. */
const LEAD_OVER_RIVAL = 6
/** Two large clusters are compared by this many rows of each. */
const SAMPLED_ROWS = 12

const SSN_AGREES = levelSet(SSN.oneSlip, SSN.equal)
const EMAIL_AGREES = levelSet(EMAIL.alike, EMAIL.shared, EMAIL.sameLocal, EMAIL.equal)
const PHONE_AGREES = levelSet(PHONE.shared, PHONE.equal)

/** What agrees beside names: nothing, what a household shares, or something of the person's own. */
type Support = 'names' | 'household' | 'personal'

/** What all pairs across two clusters say together. */
export interface ClusterComparison {
  readonly meanWeight: number
  readonly best: WeightedPair
  /** Match weight of the best pair by its two records alone. */
  readonly ownWeight: number
  readonly conflict: ReviewCause | null
  readonly support: Support
  readonly ssnEqual: boolean
}

/** What holds for at least one pair across two clusters. */
interface Findings {
  ssnEqual: boolean
  ssnDiffers: boolean
  emailEqual: boolean
  suffixDiffers: boolean
  dobAgrees: boolean
  dobConflicts: boolean
  firstNameAgrees: boolean
  firstNameDiffers: boolean
  personal: boolean
  household: boolean
}

export function compareClusters(
  a: readonly number[],
  b: readonly number[],
  { records, compare, matchWeight, oneToOne }: PairEvidence,
): ClusterComparison {
  const found = nothingFound()
  let sum = 0
  let pairs = 0
  let best = { i: -1, j: -1, matchWeight: Number.NEGATIVE_INFINITY }
  const aStep = Math.max(1, Math.floor(a.length / SAMPLED_ROWS))
  const bStep = Math.max(1, Math.floor(b.length / SAMPLED_ROWS))
  for (let p = 0; p < a.length; p += aStep) {
    for (let q = 0; q < b.length; q += bStep) {
      const i = Math.min(a[p]!, b[q]!)
      const j = Math.max(a[p]!, b[q]!)
      const weight = matchWeight(i, j)
      sum += weight
      pairs++
      if (weight > best.matchWeight) best = { i, j, matchWeight: weight }
      note(found, compare(i, j), records.dob[i]!, records.dob[j]!)
    }
  }
  return {
    meanWeight: sum / pairs,
    best,
    ownWeight: best.matchWeight - oneToOne(best.i, best.j),
    conflict: conflictIn(found),
    support: found.personal ? 'personal' : found.household ? 'household' : 'names',
    ssnEqual: found.ssnEqual,
  }
}

function nothingFound(): Findings {
  return {
    ssnEqual: false,
    ssnDiffers: false,
    emailEqual: false,
    suffixDiffers: false,
    dobAgrees: false,
    dobConflicts: false,
    firstNameAgrees: false,
    firstNameDiffers: false,
    personal: false,
    household: false,
  }
}

function note(found: Findings, vector: number, dobA: number, dobB: number): void {
  const ssn = levelOf(vector, AT.ssn)
  const firstName = levelOf(vector, AT.firstName)
  found.ssnDiffers ||= ssn === SSN.differs
  found.ssnEqual ||= ssn === SSN.equal
  found.emailEqual ||= levelOf(vector, AT.email) === EMAIL.equal
  found.suffixDiffers ||= levelOf(vector, AT.suffix) === SUFFIX.differs
  found.dobConflicts ||= datesConflict(dobA, dobB)
  found.dobAgrees ||= isIn(DOB_AGREES, levelOf(vector, AT.dob))
  found.firstNameDiffers ||= isIn(NAMES_APART, firstName)
  found.firstNameAgrees ||= !isIn(NAMES_APART, firstName) && firstName !== FIRST_NAME.none
  found.personal ||= agreesOnPersonal(vector)
  found.household ||= agreesOnHousehold(vector)
}

/** An equal SSN outweighs everything else. */
function conflictIn(found: Findings): ReviewCause | null {
  if (found.ssnEqual) return null
  if (found.ssnDiffers) return 'ssn_differs'
  if (found.suffixDiffers) return 'suffix_differs'
  if (found.dobConflicts && !found.emailEqual && !found.dobAgrees) return 'dob_differs'
  return found.firstNameDiffers && !found.firstNameAgrees ? 'first_name_differs' : null
}

/** Something that a namesake does not share, not even one of the same household. */
function agreesOnPersonal(vector: number): boolean {
  return (
    isIn(DOB_AGREES, levelOf(vector, AT.dob)) ||
    isIn(SSN_AGREES, levelOf(vector, AT.ssn)) ||
    levelOf(vector, AT.startDate) === START_DATE.equal
  )
}

/** A mailbox, a phone, a street: strong, but whole families have one. */
function agreesOnHousehold(vector: number): boolean {
  return (
    isIn(PHONE_AGREES, levelOf(vector, AT.phone)) ||
    isIn(EMAIL_AGREES, levelOf(vector, AT.email)) ||
    isIn(STREET_AGREES, levelOf(vector, AT.address))
  )
}

/** Null: the two are merged. `rivalWeight` is the mean weight of the best other candidate that excludes this one. */
export function reviewCause(across: ClusterComparison, rivalWeight: number): ReviewCause | null {
  if (across.conflict !== null) return across.conflict
  if (across.support === 'names') return 'names_only'
  if (across.support === 'household' && across.ownWeight < HOUSEHOLD_MERGE_THRESHOLD) return 'household_only'
  if (across.best.matchWeight < MERGE_THRESHOLD || across.meanWeight <= 0) return 'uncertain'
  if (rivalWeight > 0 && across.meanWeight - rivalWeight < LEAD_OVER_RIVAL) return 'close_second'
  return null
}
