/**
 * One written form per name, date and number, so that equal things are equal bytes. Null where nothing usable is left:
 * a value that many people share because nobody filled it in (000-00-0000, 1900-01-01) is no evidence.
 */
import anyAscii from 'any-ascii'

export interface NameParts {
  /** Words in order, lower-case ASCII. */
  readonly words: readonly string[]
  readonly suffix: string | null
  /** What stood in brackets or quotes: `Robert (Bob)`. */
  readonly aside: string | null
}

const TITLES = new Set(['mr', 'mrs', 'ms', 'miss', 'dr', 'prof', 'mx'])
const SUFFIXES = new Map([
  ['jr', 'jr'],
  ['junior', 'jr'],
  ['sr', 'sr'],
  ['senior', 'sr'],
  ['ii', 'ii'],
  ['2nd', 'ii'],
  ['iii', 'iii'],
  ['3rd', 'iii'],
  ['iv', 'iv'],
  ['4th', 'iv'],
])
const PARTICLES = new Set(
  'de del della da das dos do di du la le los las el al van von der den ter bin ibn st'.split(' '),
)
const UNFILLED = new Set([
  'unknown',
  'none',
  'null',
  'nil',
  'tbd',
  'tba',
  'test',
  'noname',
  'lastname',
  'firstname',
  'notavailable',
  'notprovided',
])

/** Any script to lower-case ASCII: full-width and accents folded, other scripts romanized. */
export function fold(raw: string): string {
  // Nearly every name is plain ASCII and needs no transliteration.
  return (/^[\x20-\x7e]*$/.test(raw) ? raw : anyAscii(raw.normalize('NFKC'))).toLowerCase()
}

/** Words of one name field; suffixes (Jr, III) apart, titles dropped, apostrophes closed up (O'Brien → obrien). */
export function splitName(raw: string | null): NameParts {
  if (raw === null) return { words: [], suffix: null, aside: null }
  let text = fold(raw).trim()
  let aside: string | null = null
  const bracket = /[("“]([^)"”]+)[)"”]/.exec(text)
  if (bracket !== null) {
    aside = bracket[1]?.replace(/[^a-z0-9]/g, '') || null
    text = text.replace(bracket[0], ' ')
  }
  if (text === 'n/a') return { words: [], suffix: null, aside }
  let words = text
    .replace(/['’`]/g, '')
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()
    .split(' ')
    .filter((word) => word !== '')
  while (words.length > 1 && TITLES.has(words[0] ?? '')) words = words.slice(1)
  let suffix: string | null = null
  const last = words.at(-1)
  if (last !== undefined && words.length > 1 && SUFFIXES.has(last)) {
    suffix = SUFFIXES.get(last) ?? null
    words = words.slice(0, -1)
  }
  if (UNFILLED.has(words.join(''))) words = []
  return { words, suffix, aside }
}

/** The name fields of one person, with `Last, First` undone and the suffix collected from wherever it stood. */
export function arrangeNames(
  first: string | null,
  last: string | null,
): { first: NameParts; last: NameParts; suffix: string | null } {
  let [givenName, familyName] = [first, last]
  const packed = first === null || first.trim() === '' ? last : last === null || last.trim() === '' ? first : null
  if (packed?.includes(',')) {
    const [head = '', ...rest] = packed.split(',')
    const tail = rest.join(' ').trim()
    if (SUFFIXES.has(tail.toLowerCase().replace(/[^a-z0-9]/g, '')) || tail === '') {
      if (packed === last) familyName = `${head} ${tail}`
      else givenName = `${head} ${tail}`
    } else {
      familyName = head
      givenName = tail
    }
  }
  const given = splitName(givenName)
  const family = splitName(familyName)
  return { first: given, last: family, suffix: family.suffix ?? given.suffix }
}

/** Double surnames as parts: `de la Cruz Garcia` → [`delacruz`, `garcia`]. */
export function surnameParts(words: readonly string[]): string[] {
  const parts: string[] = []
  let held = ''
  for (const word of words) {
    held += word
    if (PARTICLES.has(word)) continue
    parts.push(held)
    held = ''
  }
  if (held !== '') parts.push(held)
  return parts
}

/** A date as read. `order` says whether the two small numbers are month and day, or may be either. */
export interface ReadDate {
  readonly year: number
  readonly first: number
  readonly second: number
  readonly order: 'month-day' | 'open'
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const EMPTY_DATES = new Set([19000101, 10101, 18991230, 18991231, 19700101, 99991231, 11111111, 19010101, 17530101])

/** Years of two digits belong to the last century unless the worker would be over a hundred. */
function fullYear(text: string): number {
  const year = Number(text)
  if (text.length > 2) return year
  return year <= 15 ? 2000 + year : 1900 + year
}

/**
 * Reads ISO, compact, slashed (month or day first) and written-out dates. Impossible days are typing errors, and
 * comparable: they are kept.
 */
export function readDate(raw: string | null): ReadDate | null {
  if (raw === null) return null
  const text = raw.trim().toLowerCase()
  let found = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[t ].*)?$/.exec(text) ?? /^(\d{4})(\d\d)(\d\d)$/.exec(text)
  if (found !== null) {
    const [, year = '', month = '', day = ''] = found
    const century = year.slice(0, 2)
    const tail = day.length === 2 && month.length === 2 ? `${month}${day}` : ''
    // 12311980: the year stands last when only that reading gives a human one.
    if (text.length === 8 && century !== '19' && century !== '20' && century !== '18' && /^(19|20)/.test(tail)) {
      return dated(Number(tail), Number(century), Number(year.slice(2)), 'open')
    }
    return dated(Number(year), Number(month), Number(day), 'month-day')
  }
  found = /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d\d)(?:[t ].*)?$/.exec(text)
  if (found !== null) return dated(fullYear(found[3] ?? ''), Number(found[1]), Number(found[2]), 'open')
  found = /^(\d{1,2})(?:st|nd|rd|th)?[-\s.,]+([a-z]{3})[a-z]*[-\s.,]+(\d{4}|\d\d)$/.exec(text)
  if (found !== null) return written(found[2], found[1], found[3])
  found = /^([a-z]{3})[a-z]*[-\s.,]+(\d{1,2})(?:st|nd|rd|th)?[-\s.,]+(\d{4}|\d\d)$/.exec(text)
  return found === null ? null : written(found[1], found[2], found[3])
}

function written(name = '', day = '', year = ''): ReadDate | null {
  const month = MONTHS.indexOf(name) + 1
  return month === 0 ? null : dated(fullYear(year), month, Number(day), 'month-day')
}

function dated(year: number, first: number, second: number, order: ReadDate['order']): ReadDate | null {
  if (year === 0 || (first === 0 && second === 0) || EMPTY_DATES.has(year * 10000 + first * 100 + second)) return null
  return { year, first, second, order }
}

const EMPTY_SSNS = new Set([123456789, 987654321, 78051120, 219099999, 457555462, 12345678, 1234567])

/**
 * Digits as a number, so that leading zeros lost by spreadsheets make no difference; 0 where masked, too short or a
 * placeholder.
 */
export function readSsn(raw: string | null): number {
  if (raw === null) return 0
  const digits = raw.replace(/[\s.-]/g, '')
  if (!/^\d{7,9}$/.test(digits) || /^(\d)\1*$/.test(digits)) return 0
  const ssn = Number(digits)
  return ssn < 10000 || EMPTY_SSNS.has(ssn) ? 0 : ssn
}

/** Taxpayer numbers of people without an SSN begin with 9. The SSN that the person gets later is unrelated. */
export function isItin(ssn: number): boolean {
  return ssn >= 900_000_000
}
