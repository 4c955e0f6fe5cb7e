/** Finch's directory, individual and employment answers, from unknown JSON to employees. Everything but `id` may be null. */
import * as v from 'valibot'
import type { Employee } from '../domain/employee.ts'
import { check, id, orNull, parseJson } from './answers.ts'

const text = v.fallback(orNull(v.string()), null)
const truth = v.fallback(orNull(v.boolean()), null)
const names = { first_name: text, middle_name: text, last_name: text }
const entries = v.fallback(orNull(v.array(v.nullable(v.object({ data: text })))), null)

const directory = v.object({
  individuals: v.array(
    v.object({ id, ...names, department: v.fallback(orNull(v.object({ name: text })), null), is_active: truth }),
  ),
  paging: v.optional(v.object({ count: v.optional(v.number()) }), {}),
})

const batch = v.object({
  responses: v.array(v.object({ individual_id: id, code: v.optional(v.number(), 200), body: v.unknown() })),
})

const individual = v.object({
  ...names,
  preferred_name: text,
  dob: text,
  ssn: text,
  emails: entries,
  phone_numbers: entries,
  residence: v.fallback(
    orNull(v.object({ line1: text, line2: text, city: text, state: text, postal_code: text, country: text })),
    null,
  ),
})

const employment = v.object({
  title: text,
  department: v.fallback(orNull(v.object({ name: text })), null),
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
    count: page.paging.count ?? null,
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

/** What a batch adds to employees, by `individual_id`; items that carry an error of their own (HTTP 200 hides them) are left out. */
export function readIndividuals(body: Buffer): Map<string, Partial<Employee>> {
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

export function readEmployments(body: Buffer): Map<string, Partial<Employee>> {
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
): Map<string, Partial<Employee>> {
  const { responses } = check(batch, parseJson(body, what), what)
  const found = new Map<string, Partial<Employee>>()
  for (const { individual_id, code, body: item } of responses) {
    if (code >= 300) continue
    const one = v.safeParse(schema, item)
    if (one.success) found.set(individual_id, read(one.output))
  }
  return found
}

function dataOf(list: readonly ({ data: string | null } | null)[] | null): string[] {
  return (list ?? []).flatMap((entry) => (entry?.data ? [entry.data] : []))
}
