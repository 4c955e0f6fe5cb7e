import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays, payPeriods } from '../../src/emulator/payroll/calendar.ts'

describe('the calendar', () => {
  const days = fc
    .date({ min: new Date('2018-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10))

  it.each(['semi_monthly', 'bi_weekly', 'monthly'] as const)(
    '%s: one period after another, without a gap',
    (frequency) => {
      fc.assert(
        fc.property(days, fc.nat(400), (from, length) => {
          const to = addDays(from, length)
          const periods = payPeriods(frequency, from, to)
          for (const [index, period] of periods.entries()) {
            expect(period.payDate >= from && period.payDate <= to).toBe(true)
            expect(period.end >= period.start && period.payDate > period.end).toBe(true)
            const next = periods[index + 1]
            if (next !== undefined) expect(next.start).toBe(addDays(period.end, 1))
          }
          // Cut anywhere, the two parts are the whole.
          const cut = addDays(from, Math.floor(length / 2))
          expect([...payPeriods(frequency, from, cut), ...payPeriods(frequency, addDays(cut, 1), to)]).toEqual(periods)
        }),
        { numRuns: 200 },
      )
    },
  )
})
