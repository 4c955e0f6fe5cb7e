/**
 * Which mailboxes and phones belong to a household or an office: those that three or more people of one connection
 * give. Records of one connection are different people when everything comparable about them says so, so that a person
 * listed three times does not make a mailbox shared.
 */
import type { RecordTable } from '../records/record-table.ts'
import { makeComparer, type SharedIdentifiers } from './compare.ts'
import { compareDates } from './dates.ts'
import { DOB, DOB_APART, FIRST_NAME, isIn, levelSet, NAMES_APART } from './levels.ts'
import { AT, levelOf } from './vector.ts'

const FEWEST_PEOPLE = 3
const NAMES_AGREE = levelSet(FIRST_NAME.form, FIRST_NAME.equal, FIRST_NAME.swapped, FIRST_NAME.halfSwapped)
const DOB_FITS = levelSet(DOB.oneSlip, DOB.equal, DOB.none)

type AreTwoPeople = (i: number, j: number) => boolean

export function findSharedIdentifiers(records: RecordTable, allowRepeats: boolean): SharedIdentifiers {
  const areTwoPeople = makeAreTwoPeople(records, allowRepeats)
  return {
    email: flag(records, records.emailStart, records.email, areTwoPeople),
    phone: flag(records, records.phoneStart, records.phone, areTwoPeople),
  }
}

function makeAreTwoPeople(records: RecordTable, allowRepeats: boolean): AreTwoPeople {
  const { ssn, dob, email, phone } = records
  const compare = makeComparer(records, { email: new Uint8Array(email.length), phone: new Uint8Array(phone.length) })
  return (i, j) => {
    if (ssn[i] !== 0 && ssn[j] !== 0) return ssn[i] !== ssn[j]
    const firstName = levelOf(compare(i, j), AT.firstName)
    const dates = compareDates(dob[i]!, dob[j]!)
    const namesApart = isIn(NAMES_APART, firstName)
    const datesApart = isIn(DOB_APART, dates)
    if (allowRepeats)
      return (namesApart && (datesApart || dates === DOB.none)) || (firstName === FIRST_NAME.none && datesApart)
    return namesApart || datesApart || !(isIn(NAMES_AGREE, firstName) && isIn(DOB_FITS, dates))
  }
}

function flag(records: RecordTable, start: Int32Array, values: Int32Array, areTwoPeople: AreTwoPeople): Uint8Array {
  const uses = new Uint32Array(records.strings.count)
  for (const value of values) uses[value] = uses[value]! + 1
  const rowsOf = new Map<number, number[]>()
  for (let row = 0; row < records.count; row++) {
    for (let k = start[row]!; k < start[row + 1]!; k++) {
      const value = values[k]!
      if (uses[value]! < FEWEST_PEOPLE) continue
      const rows = rowsOf.get(value)
      if (rows === undefined) rowsOf.set(value, [row])
      else rows.push(row)
    }
  }
  const shared = new Set<number>()
  for (const [value, rows] of rowsOf) if (haveManyPeople(records, rows, areTwoPeople)) shared.add(value)
  const flags = new Uint8Array(values.length)
  for (let k = 0; k < values.length; k++) if (shared.has(values[k]!)) flags[k] = 1
  return flags
}

/**
 * Rows come by connection. Three rows that differ from each other are enough, so the search is short for any number of
 * rows.
 */
function haveManyPeople(records: RecordTable, rows: readonly number[], areTwoPeople: AreTwoPeople): boolean {
  let people: number[] = []
  let connection = -1
  for (const row of rows) {
    const here = records.connection[row]!
    if (here !== connection) {
      connection = here
      people = []
    }
    if (people.every((other) => areTwoPeople(row, other))) people.push(row)
    if (people.length >= FEWEST_PEOPLE) return true
  }
  return false
}
