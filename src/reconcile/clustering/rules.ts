/**
 * What is merged by itself, what a person is asked about, what stays apart. The rule of trust: a wrong merge pays someone else's wage, a
 * missed one costs a question. So two clusters join by themselves only at 99 % or more, 6 bits ahead of any other candidate, on more than names
 * and a home, and with nothing hard against it: not twins' first names, not two numbers. Everything else above even odds goes to review, with the cause.
 */

import { datesConflict } from '../comparison/compare.ts'
import {
  ADDRESS,
  addressLevel,
  DOB,
  dobLevel,
  EMAIL,
  emailLevel,
  FIRST,
  firstLevel,
  levelOf,
  PHONE,
  phoneLevel,
  SSN,
  STARTED,
  SUFFIX,
  ssnLevel,
} from '../comparison/levels.ts'
import type { Columns } from '../records/record-table.ts'
import type { ReviewCause } from '../types.ts'

/** log2 odds of 99 %. */
export const sureBits = Math.log2(0.99 / 0.01)
/**
 * Father and son of one name share all that a home shares. So names and a home merge by themselves only where the customer's own people show
 * hardly any households (log2 odds of 99.9 %), and without the help of who is left over (exclusive.ts).
 */
const homeBits = Math.log2(0.999 / 0.001)
/** How far ahead of the second best. */
const leadBits = 6

/** What all pairs across two clusters say together. */
export interface Across {
  readonly mean: number
  readonly best: { readonly i: number; readonly j: number; readonly bits: number }
  /** Bits of the best pair by its fields alone. */
  readonly evidence: number
  /** The one hard thing against, if any. */
  readonly conflict: ReviewCause | null
  /** What agrees beside names: nothing, only what a household shares, or something of the person's own. */
  readonly support: 'names' | 'household' | 'own'
  readonly ssnEqual: boolean
}

export interface Judge {
  readonly columns: Columns
  readonly compare: (i: number, j: number) => number
  readonly weigh: (i: number, j: number) => number
  /** Bits in `weigh` that come from who is left over, not from the two records. */
  readonly shift: (i: number, j: number) => number
}

/** Two large clusters are judged by this many rows of each. */
const side = 12

export function lookAcross(a: readonly number[], b: readonly number[], judge: Judge): Across {
  const { columns } = judge
  let sum = 0
  let pairs = 0
  let best = { i: -1, j: -1, bits: Number.NEGATIVE_INFINITY }
  let ssnDiffers = false
  let ssnEqual = false
  let emailEqual = false
  let suffixDiffers = false
  let datesDiffer = false
  let datesAgree = false
  let own = false
  let household = false
  let firstDiffers = false
  let firstAgrees = false
  const aStep = Math.max(1, Math.floor(a.length / side))
  const bStep = Math.max(1, Math.floor(b.length / side))
  for (let p = 0; p < a.length; p += aStep) {
    for (let q = 0; q < b.length; q += bStep) {
      const i = Math.min(a[p]!, b[q]!)
      const j = Math.max(a[p]!, b[q]!)
      const vector = judge.compare(i, j)
      const bits = judge.weigh(i, j)
      sum += bits
      pairs++
      if (bits > best.bits) best = { i, j, bits }
      const ssn = levelOf(vector, SSN)
      if (ssn === ssnLevel.differs) ssnDiffers = true
      if (ssn === ssnLevel.equal) ssnEqual = true
      if (levelOf(vector, EMAIL) === emailLevel.equal) emailEqual = true
      if (levelOf(vector, SUFFIX) === 0) suffixDiffers = true
      const dates = levelOf(vector, DOB)
      if (datesConflict(columns.dob[i]!, columns.dob[j]!)) datesDiffer = true
      else if (dates >= dobLevel.twoParts && dates <= dobLevel.equal) datesAgree = true
      own ||= agreesOnOwn(vector)
      household ||= agreesOnHome(vector)
      const first = levelOf(vector, FIRST)
      if (first <= 1) firstDiffers = true
      else if (first <= firstLevel.halfSwapped) firstAgrees = true
    }
  }
  const conflict: ReviewCause | null = ssnEqual
    ? null
    : ssnDiffers
      ? 'ssn_differs'
      : suffixDiffers
        ? 'suffix_differs'
        : datesDiffer && !emailEqual && !datesAgree
          ? 'dob_differs'
          : firstDiffers && !firstAgrees
            ? 'first_name_differs'
            : null
  return {
    mean: sum / pairs,
    best,
    evidence: best.bits - judge.shift(best.i, best.j),
    conflict,
    support: own ? 'own' : household ? 'household' : 'names',
    ssnEqual,
  }
}

/** Something a namesake would not share, not even one of the same household: names alone never merge, nor names at one address. */
function agreesOnOwn(vector: number): boolean {
  const dob = levelOf(vector, DOB)
  if (dob >= dobLevel.twoParts && dob <= dobLevel.equal) return true
  const ssn = levelOf(vector, SSN)
  return (ssn >= ssnLevel.one && ssn <= ssnLevel.equal) || levelOf(vector, STARTED) === 2
}

/** A mailbox, a phone, an address: strong, but whole families have one. */
function agreesOnHome(vector: number): boolean {
  const address = levelOf(vector, ADDRESS)
  const phone = levelOf(vector, PHONE)
  const email = levelOf(vector, EMAIL)
  if (
    phone === phoneLevel.equal ||
    phone === phoneLevel.shared ||
    (email >= emailLevel.alike && email <= emailLevel.equal)
  )
    return true
  return (address >= 3 && address < addressLevel.streetOnly) || address === 10 || address === 11
}

/** Null: the two join by themselves. Otherwise why not. `rival` is the mean of the best other candidate that excludes this one. */
export function causeToAsk(across: Across, rival: number): ReviewCause | null {
  if (across.conflict !== null) return across.conflict
  if (across.support === 'names') return 'names_only'
  if (across.support === 'household' && across.evidence < homeBits) return 'household_only'
  if (across.best.bits < sureBits || across.mean <= 0) return 'uncertain'
  if (rival > 0 && across.mean - rival < leadBits) return 'close_second'
  return null
}
