import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listPayments, PAY_PRODUCTS, statementsOf, total } from './pay-readings.ts'
import * as shapes from './pay-shapes.ts'
import { openStand, type Stand } from './stand.ts'
import { openReceiver } from './webhook-receiver.ts'

const TODAY = '2026-08-20'

let stand: Stand

beforeAll(async () => {
  stand = await openStand({
    now: () => Date.parse(`${TODAY}T15:00:00Z`),
    rules: { alreadyExists: 'never', rateLimits: false },
  })
})
afterAll(() => stand.close())

describe('a payment of the sandbox', () => {
  const made = { start_date: '2026-08-01', end_date: '2026-08-19' }

  async function sandbox() {
    const token = await stand.connect({ customer_id: crypto.randomUUID(), products: PAY_PRODUCTS })
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
