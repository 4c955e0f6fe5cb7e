import type Finch from '@tryfinch/finch-api'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addDays, type Frequency } from '../../src/emulator/payroll/calendar.ts'
import { listPayments, PAY_PRODUCTS, readStaff, statementsOf, total } from './pay-readings.ts'
import * as shapes from './pay-shapes.ts'
import { openStand, type Stand } from './stand.ts'

// Made-up pay that hangs together, through the official SDK.

const TODAY = '2026-08-20'

let stand: Stand
let finch: Finch
let payments: Finch.HRIS.Payment[]
let staff: Finch.HRIS.EmploymentData.EmploymentDataResponseBody[]

beforeAll(async () => {
  stand = await openStand({
    now: () => Date.parse(`${TODAY}T15:00:00Z`),
    rules: { alreadyExists: 'never', rateLimits: false },
  })
  finch = stand.as((await stand.connect({ customer_id: 'pay', products: PAY_PRODUCTS })).access_token)
  payments = await listPayments(finch, '2026-01-01', '2026-12-31')
  staff = await readStaff(finch)
})
afterAll(() => stand.close())

describe('payments', () => {
  it('are what the types promise, on business days up to today', () => {
    expect(payments.length).toBeGreaterThan(20)
    for (const payment of payments) {
      v.assert(shapes.Payment, payment)
      for (const paid of [payment.pay_date, payment.debit_date]) {
        expect([0, 6]).not.toContain(new Date(String(paid)).getUTCDay())
      }
      expect(String(payment.pay_date) <= TODAY).toBe(true)
      expect(String(payment.debit_date) < String(payment.pay_date)).toBe(true)
    }
  })

  it('come as often as their frequency says', () => {
    const daysOf = (frequency: string) =>
      payments.flatMap((payment) =>
        payment.pay_frequencies?.includes(frequency as Frequency) ? [String(payment.pay_date)] : [],
      )
    const months = (days: string[]) => days.map((day) => day.slice(0, 7))
    expect(months(daysOf('monthly'))).toEqual([...new Set(months(daysOf('monthly')))])
    expect(months(daysOf('semi_monthly')).filter((month) => month === '2026-05')).toHaveLength(2)
    const everyOtherWeek = daysOf('bi_weekly')
    for (const [index, day] of everyOtherWeek.slice(1).entries())
      expect(day).toBe(addDays(everyOtherWeek[index] ?? '', 14))
  })

  it('are the same whatever part of the year is asked for, by both days included', async () => {
    const [first] = payments
    const day = String(first?.pay_date)
    const same = await listPayments(finch, day, day)
    expect(same).toEqual(payments.filter((payment) => payment.pay_date === day))
    expect(await listPayments(finch, '2026-12-31', '2026-01-01')).toEqual([])
    expect(await listPayments(finch, '2021-01-01', '2021-01-01')).toEqual([])
  })

  it('pay people of the directory, while they are employed', () => {
    const paid = new Set(payments.flatMap((payment) => payment.individual_ids ?? []))
    const known = new Map(staff.map((person) => [person.id, person]))
    expect(paid.size).toBeGreaterThan(staff.length / 2)
    for (const payment of payments) {
      for (const id of payment.individual_ids ?? []) {
        const person = known.get(id)
        if (person === undefined) throw new Error(`nobody is ${id}`)
        expect(String(person.start_date ?? '') <= String(payment.pay_period?.end_date)).toBe(true)
        expect(String(person.end_date ?? '9999') >= String(payment.pay_period?.start_date)).toBe(true)
      }
    }
  })

  it.each([
    ['no dates', {}],
    ['one date', { start_date: '2026-01-01' }],
    ['a day no month has', { start_date: '2026-02-30', end_date: '2026-03-01' }],
    ['what is no day', { start_date: 'yesterday', end_date: 'today' }],
  ])('%s: refused', async (_, query) => {
    const asked = query as unknown as Finch.HRIS.PaymentListParams
    await expect(finch.hris.payments.list(asked)).rejects.toMatchObject({ status: 400 })
  })

  it('need the product, and a provider that pays', async () => {
    const narrow = stand.as((await stand.connect({ customer_id: 'narrow', products: ['company'] })).access_token)
    await expect(listPayments(narrow, '2026-01-01', TODAY)).rejects.toMatchObject({ status: 403 })
    const hr = stand.as(
      (await stand.connect({ customer_id: 'hr', products: PAY_PRODUCTS }, { provider: 'humaans' })).access_token,
    )
    await expect(listPayments(hr, '2026-01-01', TODAY)).rejects.toMatchObject({ status: 501 })
  })
})

