import { type Answer, type DataCall, ok } from './call.ts'
import { seededDraw, seededUuid } from './chance.ts'
import { readList, readPage } from './page.ts'
import { refuse } from './refusal.ts'
import type { Person } from './roster.ts'
import { isFirst, staffOf } from './staff.ts'

// W-4 forms of the people a `w4_form_employee_sync` job was run for. Whoever began in 2020 or later has the new form.

const NEW_FORM_YEAR = 2020
const OLD_FORM_YEAR = 2005

/** `GET /employer/documents` */
export function listDocuments(call: DataCall): Answer {
  const { query, application } = call
  const individuals = readList(query, 'individual_ids')
  const types = readList(query, 'types')
  const found = syncedForms(call)
    .filter(({ person }) => individuals.length === 0 || individuals.includes(person.individual.id))
    .filter(({ type }) => types.length === 0 || types.includes(type))
  const { limit, offset } = readPage(query, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  const documents = found.slice(offset, offset + limit).map(({ id, type, year, person }) => ({
    id,
    individual_id: person.individual.id,
    type,
    year,
    url: `${application.origin}/employer/documents/${id}`,
  }))
  return ok({ paging: { count: found.length, offset }, documents })
}

/** `GET /employer/documents/{id}` */
export function readDocument(call: DataCall): Answer {
  const form = syncedForms(call).find(({ id }) => id === call.params.id)
  if (form === undefined) throw refuse.notFound(`No document has the id ${call.params.id}.`)
  const { type, year, person } = form
  return ok({ type, year, data: type === 'w4_2020' ? newForm(person) : oldForm(person) })
}

interface Form {
  readonly id: string
  readonly type: 'w4_2020' | 'w4_2005'
  readonly year: number
  readonly person: Person
}

function syncedForms({ state, connection, entity }: DataCall): Form[] {
  const synced = new Set(
    Object.values(state.jobs)
      .filter(
        ({ connectionId, type, outcome }) => connectionId === connection.id && type === W4_SYNC && outcome !== null,
      )
      .map(({ individualId }) => individualId),
  )
  if (synced.size === 0) throw refuse.w4SyncRequired()
  // Such jobs look at the first entity.
  if (!isFirst(connection, entity)) return []
  return staffOf(connection, entity)
    .filter(({ individual }) => synced.has(individual.id))
    .map((person) => {
      const began = Number((person.employment.start_date ?? '').slice(0, 4))
      const isNew = began >= NEW_FORM_YEAR
      return {
        id: seededUuid('w4', connection.id, person.individual.id),
        type: isNew ? 'w4_2020' : 'w4_2005',
        year: isNew ? NEW_FORM_YEAR : OLD_FORM_YEAR,
        person,
      }
    })
}

const W4_SYNC = 'w4_form_employee_sync'

function newForm({ individual }: Person) {
  const draw = seededDraw('w4', individual.id)
  const children = draw.int(4) * 200_000
  return {
    individual_id: individual.id,
    filing_status:
      individual.marital_status === 'married'
        ? 'married_filing_jointly_or_qualifying_surviving_spouse'
        : draw.pick(['single_or_married_filing_separately', 'head_of_household']),
    amount_for_qualifying_children_under_17: children,
    amount_for_other_dependents: 0,
    total_claim_dependent_and_other_credits: children,
    other_income: 0,
    deductions: 0,
    extra_withholding: draw.likely(20) ? 5_000 : 0,
  }
}

function oldForm({ individual }: Person) {
  const draw = seededDraw('w4', individual.id)
  return {
    individual_id: individual.id,
    filing_status: individual.marital_status === 'married' ? 'married' : 'single',
    total_number_of_allowances: draw.int(5),
    additional_withholding: draw.likely(20) ? 5_000 : 0,
    exemption: 'non_exempt',
  }
}
