/** People for tests: one by hand, or a crowd from the generator to stand among. */

import type { Residence } from '../../src/domain/employee.ts'
import { generatePeople, usualConnections } from '../../src/emulator/people/generate.ts'
import type { Person, Reconciliation } from '../../src/reconcile/types.ts'
import { personOf } from '../bench/reconcile-person.ts'

/** `a1` is individual a1 of connection a: the first letter is the connection. */
export function person(id: string, fields: Partial<Person> = {}): Person {
  return {
    connectionId: id.slice(0, 1),
    individualId: id,
    entityId: null,
    firstName: null,
    middleName: null,
    lastName: null,
    preferredName: null,
    dob: null,
    ssn: null,
    emails: [],
    phones: [],
    residence: null,
    ...fields,
  }
}

export function home(line1: string, city = 'Springfield', postalCode = '62704'): Residence {
  return { line1, line2: null, city, state: 'IL', postalCode, country: 'US' }
}

/** A customer's ordinary people in connections a and b, with few families. */
export function crowd(households: number, seed = 11): Person[] {
  const options = {
    seed,
    households,
    overlap: 0.5,
    families: 0.05,
    connections: usualConnections.slice(0, 2),
    connectionIds: ['a', 'b'],
  }
  return [...generatePeople(options)].map(personOf)
}

/** Which of the named individuals stand together, and in which band: `a1+b1 same`, `a2 single`. */
export function told(result: Reconciliation, ...ids: string[]): string[] {
  const lines: string[] = []
  for (const { members, band } of result.people) {
    const named = members.map((member) => member.individual_id).filter((id) => ids.includes(id))
    if (named.length > 0) lines.push(`${named.join('+')} ${band}`)
  }
  return lines.sort()
}

/** Causes of the review items between the named individuals. */
export function asked(result: Reconciliation, ...ids: string[]): string[] {
  return result.review
    .filter(({ a, b }) => ids.includes(a.individual_id) && ids.includes(b.individual_id))
    .map(({ a, b, cause }) => `${a.individual_id}?${b.individual_id} ${cause}`)
    .sort()
}

/** What was merged by itself, as pairs of ids. */
export function merged(result: Reconciliation): [string, string][] {
  const pairs: [string, string][] = []
  for (const { members, band } of result.people) {
    if (band !== 'same') continue
    for (const [k, a] of members.entries())
      for (const b of members.slice(k + 1)) pairs.push([a.individual_id, b.individual_id])
  }
  return pairs
}
