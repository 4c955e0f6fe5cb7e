/**
 * Two records → the vector of their levels. The rule everywhere: what is missing on either side is no evidence, neither for nor against.
 * Runs millions of times: no allocation, no strings.
 */

import { shareGroup } from '../records/nicknames.ts'
import { isItin } from '../records/normalize.ts'
import type { Columns } from '../records/record-table.ts'
import {
  addressLevel,
  COMPARISONS,
  dobLevel,
  emailLevel,
  firstLevel,
  lastLevel,
  phoneLevel,
  ssnLevel,
} from './levels.ts'
import { canReach, digitDistance, jaroWinkler, makeScratch, oneEdit } from './similarity.ts'

/** Marks of identifiers that belong to a household or an office, by position in `columns.email` and `columns.phone`. */
export interface Shared {
  readonly email: Uint8Array
  readonly phone: Uint8Array
}

export type Compare = (i: number, j: number) => number

const shift = COMPARISONS.map((comparison) => comparison.shift)
const [, lastShift = 0, middleShift = 0, suffixShift = 0, dobShift = 0, ssnShift = 0] = shift
const [emailShift = 0, phoneShift = 0, addressShift = 0, unitShift = 0, startedShift = 0] = shift.slice(6)
const none3 = 7
const none2 = 3

