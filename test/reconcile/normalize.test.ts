import { describe, expect, it } from 'vitest'
import { arrangeNames, readDate, readSsn, splitName, surnameParts } from '../../src/reconcile/records/normalize.ts'
import {
  readCity,
  readEmail,
  readPhone,
  readPostcode,
  readStreet,
  readUnit,
} from '../../src/reconcile/records/normalize-contact.ts'

describe('names', () => {
  it.each([
    ['  María-José ', ['maria', 'jose']],
    ["O'Brien", ['obrien']],
    ['Łukasz', ['lukasz']],
    ['Søren', ['soren']],
    ['Straße', ['strasse']],
    ['Ｊｏｈｎ', ['john']],
    ['Иван', ['ivan']],
    ['Dr. Ann', ['ann']],
    ['N/A', []],
    ['unknown', []],
    ['', []],
    ['--', []],
  ])('%j → %j', (raw, words) => {
    expect(splitName(raw).words).toEqual(words)
  })

  it.each([
    ['Smith Jr.', 'jr'],
    ['Smith, III', 'iii'],
    ['Smith Senior', 'sr'],
    ['Smith', null],
    ['Jr', null],
  ])('suffix of %j is %j', (raw, suffix) => {
    expect(splitName(raw).suffix).toBe(suffix)
  })

  it('what stands in brackets is what they are called', () => {
    expect(splitName('Robert (Bob)')).toEqual({ words: ['robert'], suffix: null, aside: 'bob' })
  })

  it.each([
    [null, 'Smith, John', ['john'], ['smith'], null],
    ['Smith, John', null, ['john'], ['smith'], null],
    [null, 'Smith, Jr.', [], ['smith'], 'jr'],
    ['John', 'Smith', ['john'], ['smith'], null],
    [null, null, [], [], null],
  ])('%j and %j are put in order', (first, last, given, family, suffix) => {
    const names = arrangeNames(first, last)
    expect([names.first.words, names.last.words, names.suffix]).toEqual([given, family, suffix])
  })

  it.each([
    [
      ['garcia', 'lopez'],
      ['garcia', 'lopez'],
    ],
    [
      ['de', 'la', 'cruz', 'garcia'],
      ['delacruz', 'garcia'],
    ],
    [['van', 'der', 'berg'], ['vanderberg']],
    [['smith'], ['smith']],
  ])('surname %j has the parts %j', (words, parts) => {
    expect(surnameParts(words)).toEqual(parts)
  })
})

describe('dates', () => {
  it.each([
    ['1980-03-07', 1980, 3, 7, 'month-day'],
    ['19800307', 1980, 3, 7, 'month-day'],
    ['1980-03-07T00:00:00Z', 1980, 3, 7, 'month-day'],
    ['1980/3/7', 1980, 3, 7, 'month-day'],
    ['03/07/1980', 1980, 3, 7, 'open'],
    ['3.7.80', 1980, 3, 7, 'open'],
    ['7/3/05', 2005, 7, 3, 'open'],
    ['12311980', 1980, 12, 31, 'open'],
    ['7 Mar 1980', 1980, 3, 7, 'month-day'],
    ['March 7th, 1980', 1980, 3, 7, 'month-day'],
    ['07-MAR-80', 1980, 3, 7, 'month-day'],
    // An impossible day is a typing error, and still comparable.
    ['1980-02-31', 1980, 2, 31, 'month-day'],
  ])('%s', (raw, year, first, second, order) => {
    expect(readDate(raw)).toEqual({ year, first, second, order })
  })

  it.each(['1900-01-01', '0001-01-01', '9999-12-31', '1970-01-01', 'unknown', '', '1980', '31 Foo 1980'])(
    '%j is no date',
    (raw) => {
      expect(readDate(raw)).toBeNull()
    },
  )
})

describe('numbers', () => {
  it.each([
    ['421-55-9087', 421559087],
    ['421 55 9087', 421559087],
    ['001-02-4567', 1024567],
    ['21559087', 21559087],
    ['000-00-0000', 0],
    ['111111111', 0],
    ['123-45-6789', 0],
    ['XXX-XX-9087', 0],
    ['9087', 0],
    ['enc_9f8', 0],
    ['', 0],
  ])('ssn %j → %d', (raw, ssn) => {
    expect(readSsn(raw)).toBe(ssn)
  })

  it.each([
    ['+1 (217) 555-0142', null, '12175550142'],
    ['217.555.0142', null, '12175550142'],
    ['217-555-0142 ext. 12', 'US', '12175550142'],
    ['0044 20 7946 0958', null, '442079460958'],
    ['020 7946 0958', 'GB', '442079460958'],
    ['000-000-0000', null, null],
    ['5555555555', null, null],
    ['12', null, null],
  ])('phone %j in %j → %j', (raw, country, digits) => {
    expect(readPhone(raw, country)).toBe(digits)
  })

  it.each([
    ['Ann.Lee+pay@Gmail.com', 'annlee', 'gmail.com'],
    ['ann.lee@googlemail.com', 'annlee', 'gmail.com'],
    ['Ann.Lee@Acme.com', 'ann.lee', 'acme.com'],
    ['mailto:a@b.co', 'a', 'b.co'],
  ])('mail %j', (raw, local, domain) => {
    expect(readEmail(raw)).toEqual({ local, domain })
  })

  it.each([
    'noreply@acme.com',
    'hr@acme.com',
    'payroll@acme.com',
    'no at sign',
    '@acme.com',
    'ann@',
    'ann lee@acme.com',
    'x@none.com',
  ])('%j is nobody', (raw) => {
    expect(readEmail(raw)).toBeNull()
  })
})

describe('places', () => {
  it.each([
    ['12 North Main Street', { number: '12', name: 'nmainst', unit: '' }],
    ['Apt 4, 12 Main St.', { number: '12', name: 'mainst', unit: '4' }],
    ['12 Main St #4B', { number: '12', name: 'mainst', unit: '4b' }],
    ['P.O. Box 123', { number: '123', name: 'pobox', unit: '' }],
    ['Rose Cottage', { number: '', name: 'rosecottage', unit: '' }],
    ['', { number: '', name: '', unit: '' }],
  ])('street %j', (raw, parts) => {
    expect(readStreet(raw)).toEqual(parts)
  })

  it.each([
    ['Apt. 4B', '4b'],
    ['#12', '12'],
    ['Rosetta Village', 'rosettavillage'],
  ])('unit %j → %j', (raw, unit) => {
    expect(readUnit(raw)).toBe(unit)
  })

  it.each([
    ['02138-1234', '2138'],
    ['2138', '2138'],
    ['SW1A 1AA', 'sw1a1aa'],
  ])('postcode %j → %j', (raw, code) => {
    expect(readPostcode(raw)).toBe(code)
  })

  it.each([
    ['Saint Paul', 'stpaul'],
    ['St. Paul', 'stpaul'],
    ['San José', 'sanjose'],
  ])('city %j → %j', (raw, city) => {
    expect(readCity(raw)).toBe(city)
  })
})
