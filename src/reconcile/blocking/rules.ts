/**
 * The blocking rules: what two records of one person are likely to share although some field of them is misspelled.
 * Records that share a key are compared. Keys are hashes of content.
 */
import type { SharedIdentifiers } from '../comparison/compare.ts'
import type { RecordTable } from '../records/record-table.ts'
import { hashBoth, mix } from '../records/string-table.ts'
import { soundOf } from './soundex.ts'

/** Emits the keys of a row; a key of 0 is none. */
export type Keys = (row: number, emit: (key: number) => void) => void

export interface BlockingRule {
  readonly name: string
  readonly keys: Keys
  /** Blocks of more rows are left out. */
  readonly largest: number
  /** Strict keys nearly name a person; loose ones find records with two misspelled fields, and cost more for less. */
  readonly strict: boolean
  /** Pairs that an earlier rule is certain to have found. */
  readonly isFound?: (i: number, j: number) => boolean
}

type Key = (row: number) => number

const strict = (name: string, largest: number, keys: Keys): BlockingRule => ({ name, largest, keys, strict: true })
const loose = (name: string, largest: number, keys: Keys): BlockingRule => ({ name, largest, keys, strict: false })

export function blockingRules(records: RecordTable, shared: SharedIdentifiers): BlockingRule[] {
  const { hash, bytes, start } = records.strings
  const string = (id: number): number => (id === 0 ? 0 : hash[id]! || 1)
  const number = (value: number): number => (value === 0 ? 0 : mix(value) || 1)
  const sound = (id: number): number => {
    const sounds = soundOf(bytes, start[id]!, start[id + 1]!)
    return sounds === 0 ? 0 : mix(sounds) || 1
  }
  const unordered = (a: number, b: number): number => (a < b ? hashBoth(a, b) : hashBoth(b, a))

  const first: Key = (row) => string(records.first[row]!)
  const last: Key = (row) => string(records.last[row]!)
  const firstSounds = Uint32Array.from(records.first, sound)
  const lastSounds = Uint32Array.from(records.last, sound)
  const sounds: Key = (row) => unordered(firstSounds[row]!, lastSounds[row]!)
  const ssn: Key = (row) => number(records.ssn[row]!)
  const ssnEnd: Key = (row) => number(records.ssn[row]! % 10000)
  const ssnStart: Key = (row) => number(Math.trunc(records.ssn[row]! / 10000))
  const dob: Key = (row) => number(records.dob[row]!)
  const birthYear: Key = (row) => number(Math.trunc(records.dob[row]! / 10000))
  const birthMonth: Key = (row) => number(Math.trunc(records.dob[row]! / 100))
  const birthday: Key = (row) => number(records.dob[row]! % 10000)
  const startDate: Key = (row) => number(records.startDate[row]!)
  const street: Key = (row) => string(records.street[row]!)
  const house: Key = (row) => string(records.house[row]!)
  const unit: Key = (row) => string(records.unit[row]!)
  const town: Key = (row) => string(records.postcode[row]!) || string(records.city[row]!)

  const one =
    (key: Key): Keys =>
    (row, emit) =>
      emit(key(row))
  const both = (a: Key, b: Key): Keys => one((row) => hashBoth(a(row), b(row)))
  // First and last name stand in each other's place often enough that keys ask for a name, whichever it is.
  const eachName =
    (other: Key): Keys =>
    (row, emit) => {
      const key = other(row)
      if (key === 0) return
      emit(hashBoth(first(row), key))
      emit(hashBoth(last(row), key))
    }
  const eachSound =
    (other: Key): Keys =>
    (row, emit) => {
      const key = other(row)
      if (key === 0) return
      emit(hashBoth(firstSounds[row]!, key))
      emit(hashBoth(lastSounds[row]!, key))
    }
  /** Mailboxes and phones that many people give are no keys. */
  const each =
    (from: Int32Array, values: Int32Array, isShared: Uint8Array): Keys =>
    (row, emit) => {
      for (let k = from[row]!; k < from[row + 1]!; k++) if (isShared[k] === 0) emit(string(values[k]!))
    }
  /**
   * Nicknames and double surnames: every form of the first name with the last, the first name with every part of the
   * last.
   */
  const nameForms: Keys = (row, emit) => {
    const name = records.first[row]!
    const family = last(row)
    const { start: from, groups } = records.nicknames
    for (let k = from[name]!; k < from[name + 1]!; k++) emit(hashBoth(string(groups[k]!), family))
    emit(hashBoth(string(records.preferred[row]!), family))
    emit(hashBoth(string(name), family))
    emit(hashBoth(string(name), string(records.lastHead[row]!)))
    emit(hashBoth(string(name), string(records.lastTail[row]!)))
  }
  const sameNames = (i: number, j: number) =>
    records.first[i] === records.first[j] && records.last[i] === records.last[j]

  return [
    strict('ssn', 400, one(ssn)),
    strict('email', 200, each(records.emailStart, records.email, shared.email)),
    strict('phone', 100, each(records.phoneStart, records.phone, shared.phone)),
    strict(
      'names',
      200,
      one((row) => unordered(first(row), last(row))),
    ),
    strict('sound of a name, dob', 200, eachSound(dob)),
    loose('dob', 60, one(dob)),
    strict('sounds of names, birth year', 100, both(sounds, birthYear)),
    strict('sounds of names, town', 100, both(sounds, town)),
    loose('sounds of names', 60, one(sounds)),
    loose('street, house', 60, both(street, house)),
    loose('a name, town', 60, eachName(town)),
    loose('a name, birth year', 40, eachName(birthYear)),
    loose('a name, birthday', 60, eachName(birthday)),
    loose('a name, start date', 60, eachName(startDate)),
    loose('sound of a name, end of ssn', 60, eachSound(ssnEnd)),
    loose('sound of a name, start of ssn', 60, eachSound(ssnStart)),
    { ...loose('forms of names', 60, nameForms), isFound: sameNames },
    loose('local part of email', 40, each(records.emailStart, records.emailLocal, shared.email)),
    loose('house, town', 40, both(house, town)),
    loose('a name, house', 30, eachName(house)),
    loose('a name, street', 30, eachName(street)),
    loose('street, town', 30, both(street, town)),
    loose('a name, unit', 30, eachName(unit)),
    loose('unit, house', 30, both(unit, house)),
    loose('unit, town', 30, both(unit, town)),
    loose('street', 25, one(street)),
    loose(
      'a name',
      25,
      eachName(() => 1),
    ),
    loose('sound of a name, birth month', 25, eachSound(birthMonth)),
    loose(
      'sound of a name, house',
      25,
      eachSound((row) => hashBoth(house(row), 1)),
    ),
    loose('town', 15, one(town)),
    loose('birthday', 15, one(birthday)),
  ]
}