/** A comparer with its own scratch space: one per thread. */
export function makeComparer(columns: Columns, shared: Shared): Compare {
  const scratch = makeScratch()
  const { bytes, start, letters } = columns.texts
  const { first, firstWord, preferred, middle, last, lastHead, lastTail } = columns

  /** Jaro–Winkler of two texts, or 0 where it cannot reach `floor`. */
  const alike = (a: number, b: number, floor: number): number => {
    const aStart = start[a]!
    const bStart = start[b]!
    const aLength = start[a + 1]! - aStart
    const bLength = start[b + 1]! - bStart
    const most = Math.min(4, aLength, bLength)
    let prefix = 0
    while (prefix < most && bytes[aStart + prefix] === bytes[bStart + prefix]) prefix++
    if (!canReach(floor, aLength, bLength, letters[a]!, letters[b]!, prefix)) return 0
    return jaroWinkler(bytes, aStart, aStart + aLength, bStart, bStart + bLength, scratch)
  }
  const length = (a: number): number => start[a + 1]! - start[a]!
  const near = (a: number, b: number): boolean => oneEdit(bytes, start[a]!, start[a + 1]!, start[b]!, start[b + 1]!)
  const isInitialOf = (a: number, b: number): boolean => length(a) === 1 && bytes[start[a]!] === bytes[start[b]!]

  /** Levels shared by first and last names: 0 differs to 3 nearly equal. */
  const degree = (a: number, b: number): number => {
    const score = alike(a, b, 0.7)
    return score >= 0.92 ? 3 : score >= 0.85 ? 2 : score >= 0.7 ? 1 : 0
  }

  const given = (i: number, j: number, a: number, b: number): number => {
    if (a === b) return firstLevel.equal
    const wordA = firstWord[i]!
    const wordB = firstWord[j]!
    const calledA = preferred[i]!
    const calledB = preferred[j]!
    if (shareGroup(columns.nicknames, a, b)) return firstLevel.form
    if ((wordA !== 0 && (wordA === b || wordA === wordB)) || (wordB !== 0 && wordB === a)) return firstLevel.form
    if ((calledA !== 0 && (calledA === b || calledA === calledB)) || (calledB !== 0 && calledB === a))
      return firstLevel.form
    // Going by the middle name is as common as going by a nickname.
    if (a === middle[j] || b === middle[i]) return firstLevel.form
    if (isInitialOf(a, b) || isInitialOf(b, a)) return firstLevel.initial
    let best = degree(a, b)
    if (calledA !== 0) best = Math.max(best, degree(calledA, b))
    if (calledB !== 0) best = Math.max(best, degree(a, calledB))
    return best
  }

  const family = (i: number, j: number, a: number, b: number): number => {
    if (a === b) return lastLevel.equal
    const headA = lastHead[i]!
    const headB = lastHead[j]!
    if (headA !== 0 || headB !== 0) {
      const tailA = lastTail[i]!
      const tailB = lastTail[j]!
      if (headA !== 0 && (headA === b || tailA === b || headA === headB || tailA === tailB || headA === tailB))
        return lastLevel.part
      if (headB !== 0 && (headB === a || tailB === a || tailA === headB)) return lastLevel.part
    }
    return degree(a, b)
  }

  const equalOrNear = (a: number, b: number): boolean => a === b || alike(a, b, 0.92) >= 0.92

  const names = (i: number, j: number): number => {
    const a = first[i]!
    const b = first[j]!
    const x = last[i]!
    const y = last[j]!
    let given0 = a === 0 || b === 0 ? 15 : given(i, j, a, b)
    let family0 = x === 0 || y === 0 ? none3 : family(i, j, x, y)
    const low = (given0 <= 1 || given0 === 15) && (family0 <= 1 || family0 === none3)
    if (low && (a !== 0 || x !== 0) && (b !== 0 || y !== 0)) {
      const outer = a !== 0 && y !== 0 ? (equalOrNear(a, y) ? 1 : -1) : 0
      const inner = x !== 0 && b !== 0 ? (equalOrNear(x, b) ? 1 : -1) : 0
      if (outer + inner === 2) {
        given0 = firstLevel.swapped
        family0 = none3
      } else if (outer + inner === 1) {
        given0 = firstLevel.halfSwapped
        family0 = none3
      }
    }
    return given0 | (family0 << lastShift)
  }

  const middles = (i: number, j: number): number => {
    const a = middle[i]!
    const b = middle[j]!
    if (a === 0 || b === 0) return none2
    if (a === b) return 2
    return isInitialOf(a, b) || isInitialOf(b, a) ? 1 : 0
  }

  const suffixes = (i: number, j: number): number => {
    const a = columns.suffix[i]!
    const b = columns.suffix[j]!
    if (a === 0 && b === 0) return none2
    if (a === b) return 2
    return a === 0 || b === 0 ? 1 : 0
  }

  const ssns = (i: number, j: number): number => {
    const a = columns.ssn[i]!
    const b = columns.ssn[j]!
    if (a === 0 || b === 0) return none3
    if (a === b) return ssnLevel.equal
    // A taxpayer number and an SSN of one person have nothing in common.
    if (isItin(a) !== isItin(b)) return none3
    const distance = digitDistance(a, b, 9, scratch)
    return distance === 1 ? ssnLevel.one : distance === 2 ? ssnLevel.two : ssnLevel.differs
  }

  const emails = (i: number, j: number): number => {
    const { emailStart, email, emailLocal } = columns
    const aEnd = emailStart[i + 1]!
    const bEnd = emailStart[j + 1]!
    let best = none3
    for (let p = emailStart[i]!; p < aEnd; p++) {
      for (let q = emailStart[j]!; q < bEnd; q++) {
        let level: number = emailLevel.differs
        if (email[p] === email[q])
          level = shared.email[p] === 1 || shared.email[q] === 1 ? emailLevel.shared : emailLevel.equal
        else if (emailLocal[p] === emailLocal[q] && length(emailLocal[p]!) > 3) level = emailLevel.local
        else if (alike(email[p]!, email[q]!, 0.92) >= 0.92) level = emailLevel.alike
        if (best === none3 || level > best) best = level
      }
    }
    return best
  }

  const phones = (i: number, j: number): number => {
    const { phoneStart, phone } = columns
    const aEnd = phoneStart[i + 1]!
    const bEnd = phoneStart[j + 1]!
    let best = none3
    for (let p = phoneStart[i]!; p < aEnd; p++) {
      for (let q = phoneStart[j]!; q < bEnd; q++) {
        let level: number = phoneLevel.differs
        if (phone[p] === phone[q])
          level = shared.phone[p] === 1 || shared.phone[q] === 1 ? phoneLevel.shared : phoneLevel.equal
        else if (near(phone[p]!, phone[q]!)) level = phoneLevel.slip
        if (best === none3 || level > best) best = level
      }
    }
    return best
  }

  /** 2 same, 1 alike, 0 other, -1 nothing to compare. */
  const streets = (i: number, j: number): number => {
    const { street, house, unit } = columns
    const a = street[i]!
    const b = street[j]!
    if (a === 0 || b === 0) {
      // A bare house number says something only when both stand alone.
      return -1
    }
    const number = house[i] === house[j] ? 1 : 0
    if (a === b) return number === 1 ? 2 : 1
    // The two address lines are often written the other way round.
    if ((a === unit[j] && unit[j] !== 0) || (b === unit[i] && unit[i] !== 0)) return number === 1 ? 2 : 1
    const score = alike(a, b, 0.8)
    if (score >= 0.9) return number === 1 ? 2 : 1
    return score >= 0.8 && number === 1 && house[i] !== 0 ? 1 : 0
  }

  const towns = (i: number, j: number): number => {
    const { city, postcode } = columns
    const a = city[i]!
    const b = city[j]!
    const x = postcode[i]!
    const y = postcode[j]!
    const byCity = a === 0 || b === 0 ? -1 : a === b ? 2 : alike(a, b, 0.83) >= 0.83 ? 1 : 0
    const byCode = x === 0 || y === 0 ? -1 : x === y ? 2 : near(x, y) ? 1 : 0
    if (byCity === -1) return byCode
    if (byCode === -1) return byCity
    const sum = byCity + byCode
    return sum >= 3 ? 2 : sum === 2 ? 1 : 0
  }

  const addresses = (i: number, j: number): number => {
    const street = streets(i, j)
    const town = towns(i, j)
    if (street < 0) return town < 0 ? 15 : addressLevel.townOnly + town
    return town < 0 ? addressLevel.streetOnly + street : street * 3 + town
  }

  const units = (i: number, j: number): number => {
    const a = columns.unit[i]!
    const b = columns.unit[j]!
    if (a === 0 || b === 0) return none2
    if (a === b) return 2
    return alike(a, b, 0.9) >= 0.9 ? 1 : 0
  }

  const starts = (i: number, j: number): number => {
    const a = columns.started[i]!
    const b = columns.started[j]!
    if (a === 0 || b === 0) return none2
    return a === b ? 2 : Math.abs(dayNumber(a) - dayNumber(b)) <= 31 ? 1 : 0
  }

  return (i, j) =>
    (names(i, j) |
      (middles(i, j) << middleShift) |
      (suffixes(i, j) << suffixShift) |
      (compareDates(columns.dob[i]!, columns.dob[j]!) << dobShift) |
      (ssns(i, j) << ssnShift) |
      (emails(i, j) << emailShift) |
      (phones(i, j) << phoneShift) |
      (addresses(i, j) << addressShift) |
      (units(i, j) << unitShift) |
      (starts(i, j) << startedShift)) >>>
    0
}

