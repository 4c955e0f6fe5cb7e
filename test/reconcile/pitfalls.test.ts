/**
 * Each pitfall others met, alone in a tiny customer and again among ordinary people, where the model is learned and
 * not shipped.
 */
import { describe, expect, it } from 'vitest'
import { reconcile } from '../../src/reconcile/reconcile.ts'
import type { Person } from '../../src/reconcile/types.ts'
import { asked, crowd, home, merged, person, told } from './people.ts'

const ordinary = crowd(500)
const places: [string, readonly Person[]][] = [
  ['alone', []],
  ['in a crowd', ordinary],
]

describe.each(places)('%s', (_place, others) => {
  const run = (...people: Person[]) => reconcile([...people, ...others])

  it('a plain match merges by itself', async () => {
    const same = { firstName: 'Imogen', lastName: 'Thistlewood', dob: '1984-02-29', ssn: '421-55-9087' }
    const result = await run(person('a1', same), person('b1', { ...same, ssn: '421559087' }))
    expect(told(result, 'a1', 'b1')).toEqual(['a1+b1 same'])
  })

  it('name and date of birth without a number merge by themselves', async () => {
    const same = { firstName: 'Imogen', lastName: 'Thistlewood', dob: '1984-02-29' }
    const result = await run(
      person('a1', { ...same, residence: home('12 Elm Street') }),
      person('b1', { ...same, residence: home('12 Elm St') }),
    )
    expect(told(result, 'a1', 'b1')).toEqual(['a1+b1 same'])
  })

  it('twins: one surname, date of birth and home, two first names: never by itself', async () => {
    const twin = { lastName: 'Okonkwo', dob: '1990-05-17', residence: home('4 Mill Road'), phones: ['+1 217 555 0142'] }
    const result = await run(
      person('a1', { ...twin, firstName: 'Daniel' }),
      person('b1', { ...twin, firstName: 'Peter' }),
    )
    expect(merged(result)).not.toContainEqual(['a1', 'b1'])
  })

  it('twins with numbers given out one after the other', async () => {
    const twin = { lastName: 'Okonkwo', dob: '1990-05-17', residence: home('4 Mill Road') }
    const result = await run(
      person('a1', { ...twin, firstName: 'Daniel', ssn: '318-44-2071' }),
      person('b1', { ...twin, firstName: 'Peter', ssn: '318-44-2072' }),
    )
    expect(merged(result)).not.toContainEqual(['a1', 'b1'])
  })

  it('both twins in both connections find themselves, not each other', async () => {
    const twin = { lastName: 'Okonkwo', dob: '1990-05-17', residence: home('4 Mill Road') }
    const daniel = { ...twin, firstName: 'Daniel', ssn: '318-44-2071' }
    const peter = { ...twin, firstName: 'Peter', ssn: '318-44-2072' }
    const result = await run(person('a1', daniel), person('a2', peter), person('b1', daniel), person('b2', peter))
    expect(told(result, 'a1', 'a2', 'b1', 'b2')).toEqual(['a1+b1 same', 'a2+b2 same'])
  })

  it('siblings at one address stay two people', async () => {
    const family = { lastName: 'Okonkwo', residence: home('4 Mill Road'), phones: ['217-555-0142'] }
    const result = await run(
      person('a1', { ...family, firstName: 'Daniel', dob: '1990-05-17' }),
      person('b1', { ...family, firstName: 'Grace', dob: '1993-11-02' }),
    )
    expect(told(result, 'a1', 'b1')).toEqual(['a1 single', 'b1 single'])
  })

  it('father and son of one name at one address are not merged', async () => {
    const family = { firstName: 'Harold', lastName: 'Pemberton', residence: home('9 Oak Lane'), phones: ['2175550177'] }
    const result = await run(
      person('a1', { ...family, dob: '1951-03-12' }),
      person('b1', { ...family, dob: '1979-08-25' }),
    )
    expect(merged(result)).not.toContainEqual(['a1', 'b1'])
  })

  it('father and son told apart by Sr and Jr alone go to review', async () => {
    const family = {
      firstName: 'Harold',
      residence: home('9 Oak Lane'),
      phones: ['2175550177'],
      emails: ['pembertons@example.net'],
    }
    const result = await run(
      person('a1', { ...family, lastName: 'Pemberton Sr.' }),
      person('b1', { ...family, lastName: 'Pemberton, Jr' }),
    )
    expect(merged(result)).not.toContainEqual(['a1', 'b1'])
  })

  it('one name at one home and nothing of their own: asked, not merged', async () => {
    const family = { firstName: 'Harold', lastName: 'Pemberton', residence: home('9 Oak Lane') }
    const result = await reconcile([person('a1', { ...family, dob: '1951-03-12' }), person('b1', family)])
    expect(asked(result, 'a1', 'b1')).toEqual(['a1?b1 household_only'])
  })

  it('a mailbox that three people share merges no one', async () => {
    const box = { emails: ['warehouse@acme.example'] }
    const result = await run(
      person('a1', { ...box, firstName: 'Ann', lastName: 'Quill' }),
      person('a2', { ...box, firstName: 'Bob', lastName: 'Rook' }),
      person('a3', { ...box, firstName: 'Cid', lastName: 'Stone' }),
      person('b1', { ...box, firstName: 'Greta', lastName: 'Quill' }),
      person('b2', { ...box, firstName: 'Eva', lastName: 'Tarn' }),
    )
    expect(told(result, 'a1', 'a2', 'a3', 'b1', 'b2')).toEqual([
      'a1 single',
      'a2 single',
      'a3 single',
      'b1 single',
      'b2 single',
    ])
  })

  it('a phone that three people share merges no one', async () => {
    const office = { phones: ['+12125550100'] }
    const result = await run(
      person('a1', { ...office, firstName: 'Ann', lastName: 'Quill' }),
      person('a2', { ...office, firstName: 'Bob', lastName: 'Rook' }),
      person('a3', { ...office, firstName: 'Cid', lastName: 'Stone' }),
      person('b1', { ...office, firstName: 'Dan', lastName: 'Quill' }),
    )
    expect(merged(result).flat()).not.toContain('b1')
  })

  it('no chains: someone who is like both does not make two people one', async () => {
    const result = await run(
      person('a1', {
        firstName: 'Maria',
        lastName: 'Lindqvist',
        dob: '1980-01-05',
        ssn: '501-22-3344',
        emails: ['maria.l@example.org'],
      }),
      person('b1', {
        firstName: 'Maria',
        lastName: 'Lindqvist',
        dob: null,
        emails: ['maria.l@example.org', 'mlindqvist@example.com'],
      }),
      person('c1', {
        firstName: 'Maria',
        lastName: 'Lindqvist',
        dob: '1962-09-30',
        ssn: '733-81-0092',
        emails: ['mlindqvist@example.com'],
      }),
    )
    expect(merged(result)).not.toContainEqual(['a1', 'c1'])
  })

  it('a date of birth that differs is no hard bar: the number decides', async () => {
    const same = { firstName: 'Imogen', lastName: 'Thistlewood', ssn: '421-55-9087' }
    const result = await run(person('a1', { ...same, dob: '1984-02-29' }), person('b1', { ...same, dob: '1990-11-13' }))
    expect(told(result, 'a1', 'b1')).toEqual(['a1+b1 same'])
  })

  it('day and month changed over still merge', async () => {
    const same = {
      firstName: 'Imogen',
      lastName: 'Thistlewood',
      residence: home('12 Elm Street'),
      emails: ['imogen@thistle.example'],
    }
    const result = await run(person('a1', { ...same, dob: '1984-03-07' }), person('b1', { ...same, dob: '1984-07-03' }))
    expect(told(result, 'a1', 'b1')).toEqual(['a1+b1 same'])
  })

  it('a married name merges on number and date', async () => {
    const same = { firstName: 'Imogen', dob: '1984-02-29', ssn: '421-55-9087' }
    const result = await run(
      person('a1', { ...same, lastName: 'Thistlewood' }),
      person('b1', { ...same, lastName: 'Farnsworth' }),
    )
    expect(told(result, 'a1', 'b1')).toEqual(['a1+b1 same'])
  })

  it('a taxpayer number that became an SSN is no conflict', async () => {
    const same = { firstName: 'Imogen', lastName: 'Thistlewood', dob: '1984-02-29', emails: ['imogen@thistle.example'] }
    const result = await run(
      person('a1', { ...same, ssn: '912-78-4421' }),
      person('b1', { ...same, ssn: '421-55-9087' }),
    )
    expect(told(result, 'a1', 'b1')).toEqual(['a1+b1 same'])
  })

  it('two valid numbers with nothing in common are never merged, whatever else agrees', async () => {
    const same = { firstName: 'Imogen', lastName: 'Thistlewood', dob: '1984-02-29', emails: ['imogen@thistle.example'] }
    const result = await run(
      person('a1', { ...same, ssn: '421-55-9087' }),
      person('b1', { ...same, ssn: '318-44-2071' }),
    )
    expect(merged(result)).not.toContainEqual(['a1', 'b1'])
    expect(asked(result, 'a1', 'b1')).toEqual(['a1?b1 ssn_differs'])
  })

  it('names alone never merge, however rare', async () => {
    const same = { firstName: 'Zebulon', middleName: 'Aurelius', lastName: 'Quatermass-Villanova' }
    const result = await run(person('a1', same), person('b1', same))
    expect(merged(result)).not.toContainEqual(['a1', 'b1'])
  })

  it('placeholders are no evidence', async () => {
    const empty = { ssn: '000-00-0000', dob: '1900-01-01', emails: ['noreply@acme.example'] }
    const result = await run(
      person('a1', { ...empty, firstName: 'Ann', lastName: 'Quill' }),
      person('b1', { ...empty, firstName: 'Bob', lastName: 'Rook' }),
    )
    expect(told(result, 'a1', 'b1')).toEqual(['a1 single', 'b1 single'])
    expect(asked(result, 'a1', 'b1')).toEqual([])
  })

  it('two candidates equally good are a question, not a choice', async () => {
    const same = { firstName: 'John', lastName: 'Abernathy', dob: '1970-06-06' }
    const result = await run(
      person('a1', same),
      person('b1', { ...same, ssn: '421-55-9087' }),
      person('b2', { ...same, ssn: '318-44-2071' }),
    )
    expect(merged(result).flat()).not.toContain('a1')
    expect(asked(result, 'a1', 'b1', 'b2')).toContain('a1?b1 close_second')
  })

  it('a rehire under a new id is one person when the number is the same', async () => {
    const same = { firstName: 'Imogen', lastName: 'Thistlewood', dob: '1984-02-29', ssn: '421-55-9087' }
    const result = await run(person('a1', same), person('a2', same), person('b1', same))
    expect(told(result, 'a1', 'a2', 'b1')).toEqual(['a1+a2+b1 same'])
  })

  it('nicknames, double surnames and other scripts are the same name', async () => {
    const result = await run(
      person('a1', {
        firstName: 'Robert',
        lastName: 'Castellanos Ibarra',
        dob: '1975-04-09',
        residence: home('31 Pine Court'),
      }),
      person('b1', { firstName: 'Bob', lastName: 'Castellanos', dob: '1975-04-09', residence: home('31 Pine Ct') }),
      person('a2', { firstName: 'Иван', lastName: 'Смирнов', dob: '1981-12-01', residence: home('8 Lake Ave') }),
      person('b2', { firstName: 'Ivan', lastName: 'Smirnov', dob: '1981-12-01', residence: home('8 Lake Avenue') }),
    )
    expect(told(result, 'a1', 'b1', 'a2', 'b2')).toEqual(['a1+b1 same', 'a2+b2 same'])
  })
})

it('thresholds hold from 60 to 6,000 people: nothing wrong is merged by itself', async () => {
  for (const households of [40, 400, 4000]) {
    const people = crowd(households, 23)
    const result = await reconcile(people)
    const human = new Map(people.map((one) => [one.individualId, one.individualId.slice(24)]))
    expect(human.size).toBe(people.length)
    expect(result.summary.expected_wrong_merges).toBeLessThan(Math.max(1, people.length / 2000))
  }
})
