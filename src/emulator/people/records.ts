/**
 * How one payroll system writes down one human: Finch's shapes, with what that system leaves out and what its clerks get wrong. Each record has
 * its own chance, so that the same human differs from system to system as real ones do.
 */
import { type Address, type Human, makeAddress, surname, two } from './households.ts'
import { departments, menNames, surnames, titles, womenNames } from './names.ts'
import { type Random, randomFor } from './random.ts'

const common = new Set(surnames)

/** What a connection's provider gives. */
export interface ConnectionHabits {
  /** Encrypted numbers come to us as null in `ssn`. */
  readonly ssn: 'raw' | 'encrypted' | 'none'
  /** `directory`: names, department, manager, is_active and nothing else. */
  readonly products: 'full' | 'directory'
  readonly dates: 'iso' | 'month-first' | 'day-first'
  readonly emails: 'work' | 'personal' | 'both' | 'none'
  /** Share of records without a date of birth, phone, address. */
  readonly dobMissing: number
  readonly phoneMissing: number
  readonly residenceMissing: number
  /** Share of people entered under a new id when they came back. */
  readonly rehires: number
  /** Share of records with a slip of the keys in a field. */
  readonly slips: number
  /** Older systems still hold maiden names, former addresses and taxpayer numbers. */
  readonly old: boolean
  readonly workDomain: string
}

export interface FinchIndividual {
  readonly id: string
  readonly first_name: string | null
  readonly middle_name: string | null
  readonly last_name: string | null
  readonly preferred_name: string | null
  readonly emails: readonly { readonly data: string; readonly type: 'work' | 'personal' }[] | null
  readonly phone_numbers: readonly { readonly data: string; readonly type: 'work' | 'personal' }[] | null
  readonly gender: 'female' | 'male' | null
  readonly ethnicity: null
  readonly marital_status: null
  readonly dob: string | null
  readonly residence: {
    readonly line1: string
    readonly line2: string | null
    readonly city: string
    readonly state: string
    readonly postal_code: string
    readonly country: 'US'
  } | null
  readonly ssn: string | null
  readonly encrypted_ssn: string | null
}

export interface FinchEmployment {
  readonly id: string
  readonly first_name: string | null
  readonly middle_name: string | null
  readonly last_name: string | null
  readonly title: string | null
  readonly department: { readonly name: string } | null
  readonly manager: { readonly id: string } | null
  readonly employment: { readonly type: 'employee' | 'contractor'; readonly subtype: 'full_time' | null }
  readonly employment_status: 'active' | 'terminated'
  readonly is_active: boolean
  readonly start_date: string | null
  readonly end_date: string | null
  readonly latest_rehire_date: string | null
}

export function writeIndividual(
  seed: number,
  human: Human,
  connection: number,
  habits: ConnectionHabits,
  copy: number,
): FinchIndividual {
  const random = randomFor(seed, 3, human.id, connection, copy)
  const id = individualId(seed, human.id, connection, copy)
  const names = writeNames(random, human, habits)
  const nothing = {
    emails: null,
    phone_numbers: null,
    gender: null,
    ethnicity: null,
    marital_status: null,
    dob: null,
    residence: null,
    ssn: null,
    encrypted_ssn: null,
  } as const
  if (habits.products === 'directory') return { id, ...names, preferred_name: null, ...nothing }
  const ssn = writeSsn(random, human, habits)
  return {
    id,
    ...names,
    ...nothing,
    emails: writeEmails(random, human, habits),
    phone_numbers: writePhones(random, human, habits),
    gender: random.chance(0.3) ? null : human.woman ? 'female' : 'male',
    dob: random.chance(habits.dobMissing) ? null : writeDate(spoilDate(random, human.dob, habits.slips), habits.dates),
    residence: random.chance(habits.residenceMissing) ? null : writeResidence(random, human, habits),
    ssn: habits.ssn === 'raw' ? ssn : null,
    encrypted_ssn: habits.ssn === 'encrypted' && ssn !== null ? `enc_${id}` : null,
  }
}

