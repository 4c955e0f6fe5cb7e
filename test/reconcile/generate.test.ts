/**
 * The seeded people: the same for the same seed, Finch's shapes, and all the trouble they were made for; and what the
 * matcher makes of them.
 */
import { describe, expect, it } from 'vitest'
import {
  generatePeople,
  type PayrollRecord,
  type PeopleOptions,
  usualConnections,
} from '../../src/emulator/people/generate.ts'
import { reconcile } from '../../src/reconcile/reconcile.ts'
import { personOf } from '../bench/reconcile-person.ts'
import { judge } from '../bench/reconcile-score.ts'

const options: PeopleOptions = {
  seed: 31,
  households: 3000,
  connections: usualConnections,
  overlap: 0.3,
  families: 0.3,
}
const records = [...generatePeople(options)]
const first = (count: number) => JSON.stringify(records.slice(0, count))

it('one seed, one customer; another seed, another one', () => {
  const again = generatePeople(options)
  expect(JSON.stringify(Array.from({ length: 200 }, () => again.next().value))).toBe(first(200))
  const other = generatePeople({ ...options, seed: 32 })
  expect(JSON.stringify(Array.from({ length: 200 }, () => other.next().value))).not.toBe(first(200))
})

it('ids are unique within a connection and differ between them', () => {
  expect(new Set(records.map(({ connectionId, individual }) => `${connectionId} ${individual.id}`)).size).toBe(
    records.length,
  )
  expect(new Set(records.map(({ individual }) => individual.id)).size).toBe(records.length)
  for (const { individual } of records)
    expect(individual.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
})

it('people recur as often as asked', () => {
  const homes = new Map<number, Set<number>>()
  for (const { human, connection } of records) homes.set(human, (homes.get(human) ?? new Set()).add(connection))
  const mean =
    [...homes.values()].reduce((sum, { size }) => sum + size - 1, 0) / homes.size / (usualConnections.length - 1)
  expect(mean).toBeGreaterThan(0.27)
  expect(mean).toBeLessThan(0.33)
})

describe('every trouble occurs', () => {
  const some = (find: (record: PayrollRecord) => boolean) => expect(records.some(find)).toBe(true)
  const kinds = new Set(records.map(({ kind }) => kind))
  const byHuman = new Map<number, PayrollRecord[]>()
  for (const record of records) byHuman.set(record.human, [...(byHuman.get(record.human) ?? []), record])
  const someHuman = (find: (of: PayrollRecord[]) => boolean) => expect([...byHuman.values()].some(find)).toBe(true)

  it('families, namesakes, twins', () =>
    expect([...kinds].toSorted()).toEqual(['couple', 'namesakes', 'parent', 'siblings', 'single', 'twins']))
  it('a directory has names and nothing else', () => {
    for (const { connection, individual } of records) {
      if (usualConnections[connection]?.products === 'directory')
        expect([individual.dob, individual.ssn, individual.emails, individual.residence]).toEqual([
          null,
          null,
          null,
          null,
        ])
    }
  })
  it('encrypted numbers are null in ssn', () =>
    some(({ individual }) => individual.ssn === null && individual.encrypted_ssn !== null))
  it('contractors', () => some(({ employment }) => employment.employment.type === 'contractor'))
  it('rehires under a new id', () =>
    someHuman((of) => new Set(of.map(({ connection }) => connection)).size < of.length))
  it('a taxpayer number, then an SSN', () =>
    someHuman(
      (of) =>
        of.some(({ individual }) => individual.ssn?.startsWith('9')) &&
        of.some(({ individual }) => individual.ssn?.startsWith('9') === false),
    ))
  it('names in other scripts', () => some(({ individual }) => /[^\u0000-\u024f]/.test(individual.last_name ?? '')))
  it('married names', () =>
    someHuman((of) => new Set(of.map(({ individual }) => individual.last_name?.slice(0, 2).toLowerCase())).size > 1))
  it('shared mailboxes and phones', () => {
    some(({ individual }) => individual.emails?.some(({ data }) => data.startsWith('frontdesk@')) ?? false)
    some(
      ({ individual }) =>
        individual.phone_numbers?.some(({ data }) => data.replace(/\D/g, '').endsWith('2125550100')) ?? false,
    )
  })
  it('days first in one connection, months first in another', () => {
    some(({ individual }) => /^(1[3-9]|2\d)\//.test(individual.dob ?? ''))
    some(({ individual }) => /^\d\d\/(1[3-9]|2\d)\//.test(individual.dob ?? ''))
  })
})

describe('what the matcher makes of them: at most one wrong merge by itself in 1,000', () => {
  it.each([
    ['six unlike connections', [0, 1, 2, 3, 4, 5], 0.3, 0.2],
    ['families and a low overlap', [0, 2], 0.05, 0.3],
    ['families, low overlap, no numbers', [3, 1], 0.05, 0.3],
    ['a payroll that moved', [2, 0], 0.95, 0.1],
    ['half the people have relatives there, half the dates are missing', [3, 4], 0.5, 0.5],
    ['a payroll and a directory', [0, 5], 0.4, 0.3],
  ])('%s', async (_name, places, overlap, families) => {
    const connections = places
      .map((place) => usualConnections[place] ?? usualConnections[0])
      .filter((habits) => habits !== undefined)
    const people = [...generatePeople({ seed: 77, households: 3000, connections, overlap, families })]
    const result = await reconcile(people.map(personOf))
    const truth = new Map(
      people.map(({ connectionId, individual, human }) => [`${connectionId} ${individual.id}`, String(human)]),
    )
    const verdict = judge(result, truth)
    expect(verdict.sure.wrong).toBeLessThanOrEqual(Math.max(0, Math.floor(verdict.sure.pairs / 1000)))
    expect(verdict.precision).toBeGreaterThan(0.93)
    expect(verdict.found).toBeGreaterThan(0.9)
  })
})
