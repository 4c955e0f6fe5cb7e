/**
 * The COMPARISONS two records are compared by and the ordered levels of agreement of each. A pair's levels are packed into one 32-bit number,
 * its vector: pairs of one vector are equally alike (but for how common their names are), so estimation works on vectors, not pairs.
 */

export interface Comparison {
  readonly name: string
  /** Words for the explanation, by level. The number after the last one means "nothing to compare". */
  readonly levels: readonly string[]
  readonly shift: number
  readonly mask: number
  /** The value that stands for "nothing to compare". */
  readonly none: number
  /** First levels of the runs that each sum to 1: what could be compared differs from run to run and says nothing by itself. */
  readonly runs: readonly number[]
}

const layout: readonly (readonly [name: string, bits: number, levels: readonly string[]])[] = [
  [
    'first_name',
    4,
    [
      'differs',
      'a little alike',
      'alike',
      'nearly equal',
      'initial',
      'form of the name',
      'equal',
      'swapped with last',
      'half swapped with last',
    ],
  ],
  ['last_name', 3, ['differs', 'a little alike', 'alike', 'nearly equal', 'part of a double name', 'equal']],
  ['middle_name', 2, ['differs', 'initial', 'equal']],
  ['suffix', 2, ['differs', 'only one has it', 'equal']],
  [
    'dob',
    3,
    [
      'differs',
      'several slips apart',
      'within a year or so',
      'year equal',
      'two parts equal',
      'one slip apart',
      'equal',
    ],
  ],
  ['ssn', 3, ['differs', 'two slips apart', 'one slip apart', 'equal']],
  ['email', 3, ['differs', 'alike', 'shared mailbox', 'same name, other domain', 'equal']],
  ['phone', 3, ['differs', 'one slip apart', 'shared phone', 'equal']],
  ['address', 4, addressLevels()],
  ['unit', 2, ['differs', 'alike', 'equal']],
  ['start_date', 2, ['differs', 'within a month', 'equal']],
]

/** Street and town move together (people move house), so they are one comparison of joint levels, not two independent ones. */
function addressLevels(): string[] {
  const streets = ['other street', 'street alike', 'same street']
  const towns = ['other town', 'town alike', 'same town']
  const joint = streets.flatMap((street) => towns.map((town) => `${street}, ${town}`))
  return [...joint, ...streets, ...towns]
}

export const COMPARISONS: readonly Comparison[] = place()

function place(): Comparison[] {
  let shift = 0
  return layout.map(([name, bits, levels]) => {
    const comparison = {
      name,
      levels,
      shift,
      mask: (1 << bits) - 1,
      none: (1 << bits) - 1,
      runs: name === 'address' ? [0, 9, 12] : [0],
    }
    shift += bits
    return comparison
  })
}

export const FIRST = 0
export const LAST = 1
export const MIDDLE = 2
export const SUFFIX = 3
export const DOB = 4
export const SSN = 5
export const EMAIL = 6
export const PHONE = 7
export const ADDRESS = 8
export const UNIT = 9
export const STARTED = 10

/** The level of one comparison in a vector, `comparison.none` where there was nothing to compare. */
export function levelOf(vector: number, index: number): number {
  const comparison = COMPARISONS[index]!
  return (vector >>> comparison.shift) & comparison.mask
}

export const firstLevel = { initial: 4, form: 5, equal: 6, swapped: 7, halfSwapped: 8 } as const
export const lastLevel = { part: 4, equal: 5 } as const
export const dobLevel = { differs: 0, slips: 1, near: 2, year: 3, twoParts: 4, slip: 5, equal: 6 } as const
export const ssnLevel = { differs: 0, two: 1, one: 2, equal: 3 } as const
export const emailLevel = { differs: 0, alike: 1, shared: 2, local: 3, equal: 4 } as const
export const phoneLevel = { differs: 0, slip: 1, shared: 2, equal: 3 } as const
/** Joint levels first (street × 3 + town), then street alone (9 + street), then town alone (12 + town). */
export const addressLevel = { streetOnly: 9, townOnly: 12 } as const

/**
 * Levels that are shown but weigh nothing: a mailbox or phone that many give says neither that two are one person nor that they are not.
 * "Nothing to compare" is one of them.
 */
export function weighsNothing(index: number, level: number): boolean {
  if (index === EMAIL) return level === emailLevel.shared || level === 7
  return index === PHONE ? level === phoneLevel.shared || level === 7 : level === COMPARISONS[index]?.none
}

/** Probabilities from counts, each run of levels to 1; `pseudo` counts of `believed` probabilities are mixed in. */
export function probabilitiesFrom(
  counts: readonly number[],
  index: number,
  pseudo: number,
  believed: readonly number[],
): number[] {
  const probabilities: number[] = []
  const { runs } = COMPARISONS[index]!
  for (const [run, from] of runs.entries()) {
    const to = runs[run + 1] ?? counts.length
    let sum = pseudo
    for (let level = from; level < to; level++) sum += counts[level]!
    for (let level = from; level < to; level++) {
      probabilities.push(Math.max(1e-9, (counts[level]! + pseudo * believed[level]!) / sum))
    }
  }
  return probabilities
}
