/**
 * The keys that blocks are made of: what two records of one person are likely to share although one of them is spoiled somewhere. Strict keys
 * nearly name a person; loose ones catch who is spoiled on two of those. All are hashes of content.
 */

import type { Shared } from '../comparison/compare.ts'
import type { Columns } from '../records/record-table.ts'
import { both, mix } from '../records/string-table.ts'

/** Writes the keys of a row; a key of 0 is none. */
export type Keys = (row: number, emit: (key: number) => void) => void

export interface Rule {
  readonly keys: Keys
  /** Blocks of more rows are left out. */
  readonly largest: number
  /** Strict keys nearly name a person; loose ones find who was spoiled on two strict keys, and cost more for less. */
  readonly strict: boolean
  /** Pairs that an earlier rule surely had. */
  readonly had?: (i: number, j: number) => boolean
}

/** Sounds of the first letters, Soundex's classes, without its fixed first letter for vowels and h/w. */
function soundKey(bytes: Uint8Array, from: number, to: number): number {
  if (to === from) return 0
  let key = 0
  let before = 0
  let kept = 0
  for (let k = from; k < to && kept < 4; k++) {
    const sound = soundOf(bytes[k]!)
    if (k === from) key = sound === 0 ? 7 : sound
    else if (sound !== 0 && sound !== before) {
      key = key * 8 + sound
      kept++
    }
    before = sound
  }
  return mix(key) || 1
}

function soundOf(byte: number): number {
  switch (byte) {
    case 98:
    case 102:
    case 112:
    case 118:
      return 1
    case 99:
    case 103:
    case 106:
    case 107:
    case 113:
    case 115:
    case 120:
    case 122:
      return 2
    case 100:
    case 116:
      return 3
    case 108:
      return 4
    case 109:
    case 110:
      return 5
    case 114:
      return 6
    default:
      return 0
  }
}

export function makeRules(columns: Columns, shared: Shared): Rule[] {
  const { hash, bytes, start } = columns.texts
  const { first, last, preferred, lastHead, lastTail, dob, ssn, street, house, unit, city, postcode, started } = columns
  const h = (text: number): number => (text === 0 ? 0 : hash[text]! || 1)
  const n = (number: number): number => (number === 0 ? 0 : mix(number) || 1)
  const sound = (text: number): number => soundKey(bytes, start[text]!, start[text + 1]!)
  const at = (column: Int32Array, row: number): number => column[row]!
  const place = (row: number): number => h(at(postcode, row)) || h(at(city, row))
  const year = (row: number): number => n(Math.trunc(at(dob, row) / 10000))
  const one =
    (key: (row: number) => number): Keys =>
    (row, emit) =>
      emit(key(row))
  const rules: Rule[] = []
  const strict = (largest: number, keys: Keys) => rules.push({ largest, keys, strict: true })
  const loose = (largest: number, keys: Keys) => rules.push({ largest, keys, strict: false })

  strict(
    400,
    one((row) => n(at(ssn, row))),
  )
  strict(200, (row, emit) => {
    for (let k = at(columns.emailStart, row); k < at(columns.emailStart, row + 1); k++) {
      if (shared.email[k] === 0) emit(h(at(columns.email, k)))
    }
  })
  strict(100, (row, emit) => {
    for (let k = at(columns.phoneStart, row); k < at(columns.phoneStart, row + 1); k++) {
      if (shared.phone[k] === 0) emit(h(at(columns.phone, k)))
    }
  })
  // First and last name stand in each other's place often enough that keys ask for a name, whichever it is.
  const unordered = (a: number, b: number): number => (a < b ? both(a, b) : both(b, a))
  const eachName =
    (other: (row: number) => number): Keys =>
    (row, emit) => {
      const key = other(row)
      if (key === 0) return
      emit(both(h(at(first, row)), key))
      emit(both(h(at(last, row)), key))
    }
  const firstSounds = Uint32Array.from(first, sound)
  const lastSounds = Uint32Array.from(last, sound)
  const eachSound =
    (other: (row: number) => number): Keys =>
    (row, emit) => {
      const key = other(row)
      if (key === 0) return
      emit(both(firstSounds[row]!, key))
      emit(both(lastSounds[row]!, key))
    }
  const sounds = (row: number): number => unordered(firstSounds[row]!, lastSounds[row]!)
  const house1 = (row: number): number => h(at(house, row))
  const street1 = (row: number): number => h(at(street, row))
  const unit1 = (row: number): number => h(at(unit, row))
  strict(
    200,
    one((row) => unordered(h(at(first, row)), h(at(last, row)))),
  )
  strict(
    200,
    eachSound((row) => n(at(dob, row))),
  )
  loose(
    60,
    one((row) => n(at(dob, row))),
  )
  strict(
    100,
    one((row) => both(sounds(row), year(row))),
  )
  strict(
    100,
    one((row) => both(sounds(row), place(row))),
  )
  loose(60, one(sounds))
  loose(
    60,
    one((row) => both(street1(row), house1(row))),
  )
  loose(60, eachName(place))
  loose(40, eachName(year))
  loose(
    60,
    eachName((row) => n(at(dob, row) % 10000)),
  )
  loose(
    60,
    eachName((row) => n(at(started, row))),
  )
  loose(
    60,
    eachSound((row) => n(at(ssn, row) % 10000)),
  )
  loose(
    60,
    eachSound((row) => n(Math.trunc(at(ssn, row) / 10000))),
  )
  // Nicknames and double surnames: every form of the first name with every part of the last.
  const sameNames = (i: number, j: number) => first[i] === first[j] && last[i] === last[j]
  const forms: Keys = (row, emit) => {
    const name = at(first, row)
    const family = h(at(last, row))
    const { start: from, groups } = columns.nicknames
    for (let k = from[name]!; k < from[name + 1]!; k++) emit(both(h(groups[k]!), family))
    emit(both(h(at(preferred, row)), family))
    emit(both(h(name), family))
    emit(both(h(name), h(at(lastHead, row))))
    emit(both(h(name), h(at(lastTail, row))))
  }
  rules.push({ largest: 60, strict: false, keys: forms, had: sameNames })
  loose(40, (row, emit) => {
    for (let k = at(columns.emailStart, row); k < at(columns.emailStart, row + 1); k++) {
      if (shared.email[k] === 0) emit(h(at(columns.emailLocal, k)))
    }
  })
  // Addresses with one part spoiled.
  loose(
    40,
    one((row) => both(house1(row), place(row))),
  )
  loose(30, eachName(house1))
  loose(30, eachName(street1))
  loose(
    30,
    one((row) => both(street1(row), place(row))),
  )
  loose(30, eachName(unit1))
  loose(
    30,
    one((row) => both(unit1(row), house1(row))),
  )
  loose(
    30,
    one((row) => both(unit1(row), place(row))),
  )
  loose(25, one(street1))
  loose(
    25,
    eachName(() => 1),
  )
  loose(
    25,
    eachSound((row) => n(Math.trunc(at(dob, row) / 100))),
  )
  loose(
    25,
    eachSound((row) => both(house1(row), 1)),
  )
  loose(15, one(place))
  loose(
    15,
    one((row) => n(at(dob, row) % 10000)),
  )
  return rules
}
