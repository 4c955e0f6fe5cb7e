import fc from 'fast-check'
import { distance } from 'fastest-levenshtein'
import { describe, expect, it } from 'vitest'
import { compareDates, datesConflict } from '../../src/reconcile/comparison/dates.ts'
import { DOB } from '../../src/reconcile/comparison/levels.ts'
import {
  canReach,
  digitDistance,
  jaroWinkler,
  makeScratch,
  oneEdit,
} from '../../src/reconcile/comparison/similarity.ts'
import { letterSet } from '../../src/reconcile/records/letter-set.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const scratch = makeScratch()

function likeness(a: string, b: string): number {
  const both = bytes(a + b)
  return jaroWinkler(both, 0, a.length, a.length, a.length + b.length, scratch)
}

/** Optimal string alignment by the book, for digits. */
function alignment(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => (i === 0 ? j : j === 0 ? i : 0)),
  )
  const at = (i: number, j: number) => rows[i]?.[j] ?? 99
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      let cost = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, at(i - 2, j - 2) + 1)
      ;(rows[i] as number[])[j] = cost
    }
  }
  return at(a.length, b.length)
}

describe('Jaro–Winkler', () => {
  // Winkler's own examples and the usual ones.
  it.each([
    ['martha', 'marhta', 0.961],
    ['dwayne', 'duane', 0.84],
    ['dixon', 'dicksonx', 0.813],
    ['jones', 'johnson', 0.832],
    ['abroms', 'abrams', 0.922],
    ['same', 'same', 1],
    ['abc', 'xyz', 0],
    ['', 'abc', 0],
  ])('%s %s', (a, b, expected) => {
    expect(likeness(a, b)).toBeCloseTo(expected, 3)
  })

  it('is the same both ways round when nothing crosses, and never leaves 0 to 1', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{0,20}$/), fc.stringMatching(/^[a-z]{0,20}$/), (a, b) => {
        const score = likeness(a, b)
        return score >= 0 && score <= 1 && (a !== b || a === '' || score === 1)
      }),
    )
  })

  it('the short cut never spares a pair that would have reached the floor', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-e0-3]{1,12}$/),
        fc.stringMatching(/^[a-e0-3]{1,12}$/),
        fc.constantFrom(0.7, 0.85, 0.92),
        (a, b, floor) => {
          let prefix = 0
          while (prefix < Math.min(4, a.length, b.length) && a[prefix] === b[prefix]) prefix++
          const sets = [a, b].map((text) => letterSet(bytes(text), 0, text.length)) as [number, number]
          return likeness(a, b) < floor || canReach(floor, a.length, b.length, sets[0], sets[1], prefix)
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('digits', () => {
  it('optimal string alignment up to 2, everything further as 3', () => {
    const nine = fc.stringMatching(/^[0-3]{9}$/)
    fc.assert(
      fc.property(
        nine,
        nine,
        (a, b) => digitDistance(Number(a), Number(b), 9, scratch) === Math.min(3, alignment(a, b)),
      ),
      { numRuns: 2000 },
    )
  })

  it('slips on purpose', () => {
    expect(digitDistance(421559087, 421559078, 9, scratch)).toBe(1)
    expect(digitDistance(421559087, 421550987, 9, scratch)).toBe(1)
    expect(digitDistance(421559087, 21559087, 9, scratch)).toBe(1)
    expect(digitDistance(421559087, 318442071, 9, scratch)).toBe(3)
  })

  it('one edit is one edit', () => {
    const word = fc.stringMatching(/^[a-c]{0,6}$/)
    fc.assert(
      fc.property(word, word, (a, b) => {
        const both = bytes(a + b)
        const found = oneEdit(both, 0, a.length, a.length, a.length + b.length)
        const swapped = [...a].some(
          (_, k) => a.slice(0, k) + (a[k + 1] ?? '') + a[k] + a.slice(k + 2) === b && a !== b && k + 1 < a.length,
        )
        return found === (distance(a, b) === 1 || swapped)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('dates of birth', () => {
  it.each([
    [19840307, 19840307, 'equal'],
    [19840307, 19840703, 'oneSlip'],
    [19840317, 19840371, 'oneSlip'],
    [19840317, 19480317, 'oneSlip'],
    [19840317, 19840318, 'oneSlip'],
    [19840317, 19840329, 'twoParts'],
    [19840317, 19921129, 'differs'],
    [19840317, 19841129, 'year'],
    [19840317, 19850420, 'near'],
    [19860213, 19960112, 'severalSlips'],
  ] as const)('%d and %d: %s', (a, b, level) => {
    expect(compareDates(a, b)).toBe(DOB[level])
    expect(compareDates(b, a)).toBe(DOB[level])
  })

  it('a missing date is no evidence and no conflict', () => {
    expect(compareDates(0, 19840307)).toBe(7)
    expect(datesConflict(0, 19840307)).toBe(false)
    expect(datesConflict(19510312, 19790825)).toBe(true)
    expect(datesConflict(19510312, 19790325)).toBe(false)
  })
})
