import { seededUuid } from '../chance.ts'
import type { Person } from '../roster.ts'
import type { Connection, Entity } from '../state.ts'
import type { Frequency } from './calendar.ts'
import { isContractor } from './pay.ts'

/** People who are paid together, by the way they are employed. */
export interface PayGroup {
  readonly id: string
  readonly name: string
  readonly frequency: Frequency
  readonly people: readonly Person[]
}

const KINDS: readonly { name: string; frequency: Frequency; holds: (person: Person) => boolean }[] = [
  { name: 'Contractors', frequency: 'monthly', holds: isContractor },
  {
    name: 'Hourly',
    frequency: 'bi_weekly',
    holds: (person) => !isContractor(person) && person.employment.employment?.subtype === 'part_time',
  },
  {
    name: 'Salaried',
    frequency: 'semi_monthly',
    holds: (person) => !isContractor(person) && person.employment.employment?.subtype !== 'part_time',
  },
]

/** The groups that have anybody in them. */
export function payGroups(connection: Connection, entity: Entity, staff: readonly Person[]): PayGroup[] {
  return KINDS.map(({ name, frequency, holds }) => ({
    id: seededUuid('pay group', connection.id, String(entity.index), name),
    name,
    frequency,
    people: staff.filter(holds),
  })).filter(({ people }) => people.length > 0)
}