export function writeEmployment(
  seed: number,
  human: Human,
  connection: number,
  habits: ConnectionHabits,
  copy: number,
): FinchEmployment {
  const random = randomFor(seed, 4, human.id, connection, copy)
  const names = writeNames(randomFor(seed, 3, human.id, connection, copy), human, habits)
  const bare = habits.products === 'directory'
  const active = copy === 0 ? random.chance(0.9) : true
  // Whoever moves a payroll carries the first day over, or enters the day of the move.
  const start =
    copy > 0 || random.chance(0.4) ? `${2015 + random.below(10)}-${two(1 + random.below(12))}-01` : human.started
  return {
    id: individualId(seed, human.id, connection, copy),
    first_name: names.first_name,
    middle_name: names.middle_name,
    last_name: names.last_name,
    title: bare ? null : random.pick(titles),
    department: random.chance(0.2) ? null : { name: departments[human.id % departments.length] as string },
    manager: null,
    employment: { type: human.contractor ? 'contractor' : 'employee', subtype: human.contractor ? null : 'full_time' },
    employment_status: active ? 'active' : 'terminated',
    is_active: active,
    start_date: bare || random.chance(0.1) ? null : start,
    end_date: active || bare ? null : `2024-${two(1 + random.below(12))}-28`,
    latest_rehire_date: copy > 0 ? start : null,
  }
}

