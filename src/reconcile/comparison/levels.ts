/**
 * The comparison levels of every comparison, by name. A level's number is its place in the list; `none` is the number
 * for "nothing to compare". Code asks for levels by name or by a named set, so that a new level moves no meaning.
 */

/** Level names → the words that explanations and the shipped model use, from least to most agreement. */
type Words = Readonly<Record<string, string>>

export interface Levels {
  /** Width in the comparison vector. */
  readonly bits: number
  readonly words: readonly string[]
  /** The level of "nothing to compare": the highest number of that width. */
  readonly none: number
}

function levels<W extends Words>(bits: number, words: W): Levels & Readonly<Record<keyof W, number>> {
  const names: (keyof W)[] = Object.keys(words)
  const none = (1 << bits) - 1
  if (names.length > none) throw new Error(`${names.length} levels do not fit ${bits} bits`)
  const numbers = Object.fromEntries(names.map((name, level) => [name, level])) as Record<keyof W, number>
  return { ...numbers, none, bits, words: Object.values(words) }
}

/** What a first and a last name have in common comes first in both, so that the numbers are the same. */
const NAME_WORDS = {
  differs: 'differs',
  slightlyAlike: 'a little alike',
  alike: 'alike',
  nearlyEqual: 'nearly equal',
} as const

export const FIRST_NAME = levels(4, {
  ...NAME_WORDS,
  initial: 'initial',
  form: 'form of the name',
  equal: 'equal',
  swapped: 'swapped with last',
  halfSwapped: 'half swapped with last',
})
export const LAST_NAME = levels(3, { ...NAME_WORDS, part: 'part of a double name', equal: 'equal' })
export const MIDDLE_NAME = levels(2, { differs: 'differs', initial: 'initial', equal: 'equal' })
export const SUFFIX = levels(2, { differs: 'differs', oneSided: 'only one has it', equal: 'equal' })
export const DOB = levels(3, {
  differs: 'differs',
  severalSlips: 'several slips apart',
  near: 'within a year or so',
  year: 'year equal',
  twoParts: 'two parts equal',
  oneSlip: 'one slip apart',
  equal: 'equal',
})
export const SSN = levels(3, {
  differs: 'differs',
  twoSlips: 'two slips apart',
  oneSlip: 'one slip apart',
  equal: 'equal',
})
export const EMAIL = levels(3, {
  differs: 'differs',
  alike: 'alike',
  shared: 'shared mailbox',
  sameLocal: 'same name, other domain',
  equal: 'equal',
})
export const PHONE = levels(3, {
  differs: 'differs',
  oneSlip: 'one slip apart',
  shared: 'shared phone',
  equal: 'equal',
})
export const UNIT = levels(2, { differs: 'differs', alike: 'alike', equal: 'equal' })
export const START_DATE = levels(2, { differs: 'differs', near: 'within a month', equal: 'equal' })

/** How far the street or the town of two addresses agrees. */
export const PART = { missing: -1, other: 0, alike: 1, same: 2 } as const

const PARTS = [PART.other, PART.alike, PART.same]
const STREET_WORDS = ['other street', 'street alike', 'same street']
const TOWN_WORDS = ['other town', 'town alike', 'same town']

/** People who move change street and town together, so the two are one comparison of joint levels. */
export const ADDRESS = levels(
  4,
  Object.fromEntries(
    [
      ...STREET_WORDS.flatMap((street) => TOWN_WORDS.map((town) => `${street}, ${town}`)),
      ...STREET_WORDS,
      ...TOWN_WORDS,
    ].map((word) => [word, word]),
  ),
)

const JOINT = PARTS.length * PARTS.length

/** First levels of the three lists that an address level comes from: street and town, street only, town only. */
export const ADDRESS_RUNS = [0, JOINT, JOINT + PARTS.length]

export function addressLevel(street: number, town: number): number {
  if (street === PART.missing) return town === PART.missing ? ADDRESS.none : JOINT + PARTS.length + town
  return town === PART.missing ? JOINT + street : street * PARTS.length + town
}

/** Some levels of one comparison, one bit each. */
export type LevelSet = number

export function levelSet(...chosen: number[]): LevelSet {
  return chosen.reduce((set, level) => set | (1 << level), 0)
}

export function isIn(set: LevelSet, level: number): boolean {
  return ((set >>> level) & 1) === 1
}

/** Address levels by their parts; "nothing to compare" is never among them. */
export function addressLevels(chosen: (street: number, town: number) => boolean): LevelSet {
  const all = [PART.missing, ...PARTS].flatMap((street) => [PART.missing, ...PARTS].map((town) => ({ street, town })))
  return levelSet(
    ...all
      .filter(({ street, town }) => street !== PART.missing || town !== PART.missing)
      .filter(({ street, town }) => chosen(street, town))
      .map(({ street, town }) => addressLevel(street, town)),
  )
}

/** First names that speak against one person; last names have the same numbers. */
export const NAMES_APART = levelSet(FIRST_NAME.differs, FIRST_NAME.slightlyAlike)
/** Dates of birth that agree but for a slip or one of their three parts. */
export const DOB_AGREES = levelSet(DOB.twoParts, DOB.oneSlip, DOB.equal)
export const DOB_APART = levelSet(DOB.differs, DOB.severalSlips, DOB.near)
export const STREET_KNOWN = addressLevels((street) => street !== PART.missing)
export const STREET_AGREES = addressLevels((street) => street >= PART.alike)
