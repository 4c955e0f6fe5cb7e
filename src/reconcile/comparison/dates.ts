/** Dates as numbers yyyymmdd, 0 where unknown. */
import { DOB } from './levels.ts'

/** Beyond a year by this many days of `dayNumber`, two dates of birth are not near. */
const NEAR = 410
/** Ten years in days of `dayNumber`, and how far the rest of the date may be off. */
const DECADE = 3720
const OFF_DECADE = 70

const yearOf = (date: number): number => Math.trunc(date / 10000)
const monthOf = (date: number): number => Math.trunc(date / 100) % 100
const dayOf = (date: number): number => date % 100

/** Days since year 0 as if every month had 31: enough to ask "within a month". */
export function dayNumber(date: number): number {
  return yearOf(date) * 372 + monthOf(date) * 31 + dayOf(date)
}

/**
 * Level of two dates of birth. A slip is one wrong digit, two neighboring digits in the wrong order, or day and month
 * exchanged.
 */
export function compareDates(a: number, b: number): number {
  if (a === 0 || b === 0) return DOB.none
  if (a === b) return DOB.equal
  const yearEqual = yearOf(a) === yearOf(b)
  const monthA = monthOf(a)
  const monthB = monthOf(b)
  const dayA = dayOf(a)
  const dayB = dayOf(b)
  if (yearEqual && monthA === dayB && dayA === monthB) return DOB.oneSlip
  if (isOneSlip(a, b)) return DOB.oneSlip
  const equal = (yearEqual ? 1 : 0) + (monthA === monthB ? 1 : 0) + (dayA === dayB ? 1 : 0)
  if (equal === 2) return DOB.twoParts
  if (yearEqual) return DOB.year
  const apart = Math.abs(dayNumber(a) - dayNumber(b))
  if (apart <= NEAR) return DOB.near
  // A decade misread and the day a little off: 1996-01-12 for 1986-02-13. Father and son are further apart.
  return Math.abs(apart - DECADE) <= OFF_DECADE ? DOB.severalSlips : DOB.differs
}

/** One digit differs, or two neighboring digits are in the wrong order. */
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
      else if (differ === 2 && k === place + 1) crossed = areCrossed(a, b, place)
      else return false
    }
    p = (p - u) / 10
    q = (q - v) / 10
  }
  return differ === 1 || (differ === 2 && crossed)
}

/** Whether the digits at `place` and above it are exchanged. */
function areCrossed(a: number, b: number, place: number): boolean {
  const above = Math.trunc(b / 10 ** (place + 1)) % 10
  return Math.trunc(a / 10 ** place) % 100 === (Math.trunc(b / 10 ** place) % 10) * 10 + above
}

/** Whether no part of two dates of birth agrees and no slip explains it. */
export function datesConflict(a: number, b: number): boolean {
  return compareDates(a, b) === DOB.differs && monthOf(a) !== monthOf(b) && dayOf(a) !== dayOf(b)
}
