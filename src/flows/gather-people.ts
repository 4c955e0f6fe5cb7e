/** Reads everybody who works for a customer, through all its connections and their entities, within Finch's limits. */
import pThrottle from 'p-throttle'
import type { App } from '../app.ts'
import type { Connection } from '../domain/connection.ts'
import type { Employee } from '../domain/employee.ts'
import type { Secret } from '../domain/secret.ts'
import { isUnusable } from '../domain/standing.ts'
import { BATCH, type FinchReader } from '../finch/reader.ts'
import { Problem } from '../problem.ts'
import { tokenOf } from './token.ts'

/** Finch counts 20 calls a minute for each product of an application; the rest is for others who use it meanwhile. */
const CALLS_A_MINUTE = 18

export type Somebody = Employee & { readonly connectionId: string }

/** A connection that could not be read, or not as a whole. */
export interface LeftOut {
  readonly connection: Connection
  readonly problem: Problem
}

export interface Gathered {
  readonly people: readonly Somebody[]
  readonly read: readonly Connection[]
  readonly leftOut: readonly LeftOut[]
  /** Connections whose products give names only. */
  readonly namesOnly: readonly Connection[]
}

export interface GatherOptions {
  readonly connections: readonly Connection[]
  readonly progress: (connection: Connection, people: number) => void
  /** Told when a call has to wait for its minute. */
  readonly held: () => void
}

export async function gatherPeople(app: App, { connections, progress, held }: GatherOptions): Promise<Gathered> {
  const reader = await app.reader()
  const paced = pace(reader, app.host.signal, held)
  const people: Somebody[] = []
  const read: Connection[] = []
  const leftOut: LeftOut[] = []
  for (const connection of connections) {
    try {
      refuseUnreadable(connection)
      const token = await tokenOf(app, connection)
      people.push(...(await peopleOf(paced, connection, token, (count) => progress(connection, count))))
      read.push(connection)
    } catch (error) {
      if (!(error instanceof Problem) || error.kind === 'stopped') throw error
      leftOut.push({ connection, problem: error })
    }
  }
  return { people, read, leftOut, namesOnly: read.filter((connection) => !connection.products.includes('individual')) }
}

type Paced = Pick<FinchReader, 'directory' | 'individuals' | 'employments'>

/** The same calls, so many a minute for each product. */
function pace(client: FinchReader, signal: AbortSignal, held: () => void): Paced {
  const slowly = () => pThrottle({ limit: CALLS_A_MINUTE, interval: 60_000, signal, onDelay: held })
  return {
    directory: slowly()(client.directory),
    individuals: slowly()(client.individuals),
    employments: slowly()(client.employments),
  }
}

function refuseUnreadable(connection: Connection): void {
  if (isUnusable(connection))
    throw new Problem('reauth_needed', 'its employer must log in again', { code: 'reauthenticate_user' })
  if (!connection.products.includes('directory')) {
    throw new Problem('failed', 'it was connected without the product directory', { code: 'insufficient_scope' })
  }
}

async function peopleOf(
  client: Paced,
  connection: Connection,
  token: Secret,
  progress: (count: number) => void,
): Promise<Somebody[]> {
  const { products } = connection
  // One call per entity; a connection with one entity may leave it out, and some have no entity ids at all.
  const live = connection.entities.filter((entity) => entity.status !== 'disconnected')
  const entities = live.length > 1 ? live.map((entity) => entity.entityId) : [live[0]?.entityId ?? null]
  const found: Somebody[] = []
  for (const entityId of entities) {
    const listed = await directoryOf(client, token, entityId)
    for (let start = 0; start < listed.length; start += BATCH) {
      const part = listed.slice(start, start + BATCH)
      const ids = part.map((one) => one.individualId)
      const individuals = products.includes('individual')
        ? await client.individuals(token, entityId, ids, products.includes('ssn'))
        : new Map<string, Partial<Employee>>()
      const employments = products.includes('employment')
        ? await client.employments(token, entityId, ids)
        : new Map<string, Partial<Employee>>()
      for (const one of part) {
        found.push({
          ...one,
          ...individuals.get(one.individualId),
          ...employments.get(one.individualId),
          connectionId: connection.connectionId,
        })
      }
      progress(found.length)
    }
  }
  return found
}

/** The whole directory of an entity, page by page: until Finch's count is reached, or a page is empty where it gives none. */
async function directoryOf(client: Paced, token: Secret, entityId: string | null): Promise<Employee[]> {
  const all: Employee[] = []
  for (;;) {
    const page = await client.directory(token, entityId, all.length)
    if (page === null)
      throw new Problem('undetermined', 'Finch has not read it from the provider yet', {
        code: 'data_sync_in_progress',
      })
    all.push(...page.employees)
    if (page.employees.length === 0 || (page.count !== null && all.length >= page.count)) return all
  }
}
