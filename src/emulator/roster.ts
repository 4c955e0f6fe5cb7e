import type Finch from '@tryfinch/finch-api'
import { type Draw, seededDraw, seededUuid } from './chance.ts'
import { DEPARTMENTS, domainOf } from './employer.ts'
import { findProvider, type Gap } from './providers.ts'

// Who works where, from words alone. About a third of the people of an employer's first entity are on the books of
// every provider that employer connects: the same human under another individual_id, with each provider's own gaps.

export interface Workplace {
  /** The same for all connections of one employer. */
  readonly employerKey: string
  readonly employerName: string
  readonly provider: string
  /** Ids of people belong to a connection: the next connection knows them under others. */
  readonly connectionId: string
  readonly entityIndex: number
  /** How many people. */
  readonly size: number
}

export type IndividualBody = Finch.HRIS.Individual.IndividualResponseBody
export type EmploymentBody = Finch.HRIS.EmploymentData.EmploymentDataResponseBody

/** One person as `/employer/individual` and `/employer/employment` tell them. `individual.ssn` is there: whoever answers a request must know who may see it. */
export interface Person {
  readonly individual: IndividualBody
  readonly employment: EmploymentBody
}

/** The same people in the same order for the same workplace. */
export function makeRoster(place: Workplace): Person[] {
  const everywhere = place.entityIndex === 0 ? Math.floor(place.size * 0.3) : 0
  return Array.from({ length: place.size }, (_, index) => {
    const words = index < everywhere ? ['everywhere'] : [place.provider, String(place.entityIndex)]
    return makePerson(place, index, seededDraw('human', place.employerKey, ...words, String(index)))
  })
}

const FIRST_NAMES = [
  ...['Aisha', 'Ben', 'Carmen', 'Dmitri', 'Elena', 'Farid', 'Grace', 'Hiro', 'Imani', 'Jonas', 'Katherine', 'Liam'],
  ...['Mei', 'Noor', 'Oscar', 'Priya', 'Quentin', 'Robert', 'Sofía', 'Thomas', 'Uma', 'Víctor', 'William', 'Zoë'],
]
const LAST_NAMES = [
  ...['Abara', 'Brennan', 'Chen', "D'Angelo", 'Eriksson', 'Fischer', 'García', 'Haddad', 'Ivanova', 'Johnson', 'Kim'],
  ...['Lopez-Ruiz', 'Müller', 'Nguyen', 'Okafor', 'Patel', 'Quinn', 'Rossi', 'Smith', 'Tanaka', 'Usman', 'Van Dyke'],
]
const NICKNAMES: Readonly<Record<string, string>> = { Katherine: 'Kate', Robert: 'Bob', Thomas: 'Tom', William: 'Bill' }
const TITLES = ['Engineer', 'Analyst', 'Coordinator', 'Account Executive', 'Manager', 'Technician'] as const
const CITIES = [
  { city: 'Oakland', state: 'CA', postal_code: '94607' },
  { city: 'Portland', state: 'OR', postal_code: '97205' },
  { city: 'Austin', state: 'TX', postal_code: '78701' },
] as const

function makePerson(place: Workplace, index: number, human: Draw): Person {
  // Drawn from the human first and in a fixed order: these must not differ from provider to provider.
  const firstName = human.pick(FIRST_NAMES)
  const lastName = human.pick(LAST_NAMES)
  const middleName = human.likely(40) ? human.pick(FIRST_NAMES) : null
  const dob = isoDate(1958 + human.int(44), human)
  const ssn = `9${human.int(90) + 10}-${human.int(90) + 10}-${human.int(9000) + 1000}`
  const mailbox = `${asciiOf(firstName)}.${asciiOf(lastName)}`
  const privateMail = `${mailbox}${human.int(90) + 10}@mail.example`
  const phone = `+1510555${human.int(9000) + 1000}`
  const residence = { line1: `${human.int(900) + 1} Elm Street`, line2: null, ...human.pick(CITIES), country: 'US' }
  const gender = human.pick(['female', 'male', 'female', 'male', 'other'])
  const maritalStatus = human.pick(['single', 'married', 'divorced', 'unknown'])
  const ethnicity = human.pick(['asian', 'white', 'black_or_african_american', 'hispanic_or_latino'])

  // How this one provider keeps them.
  const record = seededDraw('record', place.connectionId, String(place.entityIndex), String(index))
  const gaps: readonly Gap[] = findProvider(place.provider)?.gaps ?? []
  const kept = <T>(field: Gap, value: T): T | null => (gaps.includes(field) ? null : value)
  const id = seededUuid('individual', place.connectionId, String(place.entityIndex), String(index))
  const workMail = `${mailbox}@${domainOf(place.employerName)}`
  const left = index > 0 && record.likely(12)
  const contractor = record.likely(10)
  const names = { first_name: firstName, middle_name: kept('middle_name', middleName), last_name: lastName }

  const individual: IndividualBody = {
    id,
    ...names,
    preferred_name: record.likely(50) ? (NICKNAMES[firstName] ?? null) : null,
    dob: record.likely(95) ? kept('dob', dob) : null,
    emails: kept('emails', [
      { data: workMail, type: 'work' },
      ...(record.likely(60) ? [{ data: privateMail, type: 'personal' as const }] : []),
    ]),
    phone_numbers: kept('phone_numbers', [{ data: phone, type: record.likely(70) ? 'personal' : null }]),
    gender,
    ethnicity: kept('ethnicity', ethnicity),
    marital_status: kept('marital_status', maritalStatus),
    residence: record.likely(90) ? residence : null,
    ssn,
    encrypted_ssn: null,
  }
  const employment: EmploymentBody = {
    id,
    ...names,
    title: index === 0 ? 'Chief Executive Officer' : record.pick(TITLES),
    department: record.likely(90) ? { name: record.pick(DEPARTMENTS) } : null,
    manager: index === 0 ? null : kept('manager', { id: managerOf(place) }),
    employment: contractor
      ? { type: 'contractor', subtype: 'individual_contractor' }
      : { type: 'employee', subtype: record.likely(80) ? 'full_time' : 'part_time' },
    employment_status: left ? 'terminated' : 'active',
    // Some systems tell no status for contractors: the third state of a field many take for two.
    is_active: contractor ? null : !left,
    start_date: isoDate(2012 + record.int(10), record),
    end_date: left ? isoDate(2023 + record.int(2), record) : null,
    latest_rehire_date: null,
    location: { ...residence, line1: null },
    income: { amount: (30 + record.int(120)) * 100_000, currency: 'usd', unit: 'yearly', effective_date: null },
    income_history: null,
    source_id: `${place.provider.slice(0, 3).toUpperCase()}-${place.entityIndex + 1}${String(index).padStart(4, '0')}`,
    class_code: null,
    flsa_status: contractor ? null : record.pick(['exempt', 'non_exempt', 'unknown']),
    highly_compensated_employee: null,
    key_employee: null,
    union_code: null,
    union_local: null,
    custom_fields: null,
  }
  return { individual, employment }
}

function managerOf(place: Workplace): string {
  return seededUuid('individual', place.connectionId, String(place.entityIndex), '0')
}

function isoDate(year: number, draw: Draw): string {
  const two = (part: number) => String(part).padStart(2, '0')
  return `${year}-${two(1 + draw.int(12))}-${two(1 + draw.int(28))}`
}

function asciiOf(name: string): string {
  return name
    .normalize('NFD')
    .replaceAll(/[^A-Za-z]/g, '')
    .toLowerCase()
}
