import type Finch from '@tryfinch/finch-api'
import fc from 'fast-check'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addDays, type Frequency, payPeriods } from '../../src/emulator/payroll/calendar.ts'
import * as shapes from './pay-shapes.ts'
import { openStand, type Stand } from './stand.ts'
import { openReceiver } from './webhook-receiver.ts'

// Made-up pay that hangs together, through the official SDK.

const TODAY = '2026-08-20'
const ALL: Finch.Connect.SessionNewParams['products'] = [
  'company',
  'directory',
  'individual',
  'employment',
  'payment',
  'pay_statement',
]

let stand: Stand
let finch: Finch
let payments: Finch.HRIS.Payment[]
let staff: Finch.HRIS.EmploymentData.EmploymentDataResponseBody[]

beforeAll(async () => {
  stand = await openStand({
    now: () => Date.parse(`${TODAY}T15:00:00Z`),
    rules: { alreadyExists: 'never', rateLimits: false },
  })
  finch = stand.as((await stand.connect({ customer_id: 'pay', products: ALL })).access_token)
  payments = await listPayments(finch, '2026-01-01', '2026-12-31')
  staff = await readStaff(finch)
})
afterAll(() => stand.close())

async function listPayments(by: Finch, start_date: string, end_date: string): Promise<Finch.HRIS.Payment[]> {
  return (await by.hris.payments.list({ start_date, end_date })).items
}

async function readStaff(by: Finch) {
  const { individuals } = await by.hris.directory.list()
  const requests = individuals.map(({ id }) => ({ individual_id: id }))
  const { responses } = await by.hris.employments.retrieveMany({ requests })
  return responses.map(({ body }) => body as Finch.HRIS.EmploymentData.EmploymentDataResponseBody)
}

async function statementsOf(by: Finch, payment_id: string): Promise<Finch.HRIS.PayStatement[]> {
  const { responses } = await by.hris.payStatements.retrieveMany({ requests: [{ payment_id, limit: 5000 }] })
  const body = responses[0]?.body
  if (body === undefined || !('pay_statements' in body)) throw new Error(JSON.stringify(responses))
  return body.pay_statements
}

const total = (lines: readonly ({ amount?: number | null } | null)[] | null) =>
  (lines ?? []).reduce((all, line) => all + (line?.amount ?? 0), 0)

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
      (await stand.connect({ customer_id: 'hr', products: ALL }, { provider: 'humaans' })).access_token,
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
    const token = await stand.connect({ customer_id: 'parts', products: ALL }, { secret: 'multi_entity' })
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

describe('what is on pay statements', () => {
  it('is listed once each, and can be searched', async () => {
    const items = (await finch.hris.payStatementItem.list()).responses
    for (const item of items) v.assert(shapes.PayStatementItem, item)
    const names = items.map(({ category, name }) => `${category} ${name}`)
    expect(new Set(names).size).toBe(names.length)
    expect(names).toEqual(expect.arrayContaining(['earnings Salary', 'taxes Medicare', 'employee_deductions 401(k)']))

    const only = async (query: Finch.HRIS.PayStatementItemListParams) =>
      (await finch.hris.payStatementItem.list(query)).responses.map(({ name }) => name)
    expect(await only({ categories: ['employer_contributions'] })).toEqual(
      expect.arrayContaining(['401(k) match', 'Medical insurance']),
    )
    expect(await only({ name: 'medicare', categories: ['taxes'] })).toEqual(['Medicare', 'Medicare (employer)'])
    expect(await only({ type: '1099' })).toEqual(['Contract payment'])
    expect(await only({ end_date: '2020-01-01' })).toEqual([])
  })

  it('comes from pay groups that hold everybody once', async () => {
    const groups = (await finch.payroll.payGroups.list()).items
    const whole = await Promise.all(groups.map(({ id }) => finch.payroll.payGroups.retrieve(id)))
    for (const group of whole) v.assert(shapes.PayGroup, group)
    const members = whole.flatMap((group) => group.individual_ids)
    expect(members.toSorted()).toEqual(staff.map(({ id }) => id).toSorted())
    const [one] = whole
    const found = await finch.payroll.payGroups.list({ individual_id: one?.individual_ids[0] ?? '' })
    expect(found.items).toEqual([{ id: one?.id, name: one?.name, pay_frequencies: one?.pay_frequencies }])
    await expect(finch.payroll.payGroups.retrieve('unknown')).rejects.toMatchObject({ status: 404 })
  })
})

