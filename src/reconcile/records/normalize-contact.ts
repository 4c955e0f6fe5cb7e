/** One written form per mailbox, phone and postal address. As in normalize.ts, placeholders become null or ''. */
import { fold } from './normalize.ts'

export interface ReadEmail {
  readonly local: string
  readonly domain: string
}

const ROLES = new Set(
  [
    'noreply no-reply donotreply do-not-reply none na n/a null test unknown noemail no hr payroll info admin office',
    'accounting accounts contact hello support people benefits team hiring careers jobs mail email billing',
  ]
    .join(' ')
    .split(' '),
)

/** Lower case, plus-tag cut, Gmail's dots cut; null for mailboxes that stand for no one. */
export function readEmail(raw: string): ReadEmail | null {
  const text = fold(raw)
    .trim()
    .replace(/^mailto:/, '')
  const at = text.lastIndexOf('@')
  if (at < 1 || at === text.length - 1 || text.includes(' ')) return null
  let domain = text.slice(at + 1)
  let local = text.slice(0, at)
  const plus = local.indexOf('+')
  if (plus > 0) local = local.slice(0, plus)
  if (domain === 'googlemail.com') domain = 'gmail.com'
  if (domain === 'gmail.com') local = local.replaceAll('.', '')
  return local === '' || ROLES.has(local) || /^(no(ne|email)?|example\.invalid)\./.test(domain)
    ? null
    : { local, domain }
}

const CALLING_CODES = new Map(
  Object.entries({
    us: '1',
    ca: '1',
    gb: '44',
    uk: '44',
    ie: '353',
    au: '61',
    nz: '64',
    de: '49',
    fr: '33',
    es: '34',
    in: '91',
    mx: '52',
    br: '55',
    ph: '63',
  }),
)

/**
 * E.164 digits without the plus; numbers without a country are taken as of `country` (two letters), else as North
 * American.
 */
export function readPhone(raw: string, country: string | null): string | null {
  const text = fold(raw).replace(/(ext|x|#).*$/, '')
  let digits = text.replace(/\D/g, '')
  const calling = CALLING_CODES.get((country ?? 'us').trim().toLowerCase()) ?? '1'
  if (!text.trim().startsWith('+')) {
    if (digits.startsWith('00')) digits = digits.slice(2)
    else if (calling !== '1')
      digits = digits.startsWith(calling) && digits.length > 10 ? digits : calling + digits.replace(/^0/, '')
    else if (digits.length === 10) digits = `1${digits}`
  }
  if (digits.length < 7 || digits.length > 15) return null
  return /^1?(\d)\1+$/.test(digits) || digits.endsWith('1234567890') ? null : digits
}

const SHORT_FORMS = new Map(
  Object.entries({
    street: 'st',
    str: 'st',
    avenue: 'ave',
    av: 'ave',
    road: 'rd',
    drive: 'dr',
    boulevard: 'blvd',
    lane: 'ln',
    court: 'ct',
    place: 'pl',
    circuit: 'cct',
    crescent: 'cres',
    terrace: 'ter',
    parkway: 'pkwy',
    square: 'sq',
    highway: 'hwy',
    trail: 'trl',
    circle: 'cir',
    north: 'n',
    south: 's',
    east: 'e',
    west: 'w',
    saint: 'st',
    mount: 'mt',
    fort: 'ft',
  }),
)
const UNIT_MARK = /\b(?:apartment|apt|unit|suite|ste|flat|room|rm|no|number)\b\.?\s*|#\s*/

export interface StreetParts {
  /** House number as written, '' where there is none. */
  readonly number: string
  /** Street name, short forms, no blanks. */
  readonly name: string
  /** Flat or unit that stood in the same line. */
  readonly unit: string
}

/** `Apt 4, 12 North Main Street` → number 12, name nmainst, unit 4. */
export function readStreet(raw: string | null): StreetParts {
  let text = raw === null ? '' : fold(raw).replace(/\bp\.?\s?o\.?\s?box\b/, 'pobox')
  let unit = ''
  const mark = /\b(?:apartment|apt|unit|suite|ste|flat|room|rm)\b\.?\s*([a-z0-9-]+)|#\s*([a-z0-9-]+)/.exec(text)
  if (mark !== null) {
    unit = mark[1] ?? mark[2] ?? ''
    text = text.replace(mark[0], ' ')
  }
  const words = text
    .replace(/['’]/g, '')
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()
    .split(' ')
  const at = words.findIndex((word) => /^\d/.test(word))
  const number = at === 0 || (at > 0 && words[0] === 'pobox') ? (words[at] ?? '') : ''
  const name = words.filter((_, index) => number === '' || index !== at).map((word) => SHORT_FORMS.get(word) ?? word)
  return { number, name: name.join(''), unit }
}

/** Second line: `Apt. 4B` → 4b. */
export function readUnit(raw: string | null): string {
  if (raw === null) return ''
  const words = fold(raw)
    .replace(UNIT_MARK, '')
    .replace(/['’]/g, '')
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()
    .split(' ')
  return words.map((word) => SHORT_FORMS.get(word) ?? word).join('')
}

export function readCity(raw: string | null): string {
  if (raw === null) return ''
  const words = fold(raw)
    .replace(/['’]/g, '')
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()
    .split(' ')
  return words
    .map((word) => (word === 'saint' || word === 'mount' || word === 'fort' ? SHORT_FORMS.get(word) : word))
    .join('')
}

/** Letters and digits; +4 of US codes cut, leading zeros cut (spreadsheets lose them). */
export function readPostcode(raw: string | null): string {
  if (raw === null) return ''
  const text = fold(raw)
    .trim()
    .replace(/^(\d{5})-?\d{4}$/, '$1')
    .replace(/[^a-z0-9]/g, '')
  return /^\d+$/.test(text) ? text.replace(/^0+/, '') : text
}
