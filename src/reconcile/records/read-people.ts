/**
 * People from lines of JSON: one object a line, `connection_id` and the fields of Finch's individual, flat, with those
 * of employment where known. Unknown fields are ignored, missing ones are null, a wrong shape is reported by line and
 * field.
 */
import type { Employment, Residence } from '../../domain/employee.ts'
import type { Person } from '../types.ts'

export interface BadLine {
  /** From 1, as editors count. */
  readonly line: number
  /** Null where the line as a whole could not be read. */
  readonly field: string | null
  readonly reason: string
}

export class BadLineError extends Error {
  readonly bad: BadLine

  constructor(bad: BadLine) {
    super(`line ${bad.line}${bad.field === null ? '' : `, ${bad.field}`}: ${bad.reason}`)
    this.name = 'BadLineError'
    this.bad = bad
  }
}

export interface ReadOptions {
  /** Leave bad lines out instead of throwing a BadLineError at the first. */
  readonly skipBad?: boolean
  readonly onBad?: (bad: BadLine) => void
}

/** A longer line is not a person and would only fill the memory. */
const LONGEST_LINE = 64 * 1024 * 1024
const NEWLINE = 10

/** One person per good line, in the order of the file. Blank lines and a byte order mark are skipped. */
export async function* readPeople(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: ReadOptions = {},
): AsyncGenerator<Person> {
  const seen = new Map<string, Map<string, number>>()
  const decoder = new TextDecoder('utf-8')
  let line = 0
  const refuse = (bad: BadLine): null => {
    if (options.skipBad !== true) throw new BadLineError(bad)
    options.onBad?.(bad)
    return null
  }
  const one = (text: string): Person | null => {
    line++
    const trimmed = line === 1 && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
    if (trimmed.length > 500 ? false : trimmed.trim() === '') return null
    let parsed: unknown
    try {
      parsed = JSON.parse(trimmed)
    } catch {
      const reason = trimmed.includes('\0') ? 'UTF-16; save the file as UTF-8' : 'not a JSON object on one line'
      return refuse({ line, field: null, reason })
    }
    const person = toPerson(parsed)
    if ('reason' in person) return refuse({ line, ...person })
    const ids = seen.get(person.connectionId) ?? new Map<string, number>()
    if (ids.size === 0) seen.set(person.connectionId, ids)
    // Two legal entities of one connection may list the same individual; the matcher takes the two for one record.
    const key = person.entityId === null ? person.individualId : `${person.individualId} ${person.entityId}`
    const before = ids.get(key)
    if (before !== undefined)
      return refuse({ line, field: 'id', reason: `the same id as on line ${before} of this connection` })
    ids.set(key, line)
    return person
  }
  // Whole lines of a chunk are decoded at once: that is several times faster than line by line.
  let rest: Uint8Array[] = []
  let restLength = 0
  for await (const chunk of source) {
    const last = chunk.lastIndexOf(NEWLINE)
    if (last < 0) {
      rest.push(chunk)
      restLength += chunk.length
      if (restLength > LONGEST_LINE)
        throw new BadLineError({ line: line + 1, field: null, reason: 'longer than 64 MB' })
      continue
    }
    const whole = joined([...rest, chunk.subarray(0, last)])
    rest = last + 1 < chunk.length ? [chunk.subarray(last + 1)] : []
    restLength = chunk.length - last - 1
    for (const text of decoder.decode(whole).split('\n')) {
      const person = one(text)
      if (person !== null) yield person
    }
  }
  if (restLength > 0) {
    const person = one(decoder.decode(joined(rest)))
    if (person !== null) yield person
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts)
}

/** The mapping from Finch's words to ours, in this one place; also for people that did not come from a file. */
export function toPerson(value: unknown): Person | { field: string | null; reason: string } {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { field: null, reason: 'not a JSON object' }
  const record = value as Record<string, unknown>
  const problems: { field: string; reason: string }[] = []
  const text = (field: string, from: Record<string, unknown> = record, name = field): string | null => {
    const raw = from[field]
    if (typeof raw === 'string') return raw === '' ? null : raw
    if (raw === null || raw === undefined) return null
    // Spreadsheets turn codes and numbers into numbers.
    if (typeof raw === 'number') return String(raw)
    problems.push({ field: name, reason: 'not a text' })
    return null
  }
  const connectionId = text('connection_id')
  const individualId = text('id') ?? text('individual_id')
  const person: Person = {
    connectionId: connectionId ?? '',
    individualId: individualId ?? '',
    entityId: text('entity_id'),
    firstName: text('first_name'),
    middleName: text('middle_name'),
    lastName: text('last_name'),
    preferredName: text('preferred_name'),
    dob: text('dob'),
    ssn: text('ssn'),
    emails: texts(record.emails, 'emails', problems),
    phones: texts(record.phone_numbers, 'phone_numbers', problems),
    residence: residenceOf(record.residence, text, problems),
    employment: employmentOf(record, text),
  }
  if (connectionId === null) problems.push({ field: 'connection_id', reason: 'missing' })
  if (individualId === null) problems.push({ field: 'id', reason: 'missing' })
  return problems[0] ?? person
}

/** `[{ data, type }]` as Finch gives it, or plain texts. */
function texts(raw: unknown, field: string, problems: { field: string; reason: string }[]): string[] {
  if (raw === null || raw === undefined) return []
  if (!Array.isArray(raw)) {
    problems.push({ field, reason: 'not a list' })
    return []
  }
  const found: string[] = []
  for (const [index, item] of raw.entries()) {
    const data: unknown = typeof item === 'object' && item !== null ? (item as Record<string, unknown>).data : item
    if (typeof data === 'string') found.push(data)
    else if (data !== null && data !== undefined) problems.push({ field: `${field}[${index}]`, reason: 'not a text' })
  }
  return found
}

type ReadText = (field: string, from?: Record<string, unknown>, name?: string) => string | null

function residenceOf(raw: unknown, text: ReadText, problems: { field: string; reason: string }[]): Residence | null {
  if (raw === null || raw === undefined) return null
  if (typeof raw !== 'object' || Array.isArray(raw)) {
    problems.push({ field: 'residence', reason: 'not an object' })
    return null
  }
  const home = raw as Record<string, unknown>
  const part = (field: string) => text(field, home, `residence.${field}`)
  return {
    line1: part('line1'),
    line2: part('line2'),
    city: part('city'),
    state: part('state'),
    postalCode: part('postal_code'),
    country: part('country'),
  }
}

function employmentOf(record: Record<string, unknown>, text: ReadText): Employment | null {
  // Finch's own `employment` holds type and subtype; some exports nest the whole answer there.
  const nested = record.employment
  const from =
    typeof nested === 'object' && nested !== null && 'start_date' in nested
      ? (nested as Record<string, unknown>)
      : record
  if (
    from.start_date === undefined &&
    from.title === undefined &&
    from.is_active === undefined &&
    from.department === undefined
  )
    return null
  const department = from.department
  return {
    title: text('title', from),
    department:
      typeof department === 'object' && department !== null
        ? text('name', department as Record<string, unknown>, 'department.name')
        : null,
    startDate: text('start_date', from),
    endDate: text('end_date', from),
    isActive: typeof from.is_active === 'boolean' ? from.is_active : null,
  }
}
