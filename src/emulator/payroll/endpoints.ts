import type Finch from '@tryfinch/finch-api'
import * as v from 'valibot'
import { readBody } from '../body.ts'
import { type Answer, type DataCall, ok } from '../call.ts'
import { DEFAULT_LIMIT, readList } from '../page.ts'
import { refuse } from '../refusal.ts'
import { staffOf } from '../staff.ts'
import { payGroups } from './groups.ts'
import { labeled, metadataOf, rulesOf } from './item-rules.ts'
import type { PayStatement } from './pay.ts'
import { describePayment, type Payment, paymentsOf } from './payments.ts'

const MAX_PAYMENTS = 10
const MAX_STATEMENTS = 5000

/** `GET /employer/payment`: what was paid on a day from `start_date` to `end_date`, both included. */
export function readPayments(call: DataCall): Answer {
  const from = readDay(call.query, 'start_date')
  const to = readDay(call.query, 'end_date')
  if (from === null || to === null) throw refuse.invalidRequest('start_date and end_date are required')
  return ok(paymentsOf(call.connection, call.entity, call.now, from, to).map(describePayment))
}

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const Batch = v.looseObject({
  requests: v.pipe(
    v.array(v.looseObject({ payment_id: v.string(), limit: v.optional(whole), offset: v.optional(whole) })),
    v.minLength(1),
  ),
})

/** `POST /employer/pay-statement`: 200 for the batch, each payment with a code of its own. */
export function readPayStatements(call: DataCall): Answer {
  const { requests } = readBody(Batch, call.body)
  if (requests.length > MAX_PAYMENTS) throw refuse.batchTooLarge(MAX_PAYMENTS, 'payment_ids')
  if (requests.some(({ limit }) => (limit ?? 0) > MAX_STATEMENTS)) throw refuse.pageTooLarge(MAX_STATEMENTS)
  const rules = rulesOf(call.connection, call.entity)
  const payments = new Map(paymentsOf(call.connection, call.entity, call.now).map((payment) => [payment.id, payment]))
  const responses = requests.map(({ payment_id: id, limit = DEFAULT_LIMIT, offset = 0 }) => {
    const payment = payments.get(id)
    if (payment === undefined) {
      const missing = refuse.noPayment(id)
      return { payment_id: id, code: missing.status, body: missing.body }
    }
    const statements = payment.statements().map((statement) => labeled(statement, rules, payment.payDate))
    const paging = { count: statements.length, offset }
    return { payment_id: id, code: 200, body: { paging, pay_statements: statements.slice(offset, offset + limit) } }
  })
  return ok({ responses })
}

type Item = Finch.HRIS.PayStatementItem.PayStatementItemListResponse

/** `GET /employer/pay-statement-item`: each kind of line there is on a pay statement, by the last day it was paid. */
export function readPayStatementItems(call: DataCall): Answer {
  const { query } = call
  const payments = paymentsOf(call.connection, call.entity, call.now, '', readDay(query, 'end_date') ?? undefined)
  const from = readDay(query, 'start_date') ?? ''
  const rules = rulesOf(call.connection, call.entity)
  const items = new Map<string, Item>()
  for (const payment of latestOfEach(payments).filter(({ payDate }) => payDate >= from)) {
    for (const item of payment.statements().flatMap(itemsOf)) {
      const metadata = metadataOf(rules, { ...item, type: item.attributes.type ?? null }, payment.payDate) ?? {}
      items.set(`${item.category} ${item.name}`, { ...item, attributes: { ...item.attributes, metadata } })
    }
  }
  const categories = readList(query, 'categories')
  const name = query.get('name')?.toLowerCase() ?? ''
  const type = query.get('type')
  const found = [...items.values()]
    .filter(({ category }) => categories.length === 0 || categories.includes(category))
    .filter((item) => item.name.toLowerCase().includes(name))
    .filter(({ attributes }) => type === null || attributes.type === type)
  return ok({ responses: found })
}

/** The newest regular payment of each pay group, and each payment somebody made: regular ones have the same lines. */
function latestOfEach(payments: readonly Payment[]): Payment[] {
  const latest = new Map(payments.map((payment) => [payment.groups.map(({ id }) => id).join(), payment]))
  return [...latest.values()]
}

function itemsOf(statement: PayStatement): Item[] {
  const line = (
    category: Item['category'],
    {
      name,
      ...attributes
    }: { name: string | null; type?: string | null; pre_tax?: boolean | null; employer?: boolean | null },
  ): Item[] => (name === null ? [] : [{ name, category, attributes: { ...attributes, metadata: {} } }])
  return [
    ...(statement.earnings ?? []).flatMap((one) => (one === null ? [] : line('earnings', pick(one)))),
    ...(statement.taxes ?? []).flatMap((one) => line('taxes', { ...pick(one), employer: one.employer })),
    ...(statement.employee_deductions ?? []).flatMap((one) =>
      line('employee_deductions', { ...pick(one), pre_tax: one.pre_tax }),
    ),
    ...(statement.employer_contributions ?? []).flatMap((one) => line('employer_contributions', pick(one))),
  ]
}

function pick({ name, type }: { name: string | null; type?: string | null }) {
  return { name, type: type ?? null }
}

/** `GET /employer/pay-groups` */
export function listPayGroups(call: DataCall): Answer {
  const individual = call.query.get('individual_id')
  const frequencies = readList(call.query, 'pay_frequencies')
  const groups = groupsOf(call)
    .filter(({ people }) => individual === null || people.some((person) => person.individual.id === individual))
    .filter(({ frequency }) => frequencies.length === 0 || frequencies.includes(frequency))
  return ok(groups.map(({ id, name, frequency }) => ({ id, name, pay_frequencies: [frequency] })))
}

/** `GET /employer/pay-groups/{id}` */
export function readPayGroup(call: DataCall): Answer {
  const group = groupsOf(call).find(({ id }) => id === call.params.id)
  if (group === undefined) throw refuse.notFound(`No pay group has the id ${call.params.id}.`)
  const { id, name, frequency, people } = group
  return ok({
    id,
    name,
    pay_frequencies: [frequency],
    individual_ids: people.map(({ individual }) => individual.id),
  })
}

function groupsOf({ connection, entity }: DataCall) {
  return payGroups(connection, entity, staffOf(connection, entity))
}

function readDay(query: URLSearchParams, name: string): string | null {
  const text = query.get(name)
  if (text === null) return null
  // The round trip refuses days no month has.
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || !new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text)) {
    throw refuse.invalidRequest(`${name}: must be a day, as 2026-01-31`)
  }
  return text
}
