import { describe, expect, it } from 'vitest'
import * as levels from '../../src/reconcile/comparison/levels.ts'
import { AT, COMPARISONS, levelOf } from '../../src/reconcile/comparison/vector.ts'
import data from '../../src/reconcile/model/default-model.json' with { type: 'json' }
import { inOrder, type NamedProbabilities, shippedModel } from '../../src/reconcile/model/default-model.ts'

const { addressLevel, addressLevels, isIn, levelSet, PART } = levels

describe('comparison levels', () => {
  it('are numbered in the order of their words', () => {
    expect(levels.DOB.words[levels.DOB.oneSlip]).toBe('one slip apart')
    expect(levels.ADDRESS.words[addressLevel(PART.same, PART.alike)]).toBe('same street, town alike')
    expect(levels.ADDRESS.words[addressLevel(PART.alike, PART.missing)]).toBe('street alike')
    expect(levels.ADDRESS.words[addressLevel(PART.missing, PART.same)]).toBe('same town')
    expect(addressLevel(PART.missing, PART.missing)).toBe(levels.ADDRESS.none)
  })

  it('of first and last names have the numbers in common that names are compared by', () => {
    for (const name of ['differs', 'slightlyAlike', 'alike', 'nearlyEqual'] as const)
      expect(levels.LAST_NAME[name]).toBe(levels.FIRST_NAME[name])
  })

  it('form sets by name', () => {
    const set = levelSet(levels.SSN.oneSlip, levels.SSN.equal)
    expect(levels.SSN.words.filter((_, level) => isIn(set, level))).toEqual(['one slip apart', 'equal'])
    const street = addressLevels((part) => part === PART.same)
    expect(levels.ADDRESS.words.filter((_, level) => isIn(street, level))).toEqual([
      'same street, other town',
      'same street, town alike',
      'same street, same town',
      'same street',
    ])
    expect(isIn(levels.STREET_KNOWN, levels.ADDRESS.none)).toBe(false)
  })

  it('stand beside each other in a comparison vector', () => {
    for (const [place, { shift, mask, none }] of COMPARISONS.entries()) {
      expect(levelOf((mask << shift) >>> 0, place)).toBe(none)
      for (const other of COMPARISONS.keys()) if (other !== place) expect(levelOf((mask << shift) >>> 0, other)).toBe(0)
    }
    expect(COMPARISONS[AT.startDate]?.name).toBe('start_date')
  })
})

describe('the shipped model', () => {
  it('has a probability for every level, each run of levels summing to 1', () => {
    const { m, household, u } = shippedModel()
    for (const probabilities of [m, household, u]) {
      for (const [place, { runs, levels: words }] of COMPARISONS.entries()) {
        for (const [run, from] of runs.entries()) {
          const of = probabilities[place]?.slice(from, runs[run + 1] ?? words.length) ?? []
          expect(of.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 2)
        }
      }
    }
  })

  it('is refused when it and the code do not name the same comparisons and levels', () => {
    const { ssn, ...others } = data.m_probabilities
    const { equal, ...levelsOfSsn } = ssn
    const refused = (named: NamedProbabilities, message: string) => expect(() => inOrder(named)).toThrow(message)
    refused(others, 'no comparison "ssn"')
    refused({ ...others, ssn, height: {} }, 'unknown comparison "height"')
    refused({ ...others, ssn: levelsOfSsn }, 'no level of ssn "equal"')
    refused({ ...others, ssn: { ...ssn, 'three slips apart': equal } }, 'unknown level of ssn "three slips apart"')
  })
})
