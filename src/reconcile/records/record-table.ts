/**
 * People as columns of numbers: what the matcher works on. A record is a row; rows stand in the order of (connection, individual),
 * so that nothing after this file can depend on the order in which people came.
 */
import { shippedNames } from '../model/default-model.ts'
import type { NamePrior } from '../model/score.ts'
import type { Person } from '../types.ts'
import { type NameGroups, nicknameTable, packGroups } from './nicknames.ts'
import { arrangeNames, type NameParts, readDate, readEmail, readSsn, splitName, surnameParts } from './normalize.ts'
import { readCity, readPhone, readPostcode, readStreet, readUnit } from './normalize-place.ts'
import { mix, TextPool, type Texts } from './string-table.ts'

/** Numbers are text numbers (0 = none) unless said otherwise. Dates are yyyymmdd, 0 = none. */
export interface Columns {
  readonly count: number
  readonly connection: Int32Array
  readonly first: Int32Array
  readonly firstWord: Int32Array
  readonly preferred: Int32Array
  readonly middle: Int32Array
  readonly last: Int32Array
  readonly lastHead: Int32Array
  readonly lastTail: Int32Array
  readonly suffix: Int32Array
  readonly dob: Int32Array
  readonly ssn: Int32Array
  readonly house: Int32Array
  readonly street: Int32Array
  readonly unit: Int32Array
  readonly city: Int32Array
  readonly postcode: Int32Array
  readonly started: Int32Array
  /** E-mails of row i: email[emailStart[i] .. emailStart[i + 1]), beside it the part before the @. */
  readonly emailStart: Int32Array
  readonly email: Int32Array
  readonly emailLocal: Int32Array
  readonly phoneStart: Int32Array
  readonly phone: Int32Array
  readonly texts: Texts
  readonly nicknames: NameGroups
}

/** Columns and what never leaves the main thread: ids, and the shares of names by their numbers here. */
export interface People {
  readonly columns: Columns
  readonly connections: readonly string[]
  readonly ids: readonly string[]
  readonly names: NamePrior
}

const rowFields = [
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
  'started',
] as const
type RowField = (typeof rowFields)[number]

/** Takes people one at a time and keeps only numbers of them. */
export class PeopleBuilder {
  private readonly pool = new TextPool()
  private readonly rows: Record<RowField, number[]> = Object.fromEntries(
    rowFields.map((field) => [field, []]),
  ) as unknown as Record<RowField, number[]>
  private readonly emailStart: number[] = [0]
  private readonly email: number[] = []
  private readonly emailLocal: number[] = []
  private readonly phoneStart: number[] = [0]
  private readonly phone: number[] = []
  private readonly ids: string[] = []
  private readonly connections = new Map<string, number>()
  private readonly names = new Map<string, NameParts>()
  private readonly openDobs = new Map<number, boolean>()
  private readonly dayFirst: number[] = []
  private readonly monthFirst: number[] = []

  get size(): number {
    return this.ids.length
  }

  add(person: Person): void {
    const { rows, pool } = this
    const connection = this.connectionOf(person.connectionId)
    rows.connection.push(connection)
    this.ids.push(person.individualId)
    this.addNames(person)
    this.addDate('dob', person.dob, connection)
    this.addDate('started', person.employment?.startDate ?? null, connection)
    rows.ssn.push(readSsn(person.ssn))
    for (const raw of person.emails) {
      const mail = readEmail(raw)
      if (mail === null) continue
      const whole = pool.intern(`${mail.local}@${mail.domain}`)
      if (this.email.includes(whole, this.emailStart.at(-1))) continue
      this.email.push(whole)
      this.emailLocal.push(pool.intern(mail.local))
    }
    this.emailStart.push(this.email.length)
    for (const raw of person.phones) {
      const digits = readPhone(raw, person.residence?.country ?? null)
      const number = digits === null ? 0 : pool.intern(digits)
      if (number !== 0 && !this.phone.includes(number, this.phoneStart.at(-1))) this.phone.push(number)
    }
    this.phoneStart.push(this.phone.length)
    const home = person.residence
    const line = readStreet(home?.line1 ?? null)
    rows.house.push(pool.intern(line.number))
    rows.street.push(pool.intern(line.name))
    rows.unit.push(pool.intern(readUnit(home?.line2 ?? null) || line.unit))
    rows.city.push(pool.intern(readCity(home?.city ?? null)))
    rows.postcode.push(pool.intern(readPostcode(home?.postalCode ?? null)))
  }