/** UUIDs that follow from the seed, so that a demo can be told in advance what it will show; the last part is unique by construction. */
export function individualId(seed: number, human: number, connection: number, copy: number): string {
  const random = randomFor(seed, 5, human, connection, copy)
  const hex = Array.from({ length: 3 }, () =>
    Math.floor(random.next() * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('')
  const unique = BigInt.asUintN(48, (BigInt(human) * 512n + BigInt(connection * 2 + copy)) * 0x5deece66dn)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${unique.toString(16).padStart(12, '0')}`
}

function writeNames(random: Random, human: Human, habits: ConnectionHabits) {
  const plain = human.plain !== null && random.chance(0.5) ? human.plain : null
  const called = human.called !== null && random.chance(0.3)
  const full = plain?.first ?? human.first
  const first = called && random.chance(0.6) ? (human.called as string) : full
  const before = habits.old && human.lastBefore !== null ? human.lastBefore : (plain?.last ?? human.last)
  const last = random.chance(0.01) && human.lastBefore !== null ? `${human.lastBefore}-${human.last}` : before
  const suffix = human.suffix !== null && random.chance(0.7) ? ` ${human.suffix}${random.chance(0.3) ? '.' : ''}` : ''
  const middle =
    human.middle === null || random.chance(0.45) ? null : random.chance(0.5) ? `${human.middle[0]}.` : human.middle
  const shout = random.chance(0.03)
  const write = (name: string) => (shout ? name.toUpperCase() : name)
  const swapped = random.chance(habits.slips / 6)
  // Some go by a name no other system knows; some clerks enter a letter.
  const given = random.chance(habits.slips / 3)
    ? random.pickCommon(human.woman ? womenNames : menNames)
    : random.chance(0.004)
      ? `${first[0]}.`
      : first
  const one = write(spoil(random, given, habits.slips))
  const two = write(spoil(random, last, habits.slips) + suffix)
  return {
    first_name: random.chance(0.002) ? null : swapped ? two : one,
    middle_name: middle,
    last_name: random.chance(0.002) ? null : swapped ? one : two,
    preferred_name: called && first !== human.called ? human.called : null,
  }
}

function writeSsn(random: Random, human: Human, habits: ConnectionHabits): string | null {
  if (random.chance(0.03)) return null
  if (random.chance(0.004)) return random.pick(['000-00-0000', '999-99-9999', '123-45-6789'])
  if (random.chance(habits.slips / 8)) return random.digits(9)
  const ssn =
    habits.old && human.itin !== null
      ? human.itin
      : random.chance(habits.slips / 4)
        ? slipDigit(random, human.ssn)
        : human.ssn
  return random.chance(0.5) ? `${ssn.slice(0, 3)}-${ssn.slice(3, 5)}-${ssn.slice(5)}` : ssn
}

function writeEmails(random: Random, human: Human, habits: ConnectionHabits): FinchIndividual['emails'] {
  const list: { data: string; type: 'work' | 'personal' }[] = []
  const plain = human.plain ?? human
  // No two people have one address: bearers of common names get a number.
  const local =
    `${plain.first}.${plain.last}`.toLowerCase().replace(/[^a-z.]/g, '') +
    (common.has(human.last) ? human.id % 9973 : '')
  if (habits.emails === 'work' || habits.emails === 'both') {
    if (random.chance(0.02)) list.push({ data: `frontdesk@${habits.workDomain}`, type: 'work' })
    else if (random.chance(0.01)) list.push({ data: 'noreply@example.com', type: 'work' })
    else if (random.chance(0.9)) list.push({ data: `${local}@${habits.workDomain}`, type: 'work' })
  }
  if ((habits.emails === 'personal' || habits.emails === 'both') && random.chance(0.8)) {
    const own = human.homeEmail !== null && random.chance(0.5) ? human.homeEmail : human.email
    list.push({
      data: random.chance(0.05) ? own.replace('@', '+payroll@') : spoil(random, own, habits.slips / 4),
      type: 'personal',
    })
  }
  return list.length === 0 ? null : list
}

function writePhones(random: Random, human: Human, habits: ConnectionHabits): FinchIndividual['phone_numbers'] {
  if (random.chance(habits.phoneMissing)) return null
  const office = random.chance(0.02)
  const digits = office
    ? '2125550100'
    : random.chance(0.15)
      ? human.homePhone
      : random.chance(0.06)
        ? `${2 + random.below(8)}${random.digits(9)}`
        : human.mobile
  const written = random.pick([
    `+1${digits}`,
    digits,
    `(${digits.slice(0, 3)}) ${digits.slice(3, 6)}-${digits.slice(6)}`,
    `${digits.slice(0, 3)}-${digits.slice(3, 6)}-${digits.slice(6)}`,
  ])
  return [{ data: written, type: office ? 'work' : 'personal' }]
}

function writeResidence(random: Random, human: Human, habits: ConnectionHabits): FinchIndividual['residence'] {
  const moved: Address | null =
    habits.old && human.addressBefore !== null ? human.addressBefore : random.chance(0.03) ? makeAddress(random) : null
  const home = moved ?? human.address
  const kind = random.chance(0.5) ? home.kind[0] : home.kind[1]
  const inLine = home.unit !== null && random.chance(0.3)
  const street = spoil(random, home.street, habits.slips)
  const poBox = random.chance(0.02)
  return {
    line1: poBox
      ? `PO Box ${random.below(9000)}`
      : `${home.number} ${street} ${kind}${inLine ? ` Apt ${home.unit}` : ''}`,
    line2:
      home.unit === null || inLine || random.chance(0.1)
        ? null
        : random.pick([`Apt ${home.unit}`, `Unit ${home.unit}`, `#${home.unit}`]),
    city: random.chance(0.02) ? surname(random) : spoil(random, home.city, habits.slips / 2),
    state: home.state,
    postal_code: random.chance(0.1)
      ? `${home.zip}-${random.digits(4)}`
      : random.chance(habits.slips / 2)
        ? slipDigit(random, home.zip)
        : home.zip,
    country: 'US',
  }
}

/** One slip of the keys: a letter lost, doubled, changed over or wrong. */
function spoil(random: Random, text: string, share: number): string {
  if (!random.chance(share) || text.length < 3) return text
  const at = 1 + random.below(text.length - 1)
  const kind = random.below(4)
  if (kind === 0) return text.slice(0, at) + text.slice(at + 1)
  if (kind === 1) return text.slice(0, at) + text[at] + text.slice(at)
  if (kind === 2) return text.slice(0, at - 1) + text[at] + text[at - 1] + text.slice(at + 1)
  return text.slice(0, at) + random.pick([...'aeioustrnl']) + text.slice(at + 1)
}

function slipDigit(random: Random, digits: string): string {
  const at = random.below(digits.length - 1)
  if (random.chance(0.5)) return digits.slice(0, at) + digits[at + 1] + digits[at] + digits.slice(at + 2)
  return digits.slice(0, at) + random.below(10) + digits.slice(at + 1)
}

function spoilDate(random: Random, date: string, share: number): string {
  if (random.chance(share / 6))
    return `${1955 + random.below(48)}-${two(1 + random.below(12))}-${two(1 + random.below(28))}`
  if (!random.chance(share / 2)) return date
  const [year = '', month = '', day = ''] = date.split('-')
  const kind = random.below(4)
  if (kind === 0 && Number(day) <= 12) return `${year}-${day}-${month}`
  if (kind === 1) return `${year}-${month}-${two(Math.min(28, Number(day[1]) * 10 + Number(day[0])) || 1)}`
  if (kind === 2) return `${year.slice(0, 2)}${year[3]}${year[2]}-${month}-${day}`
  return `${year}-${month}-${two(1 + random.below(28))}`
}

function writeDate(date: string, style: ConnectionHabits['dates']): string {
  const [year, month, day] = date.split('-')
  if (style === 'month-first') return `${month}/${day}/${year}`
  return style === 'day-first' ? `${day}/${month}/${year}` : date
}
