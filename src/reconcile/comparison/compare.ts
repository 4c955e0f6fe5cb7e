/**
 * Two records → their comparison vector. What is missing on either side is no evidence, neither for one person nor
 * against. Runs millions of times: no allocation, no strings.
 */
import { isItin } from '../records/normalize.ts'
import type { RecordTable } from '../records/record-table.ts'
import { makeAddressComparer } from './compare-addresses.ts'
import { makeNameComparer } from './compare-names.ts'
import { compareDates, dayNumber } from './dates.ts'
import { EMAIL, PHONE, SSN, START_DATE, SUFFIX } from './levels.ts'
import { digitDistance } from './similarity.ts'
import { makeStringSimilarity } from './strings.ts'
import { AT, COMPARISONS } from './vector.ts'

/**
 * 1 at the position of an identifier in `records.email` or `records.phone` that belongs to a household or an office.
 */
export interface SharedIdentifiers {
  readonly email: Uint8Array
  readonly phone: Uint8Array
}

export type Compare = (i: number, j: number) => number

const EMAIL_ALIKE = 0.92
/** The part before the @ says something from this length on. */
const SHORTEST_LOCAL = 4
const SSN_DIGITS = 9
const DAYS_OF_MONTH = 31

const SHIFT = COMPARISONS.map(({ shift }) => shift)
const MIDDLE_NAME_SHIFT = SHIFT[AT.middleName]!
const SUFFIX_SHIFT = SHIFT[AT.suffix]!
const DOB_SHIFT = SHIFT[AT.dob]!
const SSN_SHIFT = SHIFT[AT.ssn]!
const EMAIL_SHIFT = SHIFT[AT.email]!
const PHONE_SHIFT = SHIFT[AT.phone]!
const ADDRESS_SHIFT = SHIFT[AT.address]!
const UNIT_SHIFT = SHIFT[AT.unit]!
const START_DATE_SHIFT = SHIFT[AT.startDate]!

/** A comparer with scratch space of its own: one per thread. */
export function makeComparer(records: RecordTable, shared: SharedIdentifiers): Compare {
  const similarity = makeStringSimilarity(records.strings)
  const { jaroWinkler, isOneEdit, length, scratch } = similarity
  const { names, middleNames } = makeNameComparer(records, similarity)
  const { addresses, units } = makeAddressComparer(records, similarity)
  const { suffix, dob, ssn, startDate, emailStart, email, emailLocal, phoneStart, phone } = records

  const suffixes = (a: number, b: number): number => {
    if (a === 0 && b === 0) return SUFFIX.none
    if (a === b) return SUFFIX.equal
    return a === 0 || b === 0 ? SUFFIX.oneSided : SUFFIX.differs
  }

  const ssns = (a: number, b: number): number => {
    if (a === 0 || b === 0) return SSN.none
    if (a === b) return SSN.equal
    // A taxpayer number and an SSN of one person have nothing in common.
    if (isItin(a) !== isItin(b)) return SSN.none
    const distance = digitDistance(a, b, SSN_DIGITS, scratch)
    return distance === 1 ? SSN.oneSlip : distance === 2 ? SSN.twoSlips : SSN.differs
  }

  const twoEmails = (p: number, q: number): number => {
    if (email[p] === email[q]) return shared.email[p] === 1 || shared.email[q] === 1 ? EMAIL.shared : EMAIL.equal
    if (emailLocal[p] === emailLocal[q] && length(emailLocal[p]!) >= SHORTEST_LOCAL) return EMAIL.sameLocal
    return jaroWinkler(email[p]!, email[q]!, EMAIL_ALIKE) >= EMAIL_ALIKE ? EMAIL.alike : EMAIL.differs
  }

  const twoPhones = (p: number, q: number): number => {
    if (phone[p] === phone[q]) return shared.phone[p] === 1 || shared.phone[q] === 1 ? PHONE.shared : PHONE.equal
    return isOneEdit(phone[p]!, phone[q]!) ? PHONE.oneSlip : PHONE.differs
  }

  /** The best level of any two mailboxes. */
  const emails = (i: number, j: number): number => {
    const iEnd = emailStart[i + 1]!
    const jEnd = emailStart[j + 1]!
    let best = EMAIL.none
    for (let p = emailStart[i]!; p < iEnd; p++) {
      for (let q = emailStart[j]!; q < jEnd; q++) {
        const level = twoEmails(p, q)
        if (best === EMAIL.none || level > best) best = level
      }
    }
    return best
  }

  const phones = (i: number, j: number): number => {
    const iEnd = phoneStart[i + 1]!
    const jEnd = phoneStart[j + 1]!
    let best = PHONE.none
    for (let p = phoneStart[i]!; p < iEnd; p++) {
      for (let q = phoneStart[j]!; q < jEnd; q++) {
        const level = twoPhones(p, q)
        if (best === PHONE.none || level > best) best = level
      }
    }
    return best
  }

  const startDates = (a: number, b: number): number => {
    if (a === 0 || b === 0) return START_DATE.none
    if (a === b) return START_DATE.equal
    return Math.abs(dayNumber(a) - dayNumber(b)) <= DAYS_OF_MONTH ? START_DATE.near : START_DATE.differs
  }

  return (i, j) =>
    (names(i, j) |
      (middleNames(i, j) << MIDDLE_NAME_SHIFT) |
      (suffixes(suffix[i]!, suffix[j]!) << SUFFIX_SHIFT) |
      (compareDates(dob[i]!, dob[j]!) << DOB_SHIFT) |
      (ssns(ssn[i]!, ssn[j]!) << SSN_SHIFT) |
      (emails(i, j) << EMAIL_SHIFT) |
      (phones(i, j) << PHONE_SHIFT) |
      (addresses(i, j) << ADDRESS_SHIFT) |
      (units(i, j) << UNIT_SHIFT) |
      (startDates(startDate[i]!, startDate[j]!) << START_DATE_SHIFT)) >>>
    0
}
