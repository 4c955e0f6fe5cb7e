/**
 * The public sets of persons with known answers, as the matcher's people. They are not part of the project: read from
 * $FINCHCONN_TRUTH. `rec_id` and `cluster` go to the truth and never to the matcher.
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Residence } from '../../src/domain/employee.ts'
import type { Person } from '../../src/reconcile/types.ts'
import { truthOrSaySo } from '../truth.ts'

export type Fields = 'all fields' | 'without ssn' | 'name + address' | 'name + dob' | 'names only'

export interface TruthSet {
  readonly name: string
  readonly people: readonly Person[]
  /** By `connectionId individualId`. */
  readonly truth: ReadonlyMap<string, string>
  readonly allowRepeats: boolean
}

/** The folder of the sets, or null where there is none. */
export function truthFolder(suite: string): string | null {
  const found = truthOrSaySo(suite, 'febrl_dataset1.csv')
  return found === null ? null : dirname(found)
}

/** febrl1 to febrl3: one connection that repeats people. febrl4: two connections, everyone in both. */
export function loadFebrl(folder: string, number: 1 | 2 | 3 | 4, fields: Fields): TruthSet {
  const files = number === 4 ? (['4a', '4b'] as const) : ([String(number)] as const)
  const people: Person[] = []
  const truth = new Map<string, string>()
  for (const file of files) {
    for (const row of readCsv(join(folder, `febrl_dataset${file}.csv`))) {
      const id = row.get('rec_id') ?? ''
      people.push(febrlPerson(row, id, `febrl${file}`, fields))
      truth.set(`febrl${file} ${id}`, id.split('-')[1] ?? '')
    }
  }
  return { name: `febrl${number}, ${fields}`, people, truth, allowRepeats: number !== 4 }
}

export function loadFake1000(folder: string): TruthSet {
  const people: Person[] = []
  const truth = new Map<string, string>()
  for (const row of readCsv(join(folder, 'fake_1000.csv'))) {
    const id = row.get('unique_id') ?? ''
    const email = row.get('email')
    const city = row.get('city') ?? null
    people.push({
      ...nobody,
      connectionId: 'fake',
      individualId: id,
      firstName: row.get('first_name') ?? null,
      lastName: row.get('surname') ?? null,
      dob: row.get('dob') ?? null,
      emails: email === undefined ? [] : [email],
      residence: city === null ? null : { ...nowhere, city },
    })
    truth.set(`fake ${id}`, row.get('cluster') ?? '')
  }
  return { name: 'fake_1000', people, truth, allowRepeats: true }
}

const nowhere: Residence = { line1: null, line2: null, city: null, state: null, postalCode: null, country: null }
const nobody: Person = {
  connectionId: '',
  individualId: '',
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
}

function febrlPerson(row: ReadonlyMap<string, string>, id: string, connectionId: string, fields: Fields): Person {
  const of = (name: string) => row.get(name) ?? null
  const address = fields !== 'name + dob' && fields !== 'names only'
  const line1 = [of('street_number'), of('address_1')].filter((part) => part !== null).join(' ')
  return {
    ...nobody,
    connectionId,
    individualId: id,
    firstName: of('given_name'),
    lastName: of('surname'),
    dob: fields === 'name + address' || fields === 'names only' ? null : of('date_of_birth'),
    ssn: fields === 'all fields' ? of('soc_sec_id') : null,
    residence: address
      ? {
          line1: line1 === '' ? null : line1,
          line2: of('address_2'),
          city: of('suburb'),
          state: of('state'),
          postalCode: of('postcode'),
          country: null,
        }
      : null,
  }
}

/** Rows by column name; empty cells are left out. The sets have no quoted cells. */
function readCsv(path: string): Map<string, string>[] {
  const [head = '', ...lines] = readFileSync(path, 'utf8').trim().split('\n')
  const names = head.split(',').map((name) => name.trim())
  return lines.map((line) => {
    const cells = line.split(',').map((cell) => cell.trim())
    return new Map(
      names.flatMap((name, k) => (cells[k] === undefined || cells[k] === '' ? [] : [[name, cells[k]] as const])),
    )
  })
}