describe('pay statements', () => {
  it('add up, each in itself and all of a payment', async () => {
    for (const payment of payments.slice(-8)) {
      const statements = await statementsOf(finch, payment.id)
      for (const statement of statements) {
        v.assert(shapes.PayStatement, statement)
        const gross = statement.gross_pay?.amount ?? 0
        const kept =
          total((statement.taxes ?? []).filter(({ employer }) => !employer)) + total(statement.employee_deductions)
        expect(total(statement.earnings)).toBe(gross)
        expect(statement.net_pay?.amount).toBe(gross - kept)
        expect(gross - kept).toBeGreaterThan(0)
      }
      const taxes = statements.flatMap((statement) => statement.taxes ?? [])
      const employer = total(taxes.filter((tax) => tax.employer === true))
      const employee = total(taxes.filter((tax) => tax.employer !== true))
      const net = total(statements.map((statement) => statement.net_pay))
      expect(payment).toMatchObject({
        individual_ids: statements.map((statement) => statement.individual_id),
        gross_pay: { amount: total(statements.map((statement) => statement.gross_pay)) },
        net_pay: { amount: net },
        employer_taxes: { amount: employer },
        employee_taxes: { amount: employee },
        company_debit: { amount: net + employer + employee },
      })
    }
  })

  it('pay the income of the employment', async () => {
    const salaried = payments.findLast((payment) => payment.pay_frequencies?.includes('semi_monthly'))
    const statements = await statementsOf(finch, salaried?.id ?? '')
    expect(statements.length).toBeGreaterThan(5)
    for (const { individual_id, gross_pay } of statements) {
      const income = staff.find((person) => person.id === individual_id)?.income
      expect(gross_pay?.amount).toBe(Math.floor((income?.amount ?? 0) / 24))
    }
  })

  it('come in pages, and an unknown payment is an item of its own', async () => {
    const largest = payments.toSorted(
      (one, other) => (other.individual_ids?.length ?? 0) - (one.individual_ids?.length ?? 0),
    )[0]
    const all = await statementsOf(finch, largest?.id ?? '')
    const unknown = crypto.randomUUID()
    const { responses } = await finch.hris.payStatements.retrieveMany({
      requests: [{ payment_id: largest?.id ?? '', limit: 2, offset: 1 }, { payment_id: unknown }],
    })
    expect(responses).toEqual([
      {
        payment_id: largest?.id,
        code: 200,
        body: { paging: { count: all.length, offset: 1 }, pay_statements: all.slice(1, 3) },
      },
      { payment_id: unknown, code: 404, body: expect.objectContaining({ finch_code: 'payment_not_found' }) },
    ])
  })

  it('have bounds of their own', async () => {
    const ask = (requests: { payment_id: string; limit?: number }[]) =>
      finch.hris.payStatements.retrieveMany({ requests })
    const payment_id = payments[0]?.id ?? ''
    const ends = (finch_code: string) => ({ status: 422, error: { finch_code } })
    await expect(ask(Array(11).fill({ payment_id }))).rejects.toMatchObject(ends('batch_limit_exceeded'))
    await expect(ask([{ payment_id, limit: 5001 }])).rejects.toMatchObject(ends('page_size_limit_exceeded'))
  })

  it('belong to one entity', async () => {
    const token = await stand.connect({ customer_id: 'parts', products: PAY_PRODUCTS }, { secret: 'multi_entity' })
    const several = stand.as(token.access_token)
    const idsOf = async (entity: string) => {
      const found = await several.hris.payments.list({
        start_date: '2026-05-01',
        end_date: TODAY,
        entity_ids: [entity],
      })
      return found.items.map(({ id }) => id)
    }
    const [west = '', east = ''] = token.entity_ids
    const ofWest = await idsOf(west)
    expect(ofWest.length).toBeGreaterThan(0)
    expect((await idsOf(east)).filter((id) => ofWest.includes(id))).toEqual([])
    const requests = [{ payment_id: ofWest[0] ?? '' }]
    const { responses } = await several.hris.payStatements.retrieveMany({ requests, entity_ids: [east] })
    expect(responses[0]?.code).toBe(404)
  })
})