  finish(): People {
    const { rows } = this
    const table = nicknameTable(this.pool)
    const names = shippedNames(this.pool)
    const texts = this.pool.finish()
    this.settleDates()
    const order = this.withoutDoubles(this.canonicalOrder(), texts)
    const take = (field: RowField) => Int32Array.from(order, (row) => rows[field][row]!)
    const mails = gather(order, this.emailStart, [this.email, this.emailLocal])
    const phones = gather(order, this.phoneStart, [this.phone])
    const columns: Columns = {
      count: order.length,
      ...(Object.fromEntries(rowFields.map((field) => [field, take(field)])) as Record<RowField, Int32Array>),
      emailStart: mails.start,
      email: mails.values[0]!,
      emailLocal: mails.values[1]!,
      phoneStart: phones.start,
      phone: phones.values[0]!,
      texts,
      nicknames: packGroups(table, texts.count),
    }
    return {
      columns,
      connections: [...this.connections.keys()],
      ids: Array.from(order, (row) => this.ids[row]!),
      names,
    }
  }

  private connectionOf(id: string): number {
    const known = this.connections.get(id)
    if (known !== undefined) return known
    const next = this.connections.size
    this.connections.set(id, next)
    this.dayFirst.push(0)
    this.monthFirst.push(0)
    return next
  }

  private addNames(person: Person): void {
    const { rows, pool } = this
    const packed = person.firstName === null || person.lastName === null || person.lastName.includes(',')
    const arranged = packed ? arrangeNames(person.firstName, person.lastName) : null
    const first = arranged?.first ?? this.cached(person.firstName)
    const last = arranged?.last ?? this.cached(person.lastName)
    const suffix = arranged === null ? (last.suffix ?? first.suffix) : arranged.suffix
    const middle = this.cached(person.middleName)
    const preferred = this.cached(person.preferredName)
    rows.first.push(pool.intern(first.words.join('')))
    rows.firstWord.push(first.words.length > 1 ? pool.intern(first.words[0] ?? '') : 0)
    rows.middle.push(
      pool.intern(middle.words.join('') || (first.words.length > 1 ? first.words.slice(1).join('') : '')),
    )
    rows.preferred.push(pool.intern(preferred.words[0] ?? first.aside ?? ''))
    rows.last.push(pool.intern(last.words.join('')))
    const parts = last.words.length > 1 ? surnameParts(last.words) : []
    rows.lastHead.push(parts.length > 1 ? pool.intern(parts[0] ?? '') : 0)
    rows.lastTail.push(parts.length > 1 ? pool.intern(parts.at(-1) ?? '') : 0)
    rows.suffix.push(suffix === null && middle.suffix === null ? 0 : pool.intern(suffix ?? middle.suffix ?? ''))
  }

  /** Names repeat: taking one apart costs more than remembering it. */
  private cached(raw: string | null): NameParts {
    const key = raw ?? ''
    let parts = this.names.get(key)
    if (parts === undefined) {
      parts = splitName(raw)
      if (this.names.size < 200_000) this.names.set(key, parts)
    }
    return parts
  }

  private addDate(field: 'dob' | 'started', raw: string | null, connection: number): void {
    const date = raw === null ? null : readDate(raw)
    const row = this.rows[field].length
    this.rows[field].push(date === null ? 0 : date.year * 10000 + date.first * 100 + date.second)
    if (date === null || date.order !== 'open') return
    if (date.first > 12 && date.second <= 12) this.dayFirst[connection] = (this.dayFirst[connection] ?? 0) + 1
    if (date.second > 12 && date.first <= 12) this.monthFirst[connection] = (this.monthFirst[connection] ?? 0) + 1
    this.openDobs.set(field === 'dob' ? row : -row - 1, true)
  }

