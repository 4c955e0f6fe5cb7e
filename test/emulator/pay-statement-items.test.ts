import type Finch from '@tryfinch/finch-api'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listPayments, PAY_PRODUCTS, readStaff, statementsOf } from './pay-readings.ts'
import * as shapes from './pay-shapes.ts'
import { openStand, type Stand } from './stand.ts'

let stand: Stand
let finch: Finch
let payments: Finch.HRIS.Payment[]
let staff: Awaited<ReturnType<typeof readStaff>>

beforeAll(async () => {
  stand = await openStand({ now: () => Date.parse('2026-08-20T15:00:00Z'), rules: { rateLimits: false } })
  finch = stand.as((await stand.connect({ products: PAY_PRODUCTS })).access_token)
  payments = await listPayments(finch, '2026-06-01', '2026-12-31')
  staff = await readStaff(finch)
})
afterAll(() => stand.close())

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

describe('rules for what is on pay statements', () => {
  it('label lines of statements and items while they are in force', async () => {
    const { id } = await finch.hris.payStatementItem.rules.create({
      conditions: [{ field: 'name', operator: 'equals', value: 'Medicare' }],
      attributes: { metadata: { account: '2100' } },
      effective_start_date: '2026-07-01',
      entity_type: 'pay_statement_item',
    })
    // Contractors have no taxes on their statements.
    const taxed = payments.filter((payment) => payment.employee_taxes?.amount !== 0)
    const [early, late] = [taxed[0], taxed.at(-1)]
    expect(String(early?.pay_date) < '2026-07-01').toBe(true)
    const labelsOf = async (payment: string | undefined) => {
      const lines = (await statementsOf(finch, payment ?? '')).flatMap(({ taxes }) => taxes ?? [])
      return new Set(
        lines.flatMap(({ name, attributes }) => (attributes ? [`${name} ${attributes.metadata.account}`] : [])),
      )
    }
    expect([await labelsOf(early?.id), await labelsOf(late?.id)]).toEqual([new Set(), new Set(['Medicare 2100'])])
    const labeled = (await finch.hris.payStatementItem.list()).responses.filter(
      ({ attributes }) => attributes.metadata?.account,
    )
    expect(labeled.map(({ name }) => name)).toEqual(['Medicare'])

    const rules = (await finch.hris.payStatementItem.rules.list()).responses
    expect(rules).toMatchObject([{ id, priority: 1, effective_start_date: '2026-07-01', effective_end_date: null }])
    await finch.hris.payStatementItem.rules.update(id ?? '', { effective_end_date: '2026-07-02' } as object)
    expect(await labelsOf(late?.id)).toEqual(new Set())
    expect(await finch.hris.payStatementItem.rules.delete(id ?? '')).toMatchObject({
      id,
      deleted_at: expect.any(String),
    })
    expect((await finch.hris.payStatementItem.rules.list()).responses).toEqual([])
    await expect(finch.hris.payStatementItem.rules.delete(id ?? '')).rejects.toMatchObject({ status: 400 })
  })
})
