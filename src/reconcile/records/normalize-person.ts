/** One person in the forms that are compared: '' for no string, 0 for no number. */
import type { Person } from '../types.ts'
import { arrangeNames, type NameParts, type ReadDate, readDate, readSsn, splitName, surnameParts } from './normalize.ts'
import {
  type ReadEmail,
  readCity,
  readEmail,
  readPhone,
  readPostcode,
  readStreet,
  readUnit,
} from './normalize-contact.ts'

export interface NormalizedPerson {
  /** All words of the first name. */
  readonly first: string
  /** The first of several words. */
  readonly firstWord: string
  readonly preferred: string
  readonly middle: string
  readonly last: string
  /** First and last part of a double surname. */
  readonly lastHead: string
  readonly lastTail: string
  readonly suffix: string
  readonly dob: ReadDate | null
  readonly startDate: ReadDate | null
  readonly ssn: number
  readonly house: string
  readonly street: string
  readonly unit: string
  readonly city: string
  readonly postcode: string
  readonly emails: readonly ReadEmail[]
  readonly phones: readonly string[]
}

const MOST_REMEMBERED = 200_000

export class PersonNormalizer {
  /** Names repeat: splitting one costs more than remembering it. */
  readonly #names = new Map<string, NameParts>()

  normalize(person: Person): NormalizedPerson {
    const packed = person.firstName === null || person.lastName === null || person.lastName.includes(',')
    const arranged = packed ? arrangeNames(person.firstName, person.lastName) : null
    const first = arranged?.first ?? this.#split(person.firstName)
    const last = arranged?.last ?? this.#split(person.lastName)
    const suffix = arranged === null ? (last.suffix ?? first.suffix) : arranged.suffix
    const middle = this.#split(person.middleName)
    const preferred = this.#split(person.preferredName)
    const surnames = last.words.length > 1 ? surnameParts(last.words) : []
    const isDouble = surnames.length > 1
    const home = person.residence
    const line = readStreet(home?.line1 ?? null)
    const country = home?.country ?? null
    return {
      first: first.words.join(''),
      firstWord: first.words.length > 1 ? first.words[0]! : '',
      preferred: preferred.words[0] ?? first.aside ?? '',
      middle: middle.words.join('') || first.words.slice(1).join(''),
      last: last.words.join(''),
      lastHead: isDouble ? surnames[0]! : '',
      lastTail: isDouble ? surnames.at(-1)! : '',
      suffix: suffix ?? middle.suffix ?? '',
      dob: readDate(person.dob),
      startDate: readDate(person.employment?.startDate ?? null),
      ssn: readSsn(person.ssn),
      house: line.number,
      street: line.name,
      unit: readUnit(home?.line2 ?? null) || line.unit,
      city: readCity(home?.city ?? null),
      postcode: readPostcode(home?.postalCode ?? null),
      emails: person.emails.map(readEmail).filter((email) => email !== null),
      phones: person.phones.map((raw) => readPhone(raw, country)).filter((phone) => phone !== null),
    }
  }

  #split(raw: string | null): NameParts {
    const key = raw ?? ''
    let parts = this.#names.get(key)
    if (parts === undefined) {
      parts = splitName(raw)
      if (this.#names.size < MOST_REMEMBERED) this.#names.set(key, parts)
    }
    return parts
  }
}
