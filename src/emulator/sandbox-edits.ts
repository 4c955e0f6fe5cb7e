import { randomUUID } from 'node:crypto'
import * as v from 'valibot'
import { readBody } from './body.ts'
import { type Answer, ok, type TokenCall } from './call.ts'
import { refuse } from './refusal.ts'
import { companyOf, staffOf } from './staff.ts'
import { type Connection, type Edits, type Entity, noEdits } from './state.ts'

// Sandbox edits. They are answered at once but seen on /employer/* only after a sandbox job has synced them.

const text = v.nullish(v.string())
const list = v.nullish(v.array(v.unknown()))
const nested = v.nullish(v.looseObject({}))
const flag = v.nullish(v.boolean())
// Sandbox requests may write a birthday the American way; answers always have the ISO date.
const birthday = v.nullish(
  v.pipe(
    v.string(),
    v.transform((day) => day.replace(/^(\d\d)\/(\d\d)\/(\d{4})$/, '$3-$1-$2')),
    v.isoDate(),
  ),
)

const CompanyEdit = v.object({
  accounts: list,
  departments: list,
  ein: text,
  entity: nested,
  legal_name: text,
  locations: list,
  primary_email: text,
  primary_phone_number: text,
})

const IndividualEdit = v.object({
  first_name: text,
  middle_name: text,
  last_name: text,
  preferred_name: text,
  dob: birthday,
  emails: list,
  phone_numbers: list,
  gender: text,
  ethnicity: text,
  marital_status: text,
  residence: nested,
  ssn: text,
  encrypted_ssn: text,
})

const EmploymentEdit = v.object({
  first_name: text,
  middle_name: text,
  last_name: text,
  title: text,
  department: nested,
  manager: nested,
  employment: nested,
  employment_status: text,
  is_active: flag,
  start_date: text,
  end_date: text,
  latest_rehire_date: text,
  location: nested,
  income: nested,
  income_history: list,
  source_id: text,
  class_code: text,
  flsa_status: text,
  highly_compensated_employee: flag,
  key_employee: flag,
  union_code: text,
  union_local: text,
  custom_fields: list,
})

const Hires = v.array(v.object({ ...IndividualEdit.entries, ...EmploymentEdit.entries }))

/** `PUT /sandbox/company`: the company as it will be. */
export function editCompany(call: TokenCall): Answer {
  Object.assign(call.connection.pending.company, readBody(CompanyEdit, call.body))
  const { id: _, ...company } = companyOf(call.connection, firstEntity(call.connection), everything(call.connection))
  return ok(company)
}

/** `POST /sandbox/directory`: the new people with their ids. Whoever sends no list gets one person, all made up. */
export function addPeople(call: TokenCall): Answer {
  const hires = readBody(Hires, call.body ?? [{}])
  const made = hires.map((fields) => ({ id: randomUUID(), ...fields }))
  for (const { id, ...fields } of made) call.connection.pending.added[id] = fields
  return ok(made)
}

/** `PUT /sandbox/individual/{id}` */
export function editIndividual(call: TokenCall): Answer {
  const edit = readBody(IndividualEdit, call.body ?? {})
  return editPerson(call, 'individuals', edit)
}

/** `PUT /sandbox/employment/{id}` */
export function editEmployment(call: TokenCall): Answer {
  const edit = readBody(EmploymentEdit, call.body ?? {})
  return editPerson(call, 'employments', edit)
}

/** Makes the pending edits visible, in the order they were made. */
export function showEdits(connection: Connection): void {
  connection.shown = everything(connection)
  connection.pending = noEdits()
}

function editPerson(call: TokenCall, kind: 'individuals' | 'employments', edit: Record<string, unknown>): Answer {
  const { connection } = call
  const id = call.params.id ?? ''
  findPerson(connection, id)
  connection.pending[kind][id] = { ...connection.pending[kind][id], ...edit }
  const person = findPerson(connection, id)
  const { id: _, ...seen } = kind === 'individuals' ? person.individual : person.employment
  return ok(seen)
}

function findPerson(connection: Connection, id: string) {
  const staff = staffOf(connection, firstEntity(connection), everything(connection))
  const person = staff.find(({ individual }) => individual.id === id)
  if (person === undefined) throw refuse.noIndividual(id)
  return person
}

/** What was edited, seen or not. */
export function everything({ shown, pending }: Connection): Edits {
  return {
    company: { ...shown.company, ...pending.company },
    added: { ...shown.added, ...pending.added },
    individuals: mergeEach(shown.individuals, pending.individuals),
    employments: mergeEach(shown.employments, pending.employments),
    payments: { ...shown.payments, ...pending.payments },
  }
}

function mergeEach(older: Edits['individuals'], newer: Edits['individuals']): Edits['individuals'] {
  const merged = { ...older }
  for (const [id, fields] of Object.entries(newer)) merged[id] = { ...merged[id], ...fields }
  return merged
}

export function firstEntity(connection: Connection): Entity {
  const [entity] = connection.entities
  if (entity === undefined) throw refuse.notFound('This connection has no entity.')
  return entity
}