/** Days since year 0 as if every month had 31: enough to ask "within a month". */
function dayNumber(date: number): number {
  return Math.trunc(date / 10000) * 372 + (Math.trunc(date / 100) % 100) * 31 + (date % 100)
}

/** Level of two dates yyyymmdd; 7 if either is missing. A slip: one digit, two neighboring digits, or day and month changed over. */
export function compareDates(a: number, b: number): number {
  if (a === 0 || b === 0) return none3
  if (a === b) return dobLevel.equal
  const yearA = Math.trunc(a / 10000)
  const yearB = Math.trunc(b / 10000)
  const monthA = Math.trunc(a / 100) % 100
  const monthB = Math.trunc(b / 100) % 100
  const dayA = a % 100
  const dayB = b % 100
  if (yearA === yearB && monthA === dayB && dayA === monthB) return dobLevel.slip
  if (isOneSlip(a, b)) return dobLevel.slip
  const equal = (yearA === yearB ? 1 : 0) + (monthA === monthB ? 1 : 0) + (dayA === dayB ? 1 : 0)
  if (equal === 2) return dobLevel.twoParts
  if (yearA === yearB) return dobLevel.year
  if (Math.abs(dayNumber(a) - dayNumber(b)) <= 410) return dobLevel.near
  // A decade misread and the day a little off: `1996-01-12` for `1986-02-13`. Father and son are further apart.
  return Math.abs(Math.abs(dayNumber(a) - dayNumber(b)) - 3720) <= 70 ? dobLevel.slips : dobLevel.differs
}

/** One digit differs, or two neighboring digits changed places. */
function isOneSlip(a: number, b: number): boolean {
  let differ = 0
  let place = -1
  let crossed = false
  for (let k = 0, p = a, q = b; k < 8; k++) {
    const u = p % 10
    const v = q % 10
    if (u !== v) {
      differ++
      if (differ === 1) place = k
      else if (differ === 2 && k === place + 1) {
        // The digits just below, on both sides, must be these two crosswise.
        crossed =
          Math.trunc(a / 10 ** place) % 100 ===
          (Math.trunc(b / 10 ** place) % 10) * 10 + (Math.trunc(b / 10 ** (place + 1)) % 10)
      } else return false
      if (differ > 2) return false
    }
    p = (p - u) / 10
    q = (q - v) / 10
  }
  return differ === 1 || (differ === 2 && crossed)
}

/** Whether no part of two dates of birth agrees and no slip explains it: the hard conflict of bands.ts. */
export function datesConflict(a: number, b: number): boolean {
  if (compareDates(a, b) !== dobLevel.differs) return false
  return Math.trunc(a / 100) % 100 !== Math.trunc(b / 100) % 100 && a % 100 !== b % 100
}
