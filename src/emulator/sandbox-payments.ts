import { randomUUID } from 'node:crypto'
import * as v from 'valibot'
import { BENEFIT_TYPES } from './benefits/types.ts'
import { readBody } from './body.ts'
import { type Answer, ok, type TokenCall } from './call.ts'
import { addDays, isoDay } from './payroll/calendar.ts'
import { payGroups } from './payroll/groups.ts'
import { type PayParts, type PayStatement, payParts, regularPay, sum, writeStatement } from './payroll/pay.ts'
import { worksIn } from './payroll/payments.ts'
import { refuse } from './refusal.ts'
import type { Person } from './roster.ts'
import { everything, firstEntity } from './sandbox-edits.ts'
import { staffOf } from './staff.ts'

// What was sent is paid as it was sent; what was left out is worked out from it, or is what the person gets regularly.

const cents = v.pipe(v.number(), v.safeInteger())
const day = v.pipe(v.string(), v.isoDate())
const name = v.nullish(v.pipe(v.string(), v.minLength(1)))
const EARNINGS = [
  'bonus',
  'commission',
  'double_overtime',
  'other',
  'overtime',
  'pto',
  'reimbursement',
  'salary',
  'severance',
  'sick',
  'tips',
  'wage',
  '1099',
] as const

const Statement = v.looseObject({
  individual_id: v.string(),
  type: v.nullish(v.picklist(['off_cycle_payroll', 'one_time_payment', 'regular_payroll'])),
  payment_method: v.nullish(v.picklist(['check', 'direct_deposit', 'other'])),
  total_hours: v.optional(v.pipe(v.number(), v.gtValue(0))),
  gross_pay: v.optional(v.pipe(cents, v.minValue(1))),
  net_pay: v.optional(cents),
  earnings: v.optional(
    v.array(
      v.looseObject({
        type: v.nullish(v.picklist(EARNINGS)),
        name,
        amount: v.nullish(cents),
        hours: v.nullish(v.number()),
      }),
    ),
  ),
  taxes: v.optional(
    v.array(
      v.looseObject({
        type: v.nullish(v.picklist(['federal', 'fica', 'local', 'state'])),
        name,
        amount: v.nullish(cents),
        employer: v.nullish(v.boolean()),
      }),
    ),
  ),
  employee_deductions: v.optional(
    v.array(
      v.looseObject({
        type: v.nullish(v.picklist(BENEFIT_TYPES)),
        name,
        amount: v.nullish(cents),
        pre_tax: v.nullish(v.boolean()),
      }),
    ),
  ),
  employer_contributions: v.optional(
    v.array(v.looseObject({ type: v.nullish(v.picklist(BENEFIT_TYPES)), name, amount: v.nullish(cents) })),
  ),
})

const Payment = v.looseObject({
  start_date: v.optional(day),
  end_date: v.optional(day),
  pay_statements: v.optional(v.pipe(v.array(Statement), v.maxLength(10_000))),
})

const USUAL_DAYS = 14

/** `POST /sandbox/payment`: paid on the last day of its period, and seen after a sandbox job, as all edits are. */
export function makePayment(call: TokenCall): Answer {
  const body = readBody(Payment, call.body ?? {})
  const { connection } = call
  const entity = firstEntity(connection)
  const staff = staffOf(connection, entity, everything(connection))
  const groups = payGroups(connection, entity, staff)
  const frequencyOf = (person: Person) =>
    groups.find(({ people }) => people.includes(person))?.frequency ?? 'semi_monthly'
  const end = body.end_date ?? isoDay(call.now)
  const start = body.start_date ?? addDays(end, 1 - USUAL_DAYS)
  if (start > end) throw refuse.invalidRequest('end_date: must not be before start_date')

  const statements =
    body.pay_statements?.map((asked) => {
      const person = staff.find(({ individual }) => individual.id === asked.individual_id)
      if (person === undefined) throw refuse.noIndividual(asked.individual_id)
      return statementAsked(person, asked, regularPay(person, frequencyOf(person)), frequencyOf(person))
    }) ??
    staff
      .filter((person) => worksIn(person, { start, end }))
      .flatMap((person) => regularPay(person, frequencyOf(person)) ?? [])

  const id = randomUUID()
  connection.pending.payments[id] = { start, end, payDate: end, debitDate: end, statements }
  return ok({ payment_id: id, pay_date: end })
}

type Asked = v.InferOutput<typeof Statement>

function statementAsked(
  person: Person,
  asked: Asked,
  usual: PayStatement | null,
  frequency: Parameters<typeof payParts>[1],
): PayStatement {
  const earnings = asked.earnings?.map((one) => ({
    type: one.type ?? null,
    name: one.name ?? null,
    amount: one.amount ?? null,
    currency: 'usd',
    hours: one.hours ?? null,
  }))
  const gross = asked.gross_pay ?? (earnings === undefined ? (usual?.gross_pay?.amount ?? 0) : sum(earnings))
  const worked = payParts(person, frequency, gross)
  const parts: PayParts = {
    earnings: earnings ?? worked.earnings,
    taxes:
      asked.taxes?.map((one) => ({
        type: one.type ?? null,
        name: one.name ?? null,
        amount: one.amount ?? null,
        currency: 'usd',
        employer: one.employer ?? false,
      })) ?? worked.taxes,
    deductions:
      asked.employee_deductions?.map((one) => ({
        type: one.type ?? null,
        name: one.name ?? null,
        amount: one.amount ?? null,
        currency: 'usd',
        pre_tax: one.pre_tax ?? null,
      })) ?? worked.deductions,
    contributions:
      asked.employer_contributions?.map((one) => ({
        type: one.type ?? null,
        name: one.name ?? null,
        amount: one.amount ?? null,
        currency: 'usd',
      })) ?? worked.contributions,
  }
  return writeStatement(person, parts, {
    type: asked.type ?? 'regular_payroll',
    gross,
    method: asked.payment_method ?? 'direct_deposit',
    ...(asked.total_hours === undefined ? {} : { hours: asked.total_hours }),
    ...(asked.net_pay === undefined ? {} : { net: asked.net_pay }),
  })
}
