/**
 * The comparison vector: the levels of all comparisons of a pair, packed into one number of 32 bits. Pairs with equal
 * vectors are equally alike but for how common their names are, so training counts vectors instead of pairs.
 */
import {
  ADDRESS,
  ADDRESS_RUNS,
  DOB,
  EMAIL,
  FIRST_NAME,
  LAST_NAME,
  type Levels,
  MIDDLE_NAME,
  PHONE,
  SSN,
  START_DATE,
  SUFFIX,
  UNIT,
} from './levels.ts'

export interface Comparison {
  /** As in the shipped model and in explanations. */
  readonly name: string
  /** Words by level. */
  readonly levels: readonly string[]
  readonly shift: number
  readonly mask: number
  readonly none: number
  /**
   * First levels of the runs whose probabilities each sum to 1: which run applies depends on what was given, which is
   * no evidence.
   */
  readonly runs: readonly number[]
}

/** Places of the comparisons in the vector and in every table by comparison. */
export const AT = {
  firstName: 0,
  lastName: 1,
  middleName: 2,
  suffix: 3,
  dob: 4,
  ssn: 5,
  email: 6,
  phone: 7,
  address: 8,
  unit: 9,
  startDate: 10,
} as const

const ORDER: readonly (readonly [place: number, name: string, levels: Levels])[] = [
  [AT.firstName, 'first_name', FIRST_NAME],
  [AT.lastName, 'last_name', LAST_NAME],
  [AT.middleName, 'middle_name', MIDDLE_NAME],
  [AT.suffix, 'suffix', SUFFIX],
  [AT.dob, 'dob', DOB],
  [AT.ssn, 'ssn', SSN],
  [AT.email, 'email', EMAIL],
  [AT.phone, 'phone', PHONE],
  [AT.address, 'address', ADDRESS],
  [AT.unit, 'unit', UNIT],
  [AT.startDate, 'start_date', START_DATE],
]

export const COMPARISONS: readonly Comparison[] = layOut()

function layOut(): Comparison[] {
  const comparisons: Comparison[] = []
  let shift = 0
  for (const [place, name, { bits, words }] of ORDER) {
    const mask = (1 << bits) - 1
    comparisons[place] = {
      name,
      levels: words,
      shift,
      mask,
      none: mask,
      runs: place === AT.address ? ADDRESS_RUNS : [0],
    }
    shift += bits
  }
  if (shift > 32) throw new Error(`a comparison vector of ${shift} bits`)
  return comparisons
}

/** The level of one comparison, `none` where there was nothing to compare. */
export function levelOf(vector: number, place: number): number {
  const comparison = COMPARISONS[place]!
  return (vector >>> comparison.shift) & comparison.mask
}

/**
 * Levels that are shown but weigh nothing. A mailbox or phone that many people give is evidence neither for one person
 * nor against. "Nothing to compare" is one of these levels.
 */
export function weighsNothing(place: number, level: number): boolean {
  if (place === AT.email && level === EMAIL.shared) return true
  if (place === AT.phone && level === PHONE.shared) return true
  return level === COMPARISONS[place]!.none
}
