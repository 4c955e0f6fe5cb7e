// Periods of work and the days they are paid. Days are ISO texts, so that they compare as they are.

export type Frequency = 'semi_monthly' | 'bi_weekly' | 'monthly'

export interface PayPeriod {
  readonly start: string
  readonly end: string
  /** Five days after the period, on a Friday where that is a weekend. */
  readonly payDate: string
  /** Two business days before the pay. */
  readonly debitDate: string
}

export const PERIODS_PER_YEAR: Readonly<Record<Frequency, number>> = { semi_monthly: 24, bi_weekly: 26, monthly: 12 }

const PAID_AFTER_DAYS = 5
/** A month and the days until its pay: no period that begins earlier is paid later. */
const LONGEST_WAIT_DAYS = 40

/** The periods paid on a day from `from` to `to`, oldest first. */
export function payPeriods(frequency: Frequency, from: string, to: string): PayPeriod[] {
  const periods: PayPeriod[] = []
  let start = STARTS[frequency](addDays(from, -LONGEST_WAIT_DAYS))
  for (;;) {
    const next = NEXT_START[frequency](start)
    const period = payPeriod(start, addDays(next, -1))
    if (period.payDate > to) return periods
    if (period.payDate >= from) periods.push(period)
    start = next
  }
}

export function addDays(day: string, days: number): string {
  return isoDay(Date.parse(day) + days * DAY)
}

/** Of a time in milliseconds, in UTC. */
export function isoDay(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}

const DAY = 86_400_000
/** A Monday; every other week begins here. */
const FIRST_MONDAY = Date.parse('2018-01-01')
const FORTNIGHT = 14 * DAY

/** The first day of the period that holds `day`. */
const STARTS: Readonly<Record<Frequency, (day: string) => string>> = {
  monthly: firstOfMonth,
  semi_monthly: (day) => (day.slice(8) < '16' ? firstOfMonth(day) : `${day.slice(0, 8)}16`),
  bi_weekly: (day) => isoDay(FIRST_MONDAY + Math.floor((Date.parse(day) - FIRST_MONDAY) / FORTNIGHT) * FORTNIGHT),
}

const NEXT_START: Readonly<Record<Frequency, (start: string) => string>> = {
  monthly: nextMonth,
  semi_monthly: (start) => (start.endsWith('-01') ? `${start.slice(0, 8)}16` : nextMonth(start)),
  bi_weekly: (start) => addDays(start, 14),
}

function firstOfMonth(day: string): string {
  return `${day.slice(0, 8)}01`
}

function nextMonth(day: string): string {
  return firstOfMonth(addDays(firstOfMonth(day), 31))
}

function payPeriod(start: string, end: string): PayPeriod {
  const payDate = businessDayUpTo(addDays(end, PAID_AFTER_DAYS))
  return { start, end, payDate, debitDate: businessDayUpTo(addDays(businessDayUpTo(addDays(payDate, -1)), -1)) }
}

function businessDayUpTo(day: string): string {
  const weekday = new Date(day).getUTCDay()
  if (weekday === 6) return addDays(day, -1)
  return weekday === 0 ? addDays(day, -2) : day
}