  /** Which number is the day is settled per connection, never per record: one provider writes its dates one way. Month first is the default. */
  private settleDates(): void {
    for (const key of this.openDobs.keys()) {
      const row = key >= 0 ? key : -key - 1
      const column = key >= 0 ? this.rows.dob : this.rows.started
      const connection = this.rows.connection[row]!
      if ((this.dayFirst[connection] ?? 0) <= (this.monthFirst[connection] ?? 0)) continue
      const date = column[row]!
      column[row] = Math.trunc(date / 10000) * 10000 + (date % 100) * 100 + (Math.trunc(date / 100) % 100)
    }
  }

  /** One record where several entities list one individual: the one with the most known fields; of equals, the one whose content hashes highest. */
  private withoutDoubles(order: Uint32Array, texts: Texts): Uint32Array {
    const { rows, ids } = this
    const worth = (row: number): number => {
      let known = 0
      let hash = 0
      for (const field of rowFields) {
        const value = rows[field][row]!
        if (value !== 0) known++
        const isText = field !== 'dob' && field !== 'ssn' && field !== 'started' && field !== 'connection'
        hash = mix(hash ^ (isText ? texts.hash[value]! : value))
      }
      return known * 2 ** 32 + hash
    }
    let kept = 0
    for (const row of order) {
      const last = order[kept - 1]
      if (kept > 0 && last !== undefined && ids[last] === ids[row] && rows.connection[last] === rows.connection[row]) {
        if (worth(row) > worth(last)) order[kept - 1] = row
      } else order[kept++] = row
    }
    return order.slice(0, kept)
  }

  private canonicalOrder(): Uint32Array {
    const { ids } = this
    const connections = [...this.connections.keys()]
    const rank = new Int32Array(connections.length)
    const sorted = connections.map((id, index) => ({ id, index })).sort((a, b) => (a.id < b.id ? -1 : 1))
    for (const [place, { index }] of sorted.entries()) rank[index] = place
    const connectionColumn = this.rows.connection
    for (let row = 0; row < ids.length; row++) connectionColumn[row] = rank[connectionColumn[row]!]!
    this.connections.clear()
    for (const { id } of sorted) this.connections.set(id, this.connections.size)
    return sortedRows(ids, connectionColumn)
  }
}

/** Rows by connection, then id. */
function sortedRows(ids: readonly string[], connection: readonly number[]): Uint32Array {
  const order = new Uint32Array(ids.length)
  for (let row = 0; row < order.length; row++) order[row] = row
  const byId = (a: number, b: number) => {
    const x = ids[a]!
    const y = ids[b]!
    return x < y ? -1 : x > y ? 1 : a - b
  }
  const buckets: number[][] = []
  for (const row of order) {
    const bucket = connection[row]!
    const rows = buckets[bucket]
    if (rows === undefined) buckets[bucket] = [row]
    else rows.push(row)
  }
  let at = 0
  for (const rows of buckets) for (const row of rows.sort(byId)) order[at++] = row
  return order
}

function gather(
  order: Uint32Array,
  start: readonly number[],
  values: readonly (readonly number[])[],
): { start: Int32Array; values: Int32Array[] } {
  const starts = new Int32Array(order.length + 1)
  const taken = values.map(() => new Int32Array(start.at(-1) ?? 0))
  let at = 0
  for (let place = 0; place < order.length; place++) {
    const row = order[place]!
    starts[place] = at
    for (let k = start[row]!; k < start[row + 1]!; k++, at++) {
      for (const [index, list] of values.entries()) taken[index]![at] = list[k]!
    }
  }
  starts[order.length] = at
  return { start: starts, values: taken }
}
