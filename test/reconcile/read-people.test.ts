import { describe, expect, it } from 'vitest'
import { type BadLine, BadLineError, readPeople } from '../../src/reconcile/records/read-people.ts'
import type { Person } from '../../src/reconcile/types.ts'

/** The text as a file would come, in chunks of `size` bytes. */
function* chunks(text: string, size = 1 << 16): Generator<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size)
}

async function read(text: string, skipBad = false, size?: number): Promise<{ people: Person[]; bad: BadLine[] }> {
  const bad: BadLine[] = []
  const people: Person[] = []
  for await (const one of readPeople(chunks(text, size), { skipBad, onBad: (line) => bad.push(line) })) people.push(one)
  return { people, bad }
}

const good = '{"connection_id":"a","id":"1","first_name":"Ann"}'

describe('good lines', () => {
  it('Finch’s fields, unknown ones left aside', async () => {
    const line = {
      connection_id: 'a',
      id: '1',
      entity_id: 'e',
      first_name: 'Ann',
      middle_name: 'B',
      last_name: 'Lee',
      preferred_name: 'Annie',
      dob: '1980-03-07',
      ssn: '421-55-9087',
      emails: [{ data: 'ann@lee.example', type: 'work' }, { data: null }],
      phone_numbers: [{ data: '+12175550142' }],
      residence: { line1: '1 Elm', line2: null, city: 'X', state: 'IL', postal_code: '62704', country: 'US', extra: 1 },
      title: 'Clerk',
      department: { name: 'Ops' },
      start_date: '2020-01-01',
      end_date: null,
      is_active: true,
      gender: 'female',
      anything: [1, 2],
    }
    expect((await read(JSON.stringify(line))).people).toEqual([
      {
        connectionId: 'a',
        individualId: '1',
        entityId: 'e',
        firstName: 'Ann',
        middleName: 'B',
        lastName: 'Lee',
        preferredName: 'Annie',
        dob: '1980-03-07',
        ssn: '421-55-9087',
        emails: ['ann@lee.example'],
        phones: ['+12175550142'],
        residence: { line1: '1 Elm', line2: null, city: 'X', state: 'IL', postalCode: '62704', country: 'US' },
        employment: { title: 'Clerk', department: 'Ops', startDate: '2020-01-01', endDate: null, isActive: true },
      },
    ])
  })

  it.each([
    ['an empty file', '', 0],
    ['blank lines and a byte order mark', `\uFEFF${good}\n\n  \n`, 1],
    ['Windows line ends', `${good}\r\n${good.replace('"1"', '"2"')}\r\n`, 2],
    ['no newline at the end', good, 1],
    ['a number where a text was', '{"connection_id":"a","id":7,"ssn":421559087}', 1],
    ['plain texts for mails', '{"connection_id":"a","id":"1","emails":["x@y.example"],"phone_numbers":null}', 1],
  ])('%s', async (_name, text, count) => {
    expect((await read(text)).people).toHaveLength(count)
  })

  it('letters of several bytes survive any cut into chunks', async () => {
    for (const size of [1, 2, 3, 7]) {
      expect(
        (await read('{"connection_id":"a","id":"1","last_name":"Núñez 王"}\n', false, size)).people[0]?.lastName,
      ).toBe('Núñez 王')
    }
  })

  it('a line of 10 MB is read', async () => {
    const line = JSON.stringify({
      connection_id: 'a',
      id: '1',
      first_name: 'Ann',
      filler: 'x'.repeat(10 * 1024 * 1024),
    })
    expect((await read(`${line}\n${good.replace('"1"', '"2"')}\n`)).people).toHaveLength(2)
  })
})

describe('bad lines are named', () => {
  it.each([
    ['{"connection_id":"a"', 2, null, 'not a JSON object on one line'],
    ['{\0"\0a\0', 2, null, 'UTF-16; save the file as UTF-8'],
    ['[1]', 2, null, 'not a JSON object'],
    ['null', 2, null, 'not a JSON object'],
    ['{"id":"2"}', 2, 'connection_id', 'missing'],
    ['{"connection_id":"a"}', 2, 'id', 'missing'],
    ['{"connection_id":"a","id":""}', 2, 'id', 'missing'],
    ['{"connection_id":"a","id":"2","first_name":{}}', 2, 'first_name', 'not a text'],
    ['{"connection_id":"a","id":"2","emails":"x@y"}', 2, 'emails', 'not a list'],
    ['{"connection_id":"a","id":"2","emails":[{"data":1}]}', 2, 'emails[0]', 'not a text'],
    ['{"connection_id":"a","id":"2","residence":"here"}', 2, 'residence', 'not an object'],
    ['{"connection_id":"a","id":"2","residence":{"city":[]}}', 2, 'residence.city', 'not a text'],
    ['{"connection_id":"a","id":"1"}', 2, 'id', 'the same id as on line 1 of this connection'],
  ])('%s', async (text, line, field, reason) => {
    const file = `${good}\n${text}\n${good.replace('"1"', '"3"')}\n`
    await expect(read(file)).rejects.toThrow(BadLineError)
    await expect(read(file)).rejects.toThrow(`line 2${field === null ? '' : `, ${field}`}: ${reason}`)
    const { people, bad } = await read(file, true)
    expect(people.map(({ individualId }) => individualId)).toEqual(['1', '3'])
    expect(bad).toEqual([{ line, field, reason }])
  })

  it('one id in two connections is two people', async () => {
    expect((await read(`${good}\n${good.replace('"a"', '"b"')}\n`)).people).toHaveLength(2)
  })

  it('one individual listed by two entities of a connection is no mistake', async () => {
    const of = (entity: string) => JSON.stringify({ connection_id: 'a', id: '1', entity_id: entity })
    expect((await read(`${of('x')}\n${of('y')}\n`)).people).toHaveLength(2)
    await expect(read(`${of('x')}\n${of('x')}\n`)).rejects.toThrow('the same id')
  })
})
