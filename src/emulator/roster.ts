import type Finch from '@tryfinch/finch-api'
import { type Draw, seededDraw, seededUuid } from './chance.ts'
import { DEPARTMENTS, domainOf } from './employer.ts'
import { type Human, makeHousehold } from './people/households.ts'
import { type ConnectionHabits, writeEmployment, writeIndividual } from './people/records.ts'
import { findProvider, type Gap } from './providers.ts'

// Who works where, from words alone. About a third of the people of an employer's first entity are on the books of
// every provider that employer connects: the same human under another individual_id, written down by that provider
// with its own gaps, habits and slips.

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

const SHARE_EVERYWHERE = 0.3
const FAMILIES = 0.15

/** The same people in the same order for the same workplace. */
export function makeRoster(place: Workplace): Person[] {
  const everywhere = place.entityIndex === 0 ? Math.floor(place.size * SHARE_EVERYWHERE) : 0
  const here = [place.provider, String(place.entityIndex)]
  const humans = [
    ...makeHumans(seedOf(place.employerKey, 'everywhere'), everywhere),
    ...makeHumans(seedOf(place.employerKey, ...here), place.size - everywhere),
  ]
  return humans.map((human, index) => writeDown(place, index, human))
}

function makeHumans(seed: number, count: number): Human[] {
  const humans: Human[] = []
  for (let household = 0; humans.length < count; household += 1) {
    humans.push(...makeHousehold(seed, household, { families: FAMILIES }).humans)
  }
  return humans.slice(0, count)
}

/** A number for the generator, which counts where we have words. */
function seedOf(...words: readonly string[]): number {
  return seededDraw('seed', ...words).int(2 ** 31)
}

/** How this provider keeps its people, from what it never fills. Finch writes every date in one form. */
function habitsOf(place: Workplace, gaps: readonly Gap[]): ConnectionHabits {
  const missing = (gap: Gap, otherwise: number) => (gaps.includes(gap) ? 1 : otherwise)
  return {
    ssn: 'raw',
    products: 'full',
    dates: 'iso',
    emails: gaps.includes('emails') ? 'none' : 'both',
    dobMissing: missing('dob', 0.05),
    phoneMissing: missing('phone_numbers', 0.1),
    residenceMissing: 0.1,
    rehires: 0,
    slips: 0.03,
    old: false,
    workDomain: domainOf(place.employerName),
  }
}

function writeDown(place: Workplace, index: number, human: Human): Person {
  const provider = findProvider(place.provider)
  const gaps: readonly Gap[] = provider?.gaps ?? []
  const habits = habitsOf(place, gaps)
  const connection = seedOf(place.connectionId)
  const seed = seedOf(place.employerKey)
  const written = writeIndividual(seed, human, connection, habits, 0)
  const work = writeEmployment(seed, human, connection, habits, 0)
  const record = seededDraw('record', place.connectionId, String(place.entityIndex), String(index))
  const kept = <T>(field: Gap, value: T): T | null => (gaps.includes(field) ? null : value)
  const id = seededUuid('individual', place.connectionId, String(place.entityIndex), String(index))
  const names = {
    first_name: written.first_name,
    middle_name: kept('middle_name', written.middle_name),
    last_name: written.last_name,
  }
  const left = index > 0 && work.employment_status === 'terminated'
  const contractor = work.employment.type === 'contractor'
  return {
    individual: {
      id,
      ...names,
      preferred_name: written.preferred_name,
      dob: written.dob,
      emails: written.emails === null ? null : [...written.emails],
      phone_numbers: written.phone_numbers === null ? null : [...written.phone_numbers],
      gender: written.gender,
      ethnicity: kept('ethnicity', record.pick(['asian', 'white', 'black_or_african_american', 'hispanic_or_latino'])),
      marital_status: kept('marital_status', record.pick(['single', 'married', 'divorced', 'unknown'])),
      residence: written.residence,
      ssn: written.ssn,
      encrypted_ssn: null,
    },
    employment: {
      id,
      ...names,
      title: index === 0 ? 'Chief Executive Officer' : work.title,
      department: record.likely(90) ? { name: record.pick(DEPARTMENTS) } : null,
      manager: index === 0 ? null : kept('manager', { id: managerOf(place) }),
      employment: contractor
        ? { type: 'contractor', subtype: 'individual_contractor' }
        : { type: 'employee', subtype: record.likely(80) ? 'full_time' : 'part_time' },
      employment_status: left ? 'terminated' : 'active',
      // Some systems tell no status for contractors: the third state of a field many take for two.
      is_active: contractor ? null : !left,
      start_date: work.start_date,
      end_date: left ? work.end_date : null,
      latest_rehire_date: null,
      location: written.residence === null ? null : { ...written.residence, line1: null },
      income: income(record),
      income_history: null,
      source_id: `${place.provider.slice(0, 3).toUpperCase()}-${place.entityIndex + 1}${String(index).padStart(4, '0')}`,
      class_code: null,
      flsa_status: contractor ? null : record.pick(['exempt', 'non_exempt', 'unknown']),
      highly_compensated_employee: null,
      key_employee: null,
      union_code: null,
      union_local: null,
      custom_fields: null,
    },
  }
}

/** Finch counts money in cents. */
function income(record: Draw) {
  return { amount: (30 + record.int(120)) * 100_000, currency: 'usd', unit: 'yearly', effective_date: null } as const
}

function managerOf(place: Workplace): string {
  return seededUuid('individual', place.connectionId, String(place.entityIndex), '0')
}
