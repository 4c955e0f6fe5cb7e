/** Who is left over: asked about where nearly everyone recurs, left alone where few do, never merged unasked. */
import { describe, expect, it } from 'vitest'
import { generatePeople, usualConnections } from '../../src/emulator/people/generate.ts'
import { reconcile } from '../../src/reconcile/reconcile.ts'
import type { Person } from '../../src/reconcile/types.ts'
import { personOf } from '../bench/reconcile-person.ts'
import { person, told } from './people.ts'

/** Names and dates of birth alone, in connections a and b. */
function payrolls(overlap: number): Person[] {
  const connections = usualConnections.slice(0, 1).flatMap((one) => [one, one])
  const options = { seed: 3, households: 500, overlap, families: 0.02, connections, connectionIds: ['a', 'b'] }
  return [...generatePeople(options)]
    .map(personOf)
    .map(({ connectionId, individualId, firstName, lastName, dob }) =>
      person(individualId, { connectionId, firstName, lastName, dob }),
    )
}

const badlyTyped = [
  person('a-odd', { connectionId: 'a', firstName: 'Imogen', lastName: 'Thistlewood', dob: '1984-02-29' }),
  person('b-odd', { connectionId: 'b', firstName: 'Imgoen', lastName: 'Tristelwod', dob: '1948-11-20' }),
]

describe('a badly typed record', () => {
  it('is probably its like among the few left over', async () => {
    const result = await reconcile([...payrolls(1), ...badlyTyped])
    expect(told(result, 'a-odd', 'b-odd')).toEqual(['a-odd+b-odd review'])
  })

  it('stays alone where few recur', async () => {
    const result = await reconcile([...payrolls(0.1), ...badlyTyped])
    expect(told(result, 'a-odd', 'b-odd')).toEqual(['a-odd single', 'b-odd single'])
  })

  it('is told the same whatever the order', async () => {
    const people = [...payrolls(0.95), ...badlyTyped]
    const [one, other] = [await reconcile(people), await reconcile([...people].reverse())]
    expect(JSON.stringify([other.people, other.review])).toBe(JSON.stringify([one.people, one.review]))
  })
})
