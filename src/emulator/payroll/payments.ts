import type Finch from '@tryfinch/finch-api'
import { seededUuid } from '../chance.ts'
import type { Person } from '../roster.ts'
import { isFirst, staffOf } from '../staff.ts'
import type { Connection, Entity, MadePayment } from '../state.ts'
import { isoDay, type PayPeriod, payPeriods } from './calendar.ts'
import { type PayGroup, payGroups } from './groups.ts'
import { type PayStatement, regularPay, sum, usd } from './pay.ts'

// The payments of an entity: every pay group at every pay date so far, and what the sandbox was told to pay. A payment
// is the sum of its pay statements.

export interface Payment {
  readonly id: string
  readonly start: string
  readonly end: string
  readonly payDate: string
  readonly debitDate: string
  readonly groups: readonly PayGroup[]
  /** Worked out when looked at. */
  readonly statements: () => readonly PayStatement[]
}

/** How many whole years of payments a system has when it is connected. */
const YEARS_KNOWN = 2

/** The payments paid from `from` to `to`, oldest first. */
export function paymentsOf(
  connection: Connection,
  entity: Entity,
  now: number,
  from = '',
  to = '9999-12-31',
): Payment[] {
  const staff = staffOf(connection, entity)
  const groups = payGroups(connection, entity, staff)
  const first = `${new Date(connection.createdAt).getUTCFullYear() - YEARS_KNOWN}-01-01`
  const today = isoDay(now)
  const regular = groups.flatMap((group) => {
    const pay = payEach(group)
    const periods = payPeriods(group.frequency, from > first ? from : first, to < today ? to : today)
    return periods.map((period) => regularPayment(connection, entity, group, period, pay))
  })
  const made = isFirst(connection, entity) ? madePayments(connection, groups, from, to) : []
  return [...regular, ...made]
    .filter((payment) => payment.statements().length > 0)
    .sort((one, other) => (one.payDate < other.payDate ? -1 : one.payDate > other.payDate ? 1 : 0))
}

/** As `/employer/payment` tells it. What the company is debited: the pay, and the taxes of both sides. */
export function describePayment(payment: Payment): Finch.HRIS.Payment {
  const statements = payment.statements()
  const taxes = statements.flatMap((statement) => statement.taxes ?? [])
  const net = sum(statements.map(({ net_pay: pay }) => pay ?? {}))
  const employerTaxes = sum(taxes.filter(({ employer }) => employer === true))
  const employeeTaxes = sum(taxes.filter(({ employer }) => employer !== true))
  return {
    id: payment.id,
    pay_period: { start_date: payment.start, end_date: payment.end },
    pay_date: payment.payDate,
    debit_date: payment.debitDate,
    company_debit: usd(net + employerTaxes + employeeTaxes),
    gross_pay: usd(sum(statements.map(({ gross_pay: pay }) => pay ?? {}))),
    net_pay: usd(net),
    employer_taxes: usd(employerTaxes),
    employee_taxes: usd(employeeTaxes),
    individual_ids: statements.map(({ individual_id: id }) => id),
    pay_group_ids: payment.groups.map(({ id }) => id),
    pay_frequencies: payment.groups.map(({ frequency }) => frequency),
  }
}

function regularPayment(
  connection: Connection,
  entity: Entity,
  group: PayGroup,
  period: PayPeriod,
  pay: ReadonlyMap<Person, PayStatement>,
): Payment {
  return {
    id: seededUuid('payment', connection.id, String(entity.index), group.name, period.payDate),
    ...period,
    groups: [group],
    statements: () =>
      group.people.filter((person) => worksIn(person, period)).flatMap((person) => pay.get(person) ?? []),
  }
}

/** A regular pay is the same in every period. */
function payEach(group: PayGroup): ReadonlyMap<Person, PayStatement> {
  const pay = new Map<Person, PayStatement>()
  for (const person of group.people) {
    const statement = regularPay(person, group.frequency)
    if (statement !== null) pay.set(person, statement)
  }
  return pay
}

export function worksIn({ employment }: Person, period: Pick<PayPeriod, 'start' | 'end'>): boolean {
  const { start_date: from, end_date: until, employment_status: status } = employment
  if ((from ?? '') > period.end) return false
  if (until === null || until === undefined) return status !== 'terminated'
  return until >= period.start
}

function madePayments(connection: Connection, groups: readonly PayGroup[], from: string, to: string): Payment[] {
  return Object.entries(connection.shown.payments)
    .filter(([, made]) => made.payDate >= from && made.payDate <= to)
    .map(([id, made]) => ({ id, ...made, groups: groupsPaid(made, groups), statements: () => made.statements }))
}

function groupsPaid(made: MadePayment, groups: readonly PayGroup[]): PayGroup[] {
  const paid = new Set(made.statements.map(({ individual_id: id }) => id))
  return groups.filter(({ people }) => people.some(({ individual }) => paid.has(individual.id)))
}
