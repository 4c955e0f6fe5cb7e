import { describeCompany, employerKey, employerName } from './employer.ts'
import { findProvider } from './providers.ts'
import { makeRoster, type Person } from './roster.ts'
import type { Connection, Edits, Entity } from './state.ts'

// What an entity's data looks like now: what was generated, under the sandbox edits a job has made visible. Sandbox
// endpoints name no entity, so edits belong to the first one.

export function companyOf(connection: Connection, entity: Entity, edits: Edits = connection.shown) {
  const company = describeCompany(connection, entity.index)
  return isFirst(connection, entity) ? { ...company, ...edits.company, id: company.id } : company
}

export function staffOf(connection: Connection, entity: Entity, edits: Edits = connection.shown): Person[] {
  const generated = makeRoster({
    employerKey: employerKey(connection),
    employerName: employerName(connection),
    provider: connection.provider,
    connectionId: connection.id,
    entityIndex: entity.index,
    size: connection.size,
  })
  if (!isFirst(connection, entity)) return generated
  const added = Object.entries(edits.added).map(([id, fields]) => makeHire(id, fields, connection))
  return [...generated, ...added].map((person) => edited(person, edits))
}

/** Whether the provider hands out social security numbers only encrypted. */
export function encryptsSsn(connection: Connection): boolean {
  return findProvider(connection.provider)?.methods[0] === 'oauth'
}

function edited(person: Person, edits: Edits): Person {
  const { id } = person.individual
  const individual = { ...person.individual, ...edits.individuals[id], id }
  const employment = { ...person.employment, ...edits.employments[id], id }
  return { individual, employment }
}

/** A person of `POST /sandbox/directory`: the fields that were sent over those of somebody made up for this id. */
function makeHire(id: string, fields: Readonly<Record<string, unknown>>, connection: Connection): Person {
  const [, stranger] = makeRoster({
    employerKey: id,
    employerName: employerName(connection),
    provider: connection.provider,
    connectionId: id,
    entityIndex: 0,
    size: 2,
  })
  if (stranger === undefined) throw new Error('a roster of two has a second person')
  return {
    individual: overlay({ ...stranger.individual, id }, fields),
    employment: overlay({ ...stranger.employment, id, manager: null }, fields),
  }
}

function overlay<T extends object>(person: T, fields: Readonly<Record<string, unknown>>): T {
  const known = Object.entries(fields).filter(([key]) => Object.hasOwn(person, key))
  return { ...person, ...Object.fromEntries(known) }
}

/** The entity that sandbox edits belong to. */
export function isFirst(connection: Connection, entity: Entity): boolean {
  return connection.entities[0]?.id === entity.id
}
