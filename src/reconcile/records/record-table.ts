/**
 * The record table: people as columns of numbers. A record is a row; rows are in the order of (connection,
 * individual), so that nothing after this file depends on the order in which people came.
 */
import type { Person } from '../types.ts'
import { DayOrder, exchanged, monthFirst } from './day-order.ts'
import { type NameGroups, nicknameTable, packGroups } from './nicknames.ts'
import type { ReadDate } from './normalize.ts'
import { PersonNormalizer } from './normalize-person.ts'
import { mix, type StringTable, StringTableBuilder } from './string-table.ts'

/** Columns with one number per row, in the order in which `#content` hashes them. */
const ROW_FIELDS = [
  'connection',
  'first',
  'firstWord',
  'preferred',
  'middle',
  'last',
  'lastHead',
  'lastTail',
  'suffix',
  'dob',
  'ssn',
  'house',
  'street',
  'unit',
  'city',
  'postcode',
  'startDate',
] as const
const NUMBER_FIELDS = ['connection', 'dob', 'ssn', 'startDate'] as const

type RowField = (typeof ROW_FIELDS)[number]
type NumberField = (typeof NUMBER_FIELDS)[number]
type DateField = 'dob' | 'startDate'

const isString = (field: RowField): field is Exclude<RowField, NumberField> =>
  !(NUMBER_FIELDS as readonly RowField[]).includes(field)
const STRING_FIELDS = ROW_FIELDS.filter(isString)

/** Numbers of `strings` (0 = none), but for connection, dates (yyyymmdd, 0 = none) and SSNs (0 = none). */
export interface RecordTable extends Readonly<Record<RowField, Int32Array>> {
  readonly count: number
  /** E-mails of row i: email[emailStart[i] .. emailStart[i + 1]), and in `emailLocal` the part before the @. */
  readonly emailStart: Int32Array
  readonly email: Int32Array
  readonly emailLocal: Int32Array
  readonly phoneStart: Int32Array
  readonly phone: Int32Array
  readonly strings: StringTable
  readonly nicknames: NameGroups
}

/** The record table, and the ids of its rows, which never leave the main thread. */
export interface People {
  readonly records: RecordTable
  readonly connections: readonly string[]
  readonly ids: readonly string[]
}

/** Takes people one at a time and keeps only numbers of them. */
export class RecordTableBuilder {
  readonly strings = new StringTableBuilder()
  readonly #normalizer = new PersonNormalizer()
  readonly #rows = Object.fromEntries(ROW_FIELDS.map((field): [string, number[]] => [field, []])) as Record<
    RowField,
    number[]
  >
  readonly #emailStart: number[] = [0]
  readonly #email: number[] = []
  readonly #emailLocal: number[] = []
  readonly #phoneStart: number[] = [0]
  readonly #phone: number[] = []
  readonly #ids: string[] = []
  readonly #connections = new Map<string, number>()
  readonly #dayOrder = new DayOrder()
  /** Rows whose day and month may be either. */
  readonly #openDates: Record<DateField, number[]> = { dob: [], startDate: [] }

  get size(): number {
    return this.#ids.length
  }

