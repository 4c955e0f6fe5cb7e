import { describe, expect, test } from 'vitest'
import { makeRoster, type Person, type Workplace } from '../../src/emulator/roster.ts'

const PLACE: Workplace = {
  employerKey: 'acme',
  employerName: 'Acme, Inc.',
  provider: 'paylocity',
  connectionId: 'c1',
  entityIndex: 0,
  size: 20,
}

/** What stays the same about a human, but for slips of a clerk. */
function humans(people: readonly Person[]): string[] {
  return people.map(({ individual }) => String(individual.ssn).replaceAll(/\D/g, ''))
}

function ids(people: readonly Person[]): string[] {
  return people.map(({ individual }) => individual.id)
}

function common(one: readonly string[], other: readonly string[]): number {
  return one.filter((item) => other.includes(item)).length
}

describe('the roster', () => {
  test('is the same for the same workplace', () => {
    expect(makeRoster({ ...PLACE })).toEqual(makeRoster({ ...PLACE }))
  })

  test.each([1, 20, 100, 1000])('has %i people with ids of their own', (size) => {
    const people = makeRoster({ ...PLACE, size })
    expect(new Set(ids(people)).size).toBe(size)
    for (const { individual, employment } of people) expect(employment.id).toBe(individual.id)
  })

  test('some people are in two providers of one employer, under other ids', () => {
    const one = makeRoster(PLACE)
    const two = makeRoster({ ...PLACE, provider: 'paycom', connectionId: 'c2' })
    // Six are meant; a clerk's slip in a number may hide one or two from a plain comparison.
    expect(common(humans(one), humans(two))).toBeGreaterThanOrEqual(4)
    expect(common(humans(one), humans(two))).toBeLessThanOrEqual(6)
    expect(common(ids(one), ids(two))).toBe(0)
  })

  test('nobody works for two employers or in two entities', () => {
    const one = makeRoster(PLACE)
    expect(common(humans(one), humans(makeRoster({ ...PLACE, employerKey: 'other' })))).toBe(0)
    expect(common(humans(one), humans(makeRoster({ ...PLACE, entityIndex: 1 })))).toBe(0)
  })

  test('a new connection to the same provider knows the same people under other ids', () => {
    const one = makeRoster(PLACE)
    const again = makeRoster({ ...PLACE, connectionId: 'c9' })
    expect(common(humans(again), humans(one))).toBeGreaterThanOrEqual(17)
    expect(common(ids(one), ids(again))).toBe(0)
  })

  test('a provider has its gaps', () => {
    const people = makeRoster({ ...PLACE, provider: 'quickbooks' })
    expect(people.every(({ individual }) => individual.dob === null)).toBe(true)
    expect(makeRoster(PLACE).some(({ individual }) => individual.dob !== null)).toBe(true)
  })

  test('every manager is one of them', () => {
    const people = makeRoster(PLACE)
    const known = new Set(ids(people))
    const managers = people.flatMap(({ employment }) => employment.manager ?? [])
    expect(managers).toHaveLength(19)
    expect(managers.every(({ id }) => known.has(id))).toBe(true)
  })
})
