import type Finch from '@tryfinch/finch-api'
import * as v from 'valibot'
import { readBody } from './body.ts'
import { type Answer, type DataCall, ok } from './call.ts'
import { readPage } from './page.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { IndividualBody, Person } from './roster.ts'
import { companyOf, encryptsSsn, staffOf } from './staff.ts'

const MAX_LIMIT = 10_000

/** `GET /employer/company`: every key is there, any but `id` may be null. */
export function readCompany(call: DataCall): Answer {
  return ok(companyOf(call.connection, call.entity))
}

/** `GET /employer/directory`: a page of people, and in `paging.count` how many there are in all. */
export function readDirectory(call: DataCall): Answer {
  const { limit, offset } = readPage(call.query, MAX_LIMIT)
  const staff = staffOf(call.connection, call.entity)
  const individuals = staff.slice(offset, offset + limit).map(directoryEntry)
  return ok({ paging: { count: staff.length, offset }, individuals })
}

const Batch = v.looseObject({
  requests: v.array(v.looseObject({ individual_id: v.string() })),
  options: v.nullish(v.looseObject({ include: v.optional(v.array(v.string())) })),
})

/** `POST /employer/individual`: 200 for the batch, each item with a code of its own. */
export function readIndividuals(call: DataCall): Answer {
  const { options } = readBody(Batch, call.body)
  // The number needs both: the product granted by the employer and the wish in this very request.
  const withSsn = call.connection.products.includes('ssn') && (options?.include ?? []).includes('ssn')
  const encrypted = encryptsSsn(call.connection)
  return answerBatch(call, ({ individual }) => (withSsn ? ssnShown(individual, encrypted) : ssnLeftOut(individual)))
}

/** `POST /employer/employment`: the same envelope. */
export function readEmployments(call: DataCall): Answer {
  return answerBatch(call, ({ employment }) => employment)
}

function answerBatch(call: DataCall, tell: (person: Person) => object): Answer {
  const { requests } = readBody(Batch, call.body)
  if (requests.length > MAX_LIMIT) throw refuse.batchTooLarge(MAX_LIMIT, 'items')
  const staff = new Map(staffOf(call.connection, call.entity).map((person) => [person.individual.id, person]))
  const responses = requests.map(({ individual_id: id }) => {
    const person = staff.get(id)
    if (person !== undefined) return { individual_id: id, code: 200, body: tell(person) }
    const missing: Refusal = refuse.noIndividual(id)
    return { individual_id: id, code: missing.status, body: missing.body }
  })
  return ok({ responses })
}

function directoryEntry({ individual, employment }: Person): Finch.HRIS.IndividualInDirectory {
  return {
    id: individual.id,
    first_name: individual.first_name,
    middle_name: individual.middle_name,
    last_name: individual.last_name,
    department: employment.department,
    manager: employment.manager,
    is_active: employment.is_active,
  }
}

function ssnLeftOut(individual: IndividualBody): Omit<IndividualBody, 'ssn' | 'encrypted_ssn'> {
  const { ssn: _, encrypted_ssn: __, ...rest } = individual
  return rest
}

function ssnShown(individual: IndividualBody, encrypted: boolean): IndividualBody {
  if (!encrypted || individual.ssn === null || individual.ssn === undefined) return individual
  return { ...individual, ssn: null, encrypted_ssn: Buffer.from(`encrypted:${individual.ssn}`).toString('base64') }
}