  add(person: Person): void {
    const normalized = this.#normalizer.normalize(person)
    const connection = this.#connectionOf(person.connectionId)
    this.#addDate('dob', normalized.dob, connection)
    this.#addDate('startDate', normalized.startDate, connection)
    this.#rows.connection.push(connection)
    this.#rows.ssn.push(normalized.ssn)
    this.#ids.push(person.individualId)
    for (const field of STRING_FIELDS) this.#rows[field].push(this.strings.intern(normalized[field]))
    for (const { local, domain } of normalized.emails) {
      const whole = this.strings.intern(`${local}@${domain}`)
      if (this.#email.includes(whole, this.#emailStart.at(-1))) continue
      this.#email.push(whole)
      this.#emailLocal.push(this.strings.intern(local))
    }
    this.#emailStart.push(this.#email.length)
    for (const digits of normalized.phones) {
      const phone = this.strings.intern(digits)
      if (!this.#phone.includes(phone, this.#phoneStart.at(-1))) this.#phone.push(phone)
    }
    this.#phoneStart.push(this.#phone.length)
  }

  finish(): People {
    const rows = this.#rows
    const table = nicknameTable(this.strings)
    const strings = this.strings.finish()
    this.#settleDates()
    this.#orderConnections()
    const order = this.#withoutDoubles(sortedRows(this.#ids, rows.connection), strings)
    const emails = inOrder(order, this.#emailStart, [this.#email, this.#emailLocal])
    const phones = inOrder(order, this.#phoneStart, [this.#phone])
    const columns = ROW_FIELDS.map((field) => [field, columnOf(order, rows[field])])
    return {
      records: {
        ...(Object.fromEntries(columns) as Record<RowField, Int32Array>),
        count: order.length,
        emailStart: emails.start,
        email: emails.values[0]!,
        emailLocal: emails.values[1]!,
        phoneStart: phones.start,
        phone: phones.values[0]!,
        strings,
        nicknames: packGroups(table, strings.count),
      },
      connections: [...this.#connections.keys()],
      ids: Array.from(order, (row) => this.#ids[row]!),
    }
  }

  #connectionOf(id: string): number {
    const known = this.#connections.get(id)
    if (known !== undefined) return known
    const next = this.#connections.size
    this.#connections.set(id, next)
    return next
  }

  #addDate(field: DateField, date: ReadDate | null, connection: number): void {
    if (date?.order === 'open') {
      this.#dayOrder.see(connection, date)
      this.#openDates[field].push(this.#rows[field].length)
    }
    this.#rows[field].push(monthFirst(date))
  }

  #settleDates(): void {
    for (const field of ['dob', 'startDate'] as const) {
      const column = this.#rows[field]
      for (const row of this.#openDates[field])
        if (this.#dayOrder.isDayFirst(this.#rows.connection[row]!)) column[row] = exchanged(column[row]!)
    }
  }

  /** Renumbers connections by id. */
  #orderConnections(): void {
    const ids = [...this.#connections.keys()].sort((a, b) => (a < b ? -1 : 1))
    const places = new Map(ids.map((id, place) => [id, place]))
    const placeOf = Int32Array.from(this.#connections.keys(), (id) => places.get(id)!)
    const column = this.#rows.connection
    for (let row = 0; row < column.length; row++) column[row] = placeOf[column[row]!]!
    this.#connections.clear()
    for (const id of ids) this.#connections.set(id, this.#connections.size)
  }

  /**
   * Several entities of a connection may list one individual. The record with the most known fields is kept; of
   * equals, the one whose content has the highest hash.
   */
  #withoutDoubles(order: Uint32Array, strings: StringTable): Uint32Array {
    const { connection } = this.#rows
    const ids = this.#ids
    let kept = 0
    for (const row of order) {
      const last = order[kept - 1]
      if (last !== undefined && ids[last] === ids[row] && connection[last] === connection[row]) {
        if (this.#content(row, strings) > this.#content(last, strings)) order[kept - 1] = row
      } else order[kept++] = row
    }
    return order.slice(0, kept)
  }

  /** Number of known fields, then their hash. */
  #content(row: number, strings: StringTable): number {
    let known = 0
    let hash = 0
    for (const field of ROW_FIELDS) {
      const value = this.#rows[field][row]!
      if (value !== 0) known++
      hash = mix(hash ^ (isString(field) ? strings.hash[value]! : value))
    }
    return known * 2 ** 32 + hash
  }
}

/** Rows by connection, then id. */
function sortedRows(ids: readonly string[], connection: readonly number[]): Uint32Array {
  const byConnection: number[][] = []
  for (let row = 0; row < ids.length; row++) {
    const rows = byConnection[connection[row]!]
    if (rows === undefined) byConnection[connection[row]!] = [row]
    else rows.push(row)
  }
  const byId = (a: number, b: number) => {
    const x = ids[a]!
    const y = ids[b]!
    return x < y ? -1 : x > y ? 1 : a - b
  }
  const order = new Uint32Array(ids.length)
  let at = 0
  for (const rows of byConnection) for (const row of rows.sort(byId)) order[at++] = row
  return order
}

function columnOf(order: Uint32Array, values: readonly number[]): Int32Array {
  const column = new Int32Array(order.length)
  for (let place = 0; place < order.length; place++) column[place] = values[order[place]!]!
  return column
}

/** Lists of several values per row, rows in `order`. */
function inOrder(
  order: Uint32Array,
  start: readonly number[],
  lists: readonly (readonly number[])[],
): { start: Int32Array; values: Int32Array[] } {
  const starts = new Int32Array(order.length + 1)
  const values = lists.map(() => new Int32Array(start.at(-1) ?? 0))
  let at = 0
  for (let place = 0; place < order.length; place++) {
    const row = order[place]!
    starts[place] = at
    for (let k = start[row]!; k < start[row + 1]!; k++, at++)
      for (const [index, list] of lists.entries()) values[index]![at] = list[k]!
  }
  starts[order.length] = at
  return { start: starts, values }
}
