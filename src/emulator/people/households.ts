/**
 * The people themselves, before any payroll writes them down: a household at one address with one to four people who work for the customer.
 * Whole families happen on purpose: they are what a matcher mistakes for one person.
 */
import {
  calledBy,
  cities,
  mailHosts,
  menNames,
  rareSurname,
  streetKinds,
  streets,
  surnames,
  womenNames,
  writtenTwice,
} from './names.ts'
import { type Random, randomFor } from './random.ts'

export interface Address {
  readonly number: string
  readonly street: string
  readonly kind: readonly [long: string, short: string]
  readonly unit: string | null
  readonly city: string
  readonly state: string
  readonly zip: string
}

export interface Human {
  /** Unique within a seed: household × 4 + place in it. */
  readonly id: number
  readonly first: string
  readonly middle: string | null
  readonly last: string
  /** Last name before marriage, where it changed. */
  readonly lastBefore: string | null
  readonly suffix: string | null
  readonly called: string | null
  /** The same name as another system writes it. */
  readonly plain: { readonly first: string; readonly last: string } | null
  readonly woman: boolean
  /** yyyy-mm-dd. */
  readonly dob: string
  readonly ssn: string
  /** Taxpayer number used before the SSN came. */
  readonly itin: string | null
  readonly email: string
  readonly mobile: string
  readonly address: Address
  /** Where they lived before, for records that were never updated. */
  readonly addressBefore: Address | null
  /** Shared by everyone of the household. */
  readonly homePhone: string
  readonly homeEmail: string | null
  readonly started: string
  readonly contractor: boolean
}

export type HouseholdKind = 'single' | 'couple' | 'siblings' | 'parent' | 'namesakes' | 'twins'

export interface HouseholdShares {
  /** Share of households with more than one person at this customer. */
  readonly families: number
}

export function makeHousehold(
  seed: number,
  index: number,
  shares: HouseholdShares,
): { kind: HouseholdKind; humans: Human[] } {
  const random = randomFor(seed, 1, index)
  const kind = householdKind(random, shares.families)
  const address = makeAddress(random)
  const name = surname(random)
  const home = {
    address,
    homePhone: phone(random),
    homeEmail: random.chance(0.15) ? `${name.toLowerCase()}family${random.digits(2)}@${random.pick(mailHosts)}` : null,
  }
  const year = 1955 + random.below(48)
  const base = (place: number, changes: Partial<Human>): Human => ({
    ...makeHuman(randomFor(seed, 2, index, place), index * 4 + place, name, year, home),
    ...changes,
  })
  const eldest = base(0, {})
  if (kind === 'single') return { kind, humans: [random.chance(0.012) ? foreign(random, eldest) : eldest] }
  if (kind === 'couple') {
    const other = base(1, { woman: !eldest.woman })
    return { kind, humans: [eldest, withFirst(random, other, random.chance(0.7) ? other.last : surname(random))] }
  }
  if (kind === 'twins') {
    // Twins' numbers are often given out one after the other.
    const ssn = random.chance(0.5) ? nextSsn(eldest.ssn) : base(1, {}).ssn
    const twin = base(1, { dob: eldest.dob, ssn, woman: random.chance(0.8) ? eldest.woman : !eldest.woman })
    return { kind, humans: [eldest, other(random, twin, eldest.first)] }
  }
  if (kind === 'namesakes') {
    const father = base(0, { woman: false, first: random.pickCommon(menNames), suffix: 'Sr' })
    const son = base(1, {
      woman: false,
      first: father.first,
      suffix: 'Jr',
      dob: shiftYear(base(1, {}).dob, year - 1975 < 0 ? 24 + random.below(12) : -24 - random.below(12)),
    })
    return {
      kind,
      humans: [
        { ...father, suffix: random.chance(0.3) ? 'Sr' : null },
        { ...son, suffix: random.chance(0.6) ? 'Jr' : null },
      ],
    }
  }
  if (kind === 'parent') {
    const child = base(1, { dob: shiftYear(base(1, {}).dob, year < 1980 ? 25 : -25) })
    return { kind, humans: [eldest, other(random, child, eldest.first)] }
  }
  const brothers = [
    eldest,
    other(random, base(1, { dob: shiftYear(base(1, {}).dob, 1 + random.below(6)) }), eldest.first),
  ]
  if (random.chance(0.3))
    brothers.push(other(random, base(2, { dob: shiftYear(base(2, {}).dob, 3 + random.below(6)) }), eldest.first))
  return { kind, humans: brothers }
}

