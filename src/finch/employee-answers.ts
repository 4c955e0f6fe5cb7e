/** Finch's directory, individual and employment answers, from unknown JSON to employees. Everything but `id` may be null. */
import * as v from 'valibot'
import type { Employee } from '../domain/employee.ts'
import { check, id, ifReadable, list, parseJson, readRefusal, words } from './answers.ts'

const text = words
const truth = ifReadable(v.boolean())
const names = { first_name: text, middle_name: text, last_name: text }
const entries = list(v.object({ data: text }))

const directory = v.object({
  individuals: v.array(v.object({ id, ...names, department: ifReadable(v.object({ name: text })), is_active: truth })),
  paging: ifReadable(v.object({ count: ifReadable(v.pipe(v.number(), v.minValue(0))) })),
})

const batch = v.object({ responses: v.array(v.unknown()) })
const item = v.object({ individual_id: id, code: ifReadable(v.number()), body: v.unknown() })

const individual = v.object({
  ...names,
  preferred_name: text,
  dob: text,
  ssn: text,
  emails: entries,
  phone_numbers: entries,
  residence: ifReadable(
    v.object({ line1: text, line2: text, city: text, state: text, postal_code: text, country: text }),
  ),
})

const employment = v.object({
  title: text,
  department: ifReadable(v.object({ name: text })),
  start_date: text,
  end_date: text,
  is_active: truth,
})

export interface DirectoryPage {
  readonly employees: readonly Employee[]
  /** All there are, where Finch says so. */
  readonly count: number | null
}

export function readDirectory(body: Buffer, entityId: string | null): DirectoryPage {
  const page = check(directory, parseJson(body, 'directory'), 'directory')
  return {
    count: page.paging?.count ?? null,
    employees: page.individuals.map((one) => ({
      individualId: one.id,
      entityId,
      firstName: one.first_name,
      middleName: one.middle_name,
      lastName: one.last_name,
      preferredName: null,
      dob: null,
      ssn: null,
      emails: [],
      phones: [],
      residence: null,
      employment: {
        title: null,
        department: one.department?.name ?? null,
        startDate: null,
        endDate: null,
        isActive: one.is_active,
      },
    })),
  }
}

/** What a batch says of those asked about, by `individual_id`. */
export interface Batch {
  readonly found: ReadonlyMap<string, Partial<Employee>>
  /** Why not, as a code: HTTP 200 and 207 hide errors of single items. Whoever is in neither was left out. */
  readonly refused: ReadonlyMap<string, string>
}

export function readIndividuals(body: Buffer): Batch {
  return readBatch(body, 'individual', individual, (one) => ({
    firstName: one.first_name,
    middleName: one.middle_name,
    lastName: one.last_name,
    preferredName: one.preferred_name,
    dob: one.dob,
    ssn: one.ssn,
    emails: dataOf(one.emails),
    phones: dataOf(one.phone_numbers),
    residence:
      one.residence === null
        ? null
        : {
            line1: one.residence.line1,
            line2: one.residence.line2,
            city: one.residence.city,
            state: one.residence.state,
            postalCode: one.residence.postal_code,
            country: one.residence.country,
          },
  }))
}

export function readEmployments(body: Buffer): Batch {
  return readBatch(body, 'employment', employment, (one) => ({
    employment: {
      title: one.title,
      department: one.department?.name ?? null,
      startDate: one.start_date,
      endDate: one.end_date,
      isActive: one.is_active,
    },
  }))
}

function readBatch<S extends v.GenericSchema>(
  body: Buffer,
  what: string,
  schema: S,
  read: (one: v.InferOutput<S>) => Partial<Employee>,
): Batch {
  const { responses } = check(batch, parseJson(body, what), what)
  const found = new Map<string, Partial<Employee>>()
  const refused = new Map<string, string>()
  for (const response of responses) {
    const given = v.safeParse(item, response)
    if (!given.success) continue
    const { individual_id: individualId, code, body: content } = given.output
    const refusal = readRefusal(content)
    const one = v.safeParse(schema, content)
    if ((code ?? 200) >= 300 || (code ?? 200) === 202 || isRefusal(content))
      refused.set(individualId, refusal.finchCode ?? refusal.name ?? `http_${code ?? 'error'}`)
    else if (one.success) found.set(individualId, read(one.output))
    else refused.set(individualId, 'unreadable_answer')
  }
  return { found, refused }
}

/** An error in an item's place, whatever the item's code says: a code of its own and a word for it, and nobody's name. */
function isRefusal(content: unknown): boolean {
  return v.is(v.looseObject({ code: v.number(), name: v.string() }), content)
}

function dataOf(entries: readonly { data: string | null }[]): string[] {
  return entries.flatMap(({ data }) => (data ? [data] : []))
}