describe('a payment of the sandbox', () => {
  const made = { start_date: '2026-08-01', end_date: '2026-08-19' }

  async function sandbox() {
    const token = await stand.connect({ customer_id: crypto.randomUUID(), products: ALL })
    const by = stand.as(token.access_token)
    const [one] = (await by.hris.directory.list()).individuals
    return { by, individual_id: one?.id ?? '' }
  }

  it('is seen after a job, as it was sent', async () => {
    const { by, individual_id } = await sandbox()
    const { payment_id } = await by.sandbox.payment.create({
      ...made,
      pay_statements: [
        {
          individual_id,
          type: 'off_cycle_payroll',
          payment_method: 'check',
          gross_pay: 100_000,
          net_pay: 90_000,
          total_hours: 10,
          earnings: [{ type: 'bonus', name: 'Thanks', amount: 100_000 }],
          taxes: [{ type: 'federal', name: 'Federal', amount: 10_000, employer: false }],
          employee_deductions: [],
          employer_contributions: [{ type: 'commuter', name: 'Train', amount: 500 }],
        },
      ],
    })
    expect(await listPayments(by, '2026-08-19', '2026-08-19')).toEqual([])
    await by.sandbox.jobs.create({ type: 'data_sync_all' })
    const [payment, ...others] = await listPayments(by, '2026-08-19', '2026-08-19')
    expect(others).toEqual([])
    expect(payment).toMatchObject({
      id: payment_id,
      pay_period: made,
      individual_ids: [individual_id],
      net_pay: { amount: 90_000 },
      company_debit: { amount: 100_000 },
    })
    const [statement] = await statementsOf(by, payment_id)
    v.assert(shapes.PayStatement, statement)
    expect(statement).toMatchObject({
      type: 'off_cycle_payroll',
      payment_method: 'check',
      total_hours: 10,
      gross_pay: { amount: 100_000 },
      earnings: [{ type: 'bonus', name: 'Thanks', amount: 100_000, hours: null }],
      employer_contributions: [{ type: 'commuter', name: 'Train', amount: 500 }],
    })
  })

  it('is worked out where nothing was sent: everybody, or a gross pay alone', async () => {
    const { by, individual_id } = await sandbox()
    const everybody = await by.sandbox.payment.create({})
    const one = await by.sandbox.payment.create({ ...made, pay_statements: [{ individual_id, gross_pay: 500_000 }] })
    expect(everybody.pay_date).toBe(TODAY)
    await by.sandbox.jobs.create({ type: 'data_sync_all' })
    expect((await statementsOf(by, everybody.payment_id)).length).toBeGreaterThan(10)
    const [statement] = await statementsOf(by, one.payment_id)
    const kept =
      total((statement?.taxes ?? []).filter(({ employer }) => !employer)) + total(statement?.employee_deductions ?? [])
    expect([total(statement?.earnings ?? []), statement?.net_pay?.amount]).toEqual([500_000, 500_000 - kept])
  })

  it('is refused where it cannot be', async () => {
    const { by, individual_id } = await sandbox()
    await expect(by.sandbox.payment.create({ start_date: '2026-02-01', end_date: '2026-01-01' })).rejects.toThrow('400')
    const negative = [{ individual_id, gross_pay: -1 }]
    await expect(by.sandbox.payment.create({ ...made, pay_statements: negative })).rejects.toThrow('400')
  })
})

describe('webhooks of a payment', () => {
  it('come with the job that shows it', async () => {
    const receiver = await openReceiver()
    const told = await openStand({ webhooks: { url: receiver.url } })
    try {
      const made = await told.finch.sandbox.connections.create({
        provider_id: 'gusto',
        products: ['payment', 'directory'],
      })
      const by = told.as(made.access_token)
      const [one] = (await by.hris.directory.list()).individuals
      const individual_id = one?.id ?? ''
      const { payment_id, pay_date } = await by.sandbox.payment.create({ pay_statements: [{ individual_id }] })
      await by.sandbox.jobs.create({ type: 'data_sync_all' })
      const events = () => receiver.received.map(({ event }) => [event.event_type, event.data])
      await expect.poll(events, { timeout: 20_000 }).toContainEqual(['payment.created', { payment_id, pay_date }])
      await expect.poll(events).toContainEqual(['pay_statement.created', { payment_id, individual_id }])
    } finally {
      await told.close()
      await receiver.close()
    }
  })
})

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
