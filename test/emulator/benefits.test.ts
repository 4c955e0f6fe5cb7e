import Finch from '@tryfinch/finch-api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ask, bearer, openStand, type Stand } from './stand.ts'

// Deductions and contributions through the official SDK, and the manual jobs that go with each change.

const PRODUCTS: Finch.Connect.SessionNewParams['products'] = [
  'directory',
  'employment',
  'payment',
  'pay_statement',
  'benefits',
]

let stand: Stand
let clock: number
let token: string
let finch: Finch

beforeEach(async () => {
  clock = Date.parse('2026-08-20T12:00:00Z')
  stand = await openStand({ now: () => clock, rules: { rateLimits: false, alreadyExists: 'never' } })
  token = (await stand.connect({ products: PRODUCTS })).access_token
  finch = stand.as(token)
})
afterEach(() => stand.close())

const listed = async () => (await finch.hris.benefits.list()).items
const idOf = async (type: string) => (await listed()).find((benefit) => benefit.type === type)?.benefit_id ?? ''
const enrolled = async (id: string) => (await finch.hris.benefits.individuals.enrolledIDs(id)).individual_ids

describe('the benefits there are', () => {
  it('are those of the pay statements, for whoever has the deduction', async () => {
    expect((await listed()).map(({ type, description }) => [type, description])).toEqual([
      ['401k', '401(k)'],
      ['s125_medical', 'Medical insurance'],
    ])
    const payments = (await finch.hris.payments.list({ start_date: '2026-07-01', end_date: '2026-08-20' })).items
    const requests = payments.slice(-6).map(({ id }) => ({ payment_id: id }))
    const { responses } = await finch.hris.payStatements.retrieveMany({ requests })
    const statements = responses.flatMap(({ body }) => ('pay_statements' in body ? body.pay_statements : []))
    expect(statements.length).toBeGreaterThan(5)
    for (const type of ['401k', 's125_medical']) {
      const ids = await enrolled(await idOf(type))
      for (const { individual_id: id, employee_deductions: deductions } of statements) {
        expect(ids.includes(id)).toBe(deductions?.some((deduction) => deduction.type === type) ?? false)
      }
    }
  })

  it('say how much each person gives, and who is not enrolled', async () => {
    const id = await idOf('401k')
    const [one = ''] = await enrolled(id)
    const [all] = (await finch.hris.benefits.individuals.retrieveManyBenefits(id)).items
    expect(all).toMatchObject({ individual_id: one, code: 200, body: { employee_deduction: { type: 'percent' } } })
    const stranger = crypto.randomUUID()
    const path = `/employer/benefits/${id}/individuals?individual_ids=${one},${stranger}`
    const some = await ask(stand.emulator, 'GET', path, { headers: bearer(token) })
    expect(some.status).toBe(207)
    expect(some.json).toMatchObject([
      { code: 200 },
      { individual_id: stranger, code: 404, body: { finch_code: 'enrollment_not_found' } },
    ])
  })

  it('need the product, and a provider that has them', async () => {
    const narrow = stand.as((await stand.connect({ customer_id: 'n', products: ['company'] })).access_token)
    await expect(narrow.hris.benefits.list()).rejects.toBeInstanceOf(Finch.PermissionDeniedError)
    const old = stand.as((await stand.connect({ customer_id: 'o', products: ['deduction'] })).access_token)
    expect((await old.hris.benefits.list()).items).toHaveLength(2)
    const hr = stand.as(
      (await stand.connect({ customer_id: 'h', products: PRODUCTS }, { provider: 'deel' })).access_token,
    )
    await expect(hr.hris.benefits.list()).rejects.toMatchObject({ status: 501 })
    await expect(finch.hris.benefits.retrieve('unknown')).rejects.toMatchObject({
      error: { finch_code: 'benefit_not_found' },
    })
    expect((await finch.hris.benefits.listSupportedBenefits()).items.length).toBeGreaterThan(10)
  })
})

describe('a change', () => {
  it('is a job that can be read until it is over', async () => {
    const made = await finch.hris.benefits.create({ type: 'commuter', description: 'Train', frequency: 'monthly' })
    expect(await finch.hris.benefits.retrieve(made.benefit_id)).toEqual({
      benefit_id: made.benefit_id,
      type: 'commuter',
      description: 'Train',
      frequency: 'monthly',
    })
    const seen = []
    for (const wait of [0, 1_000, 1_000]) {
      clock += wait
      seen.push(await finch.jobs.manual.retrieve(made.job_id))
    }
    expect(seen).toEqual([
      { job_id: made.job_id, status: 'pending', body: null },
      { job_id: made.job_id, status: 'in_progress', body: null },
      { job_id: made.job_id, status: 'complete', body: [] },
    ])
    await expect(finch.jobs.automated.retrieve(made.job_id)).rejects.toBeInstanceOf(Finch.NotFoundError)
    const other = stand.as((await stand.connect({ customer_id: 'other', products: PRODUCTS })).access_token)
    await expect(other.jobs.manual.retrieve(made.job_id)).rejects.toBeInstanceOf(Finch.NotFoundError)
    await expect(other.hris.benefits.retrieve(made.benefit_id)).rejects.toBeInstanceOf(Finch.NotFoundError)
  })

  it('renames, enrolls, overwrites and takes out again', async () => {
    const id = await idOf('401k')
    await finch.hris.benefits.update(id, { description: 'Savings' })
    expect((await finch.hris.benefits.retrieve(id)).description).toBe('Savings')
    const { individuals } = await finch.hris.directory.list()
    const before = await enrolled(id)
    const newcomer = individuals.find((person) => !before.includes(person.id))?.id ?? ''
    for (const amount of [100, 250]) {
      const configuration = { employee_deduction: { type: 'percent', amount } } as const
      await finch.hris.benefits.individuals.enrollMany(id, {
        individuals: [{ individual_id: newcomer, configuration }],
      })
    }
    expect((await enrolled(id)).toSorted()).toEqual([...before, newcomer].toSorted())
    const [now] = (await finch.hris.benefits.individuals.retrieveManyBenefits(id, { individual_ids: newcomer })).items
    expect(now?.body).toMatchObject({
      employee_deduction: { type: 'percent', amount: 250 },
      company_contribution: null,
    })
    await finch.hris.benefits.individuals.unenrollMany(id, { individual_ids: [newcomer] })
    expect(await enrolled(id)).toEqual(before)
    const nobody = [{ individual_id: crypto.randomUUID() }]
    await expect(finch.hris.benefits.individuals.enrollMany(id, { individuals: nobody })).rejects.toBeInstanceOf(
      Finch.NotFoundError,
    )
  })

  it('registers what an assisted connection has already', async () => {
    await expect(finch.hris.benefits.register({ type: '401k' })).rejects.toMatchObject({ status: 400 })
    const assisted = await stand.connect({ customer_id: 'a', products: PRODUCTS, manual: true }, { provider: 'onpay' })
    await ask(stand.emulator, 'POST', '/_emulator/sync', { body: { connection_id: assisted.connection_id } })
    const by = stand.as(assisted.access_token)
    const { benefit_id: id } = await by.hris.benefits.register({ type: 'hsa_pre', description: 'HSA' })
    expect(await by.hris.benefits.retrieve(id)).toMatchObject({ type: 'hsa_pre', description: 'HSA' })
  })
})
