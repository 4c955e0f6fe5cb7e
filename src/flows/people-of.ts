/**
 * Everybody in one connection, entity by entity: the directory says who there is, individual and employment who they are.
 * What cannot be read is noted with its reason and never passed over, since people compared by less look less alike.
 */
import type { Connection } from '../domain/connection.ts'
import type { Employee } from '../domain/employee.ts'
import type { Secret } from '../domain/secret.ts'
import { liveEntities } from '../domain/standing.ts'
import type { Batch } from '../finch/employee-answers.ts'
import { BATCH, type FinchReader } from '../finch/reader.ts'
import { FinchRefusal } from '../finch/refusals.ts'
import { Problem } from '../problem.ts'
import { isTokenRefused } from './learn.ts'

export type PeopleProduct = 'directory' | 'individual' | 'employment'

export interface Unread {
  readonly connection: Connection
  /** Null: of the connection as a whole. */
  readonly entityId: string | null
  readonly product: PeopleProduct
  /** Of whom; null: of everybody there. */
  readonly individualIds: readonly string[] | null
  readonly problem: Problem
  /** The provider or the connection does not have the product: another try would bring no more. */
  readonly isLasting: boolean
  /** Finch's own word for why it left these individuals out; its list of them is open. */
  readonly finchCode?: string
}

export type PacedReader = Pick<FinchReader, 'directory' | 'individuals' | 'employments'>

export interface Reading {
  readonly reader: PacedReader
  readonly connection: Connection
  readonly token: Secret
  readonly note: (unread: Unread) => void
  readonly progress: (people: number) => void
}

type Details = ReadonlyMap<string, Partial<Employee>>
const NOTHING: Details = new Map()

/** Null where no directory at all could be read. Throws where Finch does not take the token. */
export async function peopleOf(reading: Reading): Promise<Employee[] | null> {
  const { connection, progress } = reading
  // One call per entity; a connection with one entity may leave it out, and some have no entity ids at all.
  const live = liveEntities(connection)
  const entities = live.length > 1 ? live.map(({ entityId }) => entityId) : [live[0]?.entityId ?? null]
  const missing = new Set<PeopleProduct>(notGranted(reading))
  const all: Employee[] = []
  let read = false
  for (const entityId of entities) {
    const listed = await listOf(reading, entityId, entities.length > 1)
    if (listed === null) continue
    read = true
    for (let start = 0; start < listed.length; start += BATCH) {
      all.push(...(await detailed(reading, entityId, listed.slice(start, start + BATCH), missing)))
      progress(all.length)
    }
  }
  return read ? all : null
}

/** Notes products that the connection was made without, and answers with them. */
function notGranted({ connection, note }: Reading): PeopleProduct[] {
  const missing = (['individual', 'employment'] as const).filter((product) => !connection.products.includes(product))
  for (const product of missing) {
    const problem = new Problem('failed', `it was connected without the product ${product}`, { code: 'not_granted' })
    note({ connection, entityId: null, product, individualIds: null, problem, isLasting: true })
  }
  return missing
}

/** The whole directory of an entity, page by page: until Finch's count is reached, or a page is empty where it gives none. */
async function listOf(
  { reader, connection, token, note }: Reading,
  entityId: string | null,
  isOneOfSeveral: boolean,
): Promise<Employee[] | null> {
  const noted = {
    connection,
    entityId: isOneOfSeveral ? entityId : null,
    product: 'directory',
    individualIds: null,
  } as const
  const all = new Map<string, Employee>()
  try {
    for (let received = 0; ; ) {
      const before = all.size
      const page = await reader.directory(token, entityId, received)
      for (const employee of page.employees) all.set(employee.individualId, employee)
      received += page.employees.length
      if (page.count !== null && received >= page.count) break
      // Nobody new: the end, or a server that gives one page for ever.
      if (all.size > before) continue
      if (page.count !== null) note({ ...noted, problem: cutShort(all.size, page.count), isLasting: false })
      break
    }
    return [...all.values()]
  } catch (error) {
    const problem = ofThisPart(error)
    note({ ...noted, problem, isLasting: isNotThere(problem) })
    return null
  }
}

/** Its people are read, and there are more. */
function cutShort(listed: number, count: number): Problem {
  const message = `Finch lists ${listed} people and counts ${count}: the others are missing`
  return new Problem('undetermined', message, { code: 'directory_cut_short', hint: 'run it again' })
}

/** Some people of an entity, with what individual and employment add. */
async function detailed(
  reading: Reading,
  entityId: string | null,
  part: readonly Employee[],
  missing: Set<PeopleProduct>,
): Promise<Employee[]> {
  const { reader, token, connection } = reading
  const ids = part.map((one) => one.individualId)
  const ssn = connection.products.includes('ssn')
  const ask = (product: PeopleProduct, call: () => Promise<Batch>) =>
    missing.has(product) ? NOTHING : detailsOf(reading, { entityId, product, ids, missing, call })
  const individuals = await ask('individual', () => reader.individuals(token, entityId, ids, ssn))
  const employments = await ask('employment', () => reader.employments(token, entityId, ids))
  return part.map((one) => ({ ...one, ...individuals.get(one.individualId), ...employments.get(one.individualId) }))
}

interface Asked {
  readonly entityId: string | null
  readonly product: PeopleProduct
  readonly ids: readonly string[]
  readonly missing: Set<PeopleProduct>
  readonly call: () => Promise<Batch>
}

async function detailsOf({ connection, note }: Reading, asked: Asked): Promise<Details> {
  const { entityId, product, ids, missing, call } = asked
  try {
    const { found, refused } = await call()
    for (const [code, individualIds] of grouped(ids, { found, refused })) {
      const problem = new Problem('undetermined', `Finch did not give it (${code})`, { code: 'item_refused' })
      note({ connection, entityId, product, individualIds, problem, isLasting: false, finchCode: code })
    }
    return found
  } catch (error) {
    const problem = ofThisPart(error)
    const isLasting = isNotThere(problem)
    // Asked once is enough of what is not there for anybody.
    if (isLasting) missing.add(product)
    note({ connection, entityId, product, individualIds: isLasting ? null : ids, problem, isLasting })
    return NOTHING
  }
}

/** Those nothing was found of, by the reason Finch gives; whoever it says nothing of has none. */
function grouped(ids: readonly string[], { found, refused }: Batch): Map<string, string[]> {
  const byCode = new Map<string, string[]>()
  for (const individualId of ids) {
    if (found.has(individualId)) continue
    const code = refused.get(individualId) ?? 'no_answer'
    byCode.set(code, [...(byCode.get(code) ?? []), individualId])
  }
  return byCode
}

/** The provider or the connection does not have it: another try brings no more. */
function isNotThere({ code }: Problem): boolean {
  return code === 'not_implemented' || code === 'insufficient_scope'
}

/** Trouble of one part, which leaves the others; any other is thrown on. */
function ofThisPart(error: unknown): Problem {
  if (!(error instanceof Problem) || error.kind === 'stopped' || isTokenRefused(error)) throw error
  return error instanceof FinchRefusal && error.code === 'rate_limited'
    ? new Problem('undetermined', 'rate limited by Finch', { code: error.code, hint: error.hint ?? 'run it again' })
    : error
}
