/**
 * What is merged by itself, what a person is asked about, what stays apart. The rule of trust: a wrong merge pays someone else's wage, a
 * missed one costs a question. So two clusters join by themselves only at 99 % or more, 6 bits ahead of any other candidate, on more than
 * names, and with nothing hard against it. Everything else above even odds goes to review, with the cause.
 */
import type { Columns } from './columns.ts'
import { datesConflict } from './compare.ts'
import { ADDRESS, addressLevel, DOB, dobLevel, EMAIL, emailLevel, levelOf, PHONE, phoneLevel, SSN, ssnLevel, STARTED, SUFFIX } from './levels.ts'
import type { ReviewCause } from './person.ts'

/** log2 odds of 99 %. */
export const sureBits = Math.log2(0.99 / 0.01)
/** How far ahead of the second best. */
export const leadBits = 6

/** What all pairs across two clusters say together. */
export interface Across {
  readonly mean: number
  readonly best: { readonly i: number; readonly j: number; readonly bits: number }
  /** The one hard thing against, if any. */
  readonly conflict: ReviewCause | null
  /** Whether anything but names agrees. */
  readonly corroborated: boolean
  readonly ssnEqual: boolean
}

export interface Judge {
  readonly columns: Columns
  readonly compare: (i: number, j: number) => number
  readonly weigh: (i: number, j: number) => number
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
  let corroborated = false
  const aStep = Math.max(1, Math.floor(a.length / side))
  const bStep = Math.max(1, Math.floor(b.length / side))
  for (let p = 0; p < a.length; p += aStep) {
    for (let q = 0; q < b.length; q += bStep) {
      const i = Math.min(a[p] as number, b[q] as number)
      const j = Math.max(a[p] as number, b[q] as number)
      const pattern = judge.compare(i, j)
      const bits = judge.weigh(i, j)
      sum += bits
      pairs++
      if (bits > best.bits) best = { i, j, bits }
      const ssn = levelOf(pattern, SSN)
      if (ssn === ssnLevel.differs) ssnDiffers = true
      if (ssn === ssnLevel.equal) ssnEqual = true
      if (levelOf(pattern, EMAIL) === emailLevel.equal) emailEqual = true
      if (levelOf(pattern, SUFFIX) === 0) suffixDiffers = true
      const dates = levelOf(pattern, DOB)
      if (datesConflict(columns.dob[i] as number, columns.dob[j] as number)) datesDiffer = true
      else if (dates >= dobLevel.twoParts && dates <= dobLevel.equal) datesAgree = true
      corroborated ||= corroborates(pattern)
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
          : null
  return { mean: sum / pairs, best, conflict, corroborated, ssnEqual }
}

/** Whether a pair agrees on something a namesake would not: names alone never merge. */
function corroborates(pattern: number): boolean {
  const dob = levelOf(pattern, DOB)
  if (dob >= dobLevel.twoParts && dob <= dobLevel.equal) return true
  const ssn = levelOf(pattern, SSN)
  if (ssn >= ssnLevel.one && ssn <= ssnLevel.equal) return true
  const email = levelOf(pattern, EMAIL)
  if (email >= emailLevel.alike && email <= emailLevel.equal && email !== emailLevel.shared) return true
  if (levelOf(pattern, PHONE) === phoneLevel.equal || levelOf(pattern, STARTED) === 2) return true
  const address = levelOf(pattern, ADDRESS)
  return (address >= 3 && address < addressLevel.streetOnly) || address === 10 || address === 11
}

/** Null: the two join by themselves. Otherwise why not. `rival` is the mean of the best other candidate that excludes this one. */
export function causeToAsk(across: Across, rival: number): ReviewCause | null {
  if (across.conflict !== null) return across.conflict
  if (!across.corroborated) return 'names_only'
  if (across.best.bits < sureBits || across.mean <= 0) return 'uncertain'
  if (rival > 0 && across.mean - rival < leadBits) return 'close_second'
  return null
}