function householdKind(random: Random, families: number): HouseholdKind {
  if (!random.chance(families)) return 'single'
  const kinds: HouseholdKind[] = [
    'couple',
    'couple',
    'couple',
    'couple',
    'siblings',
    'siblings',
    'parent',
    'parent',
    'namesakes',
    'twins',
  ]
  return random.pick(kinds)
}

function makeHuman(
  random: Random,
  id: number,
  last: string,
  year: number,
  home: { address: Address; homePhone: string; homeEmail: string | null },
): Human {
  const woman = random.chance(0.5)
  const first = random.pickCommon(woman ? womenNames : menNames)
  const dob = `${year + random.below(3)}-${two(1 + random.below(12))}-${two(1 + random.below(28))}`
  const nick = calledBy[first]
  return {
    id,
    first,
    middle: random.chance(0.8) ? random.pickCommon(woman ? womenNames : menNames) : null,
    last,
    lastBefore: woman && random.chance(0.08) ? surname(random) : null,
    suffix: null,
    called: nick !== undefined && random.chance(0.5) ? random.pick(nick) : null,
    plain: null,
    woman,
    dob,
    ssn: makeSsn(random),
    itin: random.chance(0.02) ? `9${random.digits(2)}7${random.digits(5)}` : null,
    email: mailbox(random, first, last, Number(dob.slice(2, 4))),
    mobile: phone(random),
    address: home.address,
    addressBefore: random.chance(0.25) ? makeAddress(random) : null,
    homePhone: home.homePhone,
    homeEmail: home.homeEmail,
    started: `${2005 + random.below(20)}-${two(1 + random.below(12))}-${two(1 + random.below(28))}`,
    contractor: random.chance(0.1),
  }
}

function foreign(random: Random, human: Human): Human {
  const name = random.pick(writtenTwice)
  return {
    ...human,
    first: name.first,
    last: name.last,
    lastBefore: null,
    called: null,
    plain: { first: name.plainFirst, last: name.plainLast },
    email: mailbox(random, name.plainFirst, name.plainLast, 0),
  }
}

function withFirst(random: Random, human: Human, last: string): Human {
  const first = random.pickCommon(human.woman ? womenNames : menNames)
  return { ...human, first, last, called: null, email: mailbox(random, first, last, Number(human.dob.slice(2, 4))) }
}

/** A first name that is not the relative's. */
function other(random: Random, human: Human, taken: string): Human {
  const fresh = withFirst(random, human, human.last)
  return fresh.first === taken ? other(random, human, taken) : fresh
}

export function surname(random: Random): string {
  if (random.chance(0.35)) return rareSurname(random.next())
  const last = random.pickCommon(surnames)
  return random.chance(0.03)
    ? `${last} ${random.pickCommon(surnames)}`
    : random.chance(0.02)
      ? `${last}-${random.pickCommon(surnames)}`
      : last
}

export function makeAddress(random: Random): Address {
  const [city, state, zip] = random.pickCommon(cities)
  return {
    number: String(1 + random.below(random.chance(0.5) ? 999 : 9999)),
    street: random.chance(0.5) ? random.pickCommon(streets) : rareSurname(random.next()),
    kind: random.pick(streetKinds),
    unit: random.chance(0.3) ? String(1 + random.below(60)) : null,
    city,
    state,
    zip: zip + random.digits(2),
  }
}

function mailbox(random: Random, first: string, last: string, year: number): string {
  const f = first.toLowerCase()
  const l = last.toLowerCase().replace(/[^a-z]/g, '')
  const forms = [`${f}.${l}`, `${f}${l}`, `${f[0]}${l}`, `${f}${l[0]}`, `${l}.${f}`]
  return `${random.pick(forms)}${random.chance(0.6) ? (random.chance(0.5) ? two(year) : random.digits(3)) : ''}@${random.pick(mailHosts)}`
}

function phone(random: Random): string {
  return `${2 + random.below(8)}${random.digits(2)}${2 + random.below(8)}${random.digits(6)}`
}

function makeSsn(random: Random): string {
  const area = 1 + random.below(772)
  return `${String(area === 666 ? 667 : area).padStart(3, '0')}${String(1 + random.below(99)).padStart(2, '0')}${String(1 + random.below(9999)).padStart(4, '0')}`
}

function nextSsn(ssn: string): string {
  const serial = (Number(ssn.slice(5)) % 9999) + 1
  return ssn.slice(0, 5) + String(serial).padStart(4, '0')
}

function shiftYear(date: string, years: number): string {
  return `${Number(date.slice(0, 4)) + years}${date.slice(4)}`
}

export function two(n: number): string {
  return String(n).padStart(2, '0')
}
