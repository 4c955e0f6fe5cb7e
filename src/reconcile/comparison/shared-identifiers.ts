/**
 * Which mailboxes and phones stand for a household or an office instead of a person. The rule: an identifier that three or more people of
 * one connection give is shared. Records of one connection are different people when everything comparable about them says so; that way a
 * person listed three times does not make a mailbox shared.
 */
import type { Columns } from '../records/record-table.ts'
import { compareDates, makeComparer, type Shared } from './compare.ts'
import { COMPARISONS, dobLevel, FIRST, firstLevel, levelOf } from './levels.ts'

const people = 3

export function findShared(columns: Columns, repeats: boolean): Shared {
  const none: Shared = { email: new Uint8Array(columns.email.length), phone: new Uint8Array(columns.phone.length) }
  const compare = makeComparer(columns, none)
  const noFirst = COMPARISONS[FIRST]?.none ?? 0
  const { ssn, dob } = columns
  const distinct = (i: number, j: number): boolean => {
    if (ssn[i] !== 0 && ssn[j] !== 0) return ssn[i] !== ssn[j]
    const first = levelOf(compare(i, j), FIRST)
    const dates = compareDates(dob[i]!, dob[j]!)
    const namesApart = first <= 1
    const datesApart = dates <= dobLevel.near
    if (repeats) return (namesApart && (datesApart || dates > dobLevel.equal)) || (first === noFirst && datesApart)
    return namesApart || datesApart || !(first >= firstLevel.form && first !== noFirst && dates >= dobLevel.slip)
  }
  return {
    email: flag(columns, columns.emailStart, columns.email, distinct),
    phone: flag(columns, columns.phoneStart, columns.phone, distinct),
  }
}

function flag(
  columns: Columns,
  start: Int32Array,
  values: Int32Array,
  distinct: (i: number, j: number) => boolean,
): Uint8Array {
  const flags = new Uint8Array(values.length)
  const uses = new Uint32Array(columns.texts.count)
  for (const value of values) uses[value] = uses[value]! + 1
  const rowsOf = new Map<number, number[]>()
  for (let row = 0; row < columns.count; row++) {
    for (let k = start[row]!; k < start[row + 1]!; k++) {
      const value = values[k]!
      if (uses[value]! < people) continue
      const rows = rowsOf.get(value)
      if (rows === undefined) rowsOf.set(value, [row])
      else rows.push(row)
    }
  }
  const shared = new Set<number>()
  for (const [value, rows] of rowsOf) if (manyPeople(columns, rows, distinct)) shared.add(value)
  for (let k = 0; k < values.length; k++) if (shared.has(values[k]!)) flags[k] = 1
  return flags
}

/** Rows come by connection. Three rows that differ from each other settle it, so the search stays short however many there are. */
function manyPeople(columns: Columns, rows: readonly number[], distinct: (i: number, j: number) => boolean): boolean {
  let found: number[] = []
  let connection = -1
  for (const row of rows) {
    const here = columns.connection[row]!
    if (here !== connection) {
      connection = here
      found = []
    }
    if (found.every((other) => distinct(row, other))) found.push(row)
    if (found.length >= people) return true
  }
  return false
}
