import { afterEach, beforeEach, expect, it } from 'vitest'
import { openStand, type Stand } from './stand.ts'

let stand: Stand
let clock: number

beforeEach(async () => {
  clock = Date.parse('2026-08-20T12:00:00Z')
  stand = await openStand({ now: () => clock, rules: { rateLimits: false } })
})
afterEach(() => stand.close())

it('W-4 forms are there once a job has synced them, old or new by when somebody began', async () => {
  const products = ['directory', 'employment', 'documents'] as const
  const finch = stand.as((await stand.connect({ products: [...products] })).access_token)
  await expect(finch.hris.documents.list()).rejects.toMatchObject({
    status: 400,
    error: { finch_code: 'w4_sync_required' },
  })

  const { individuals } = await finch.hris.directory.list()
  for (const { id } of individuals) {
    await finch.jobs.automated.create({ type: 'w4_form_employee_sync', params: { individual_id: id } })
  }
  clock += 5_000
  const { documents = [], paging } = await finch.hris.documents.list()
  expect([paging.count, documents.map(({ individual_id: id }) => id)]).toEqual([20, individuals.map(({ id }) => id)])
  const requests = individuals.map(({ id }) => ({ individual_id: id }))
  const { responses } = await finch.hris.employments.retrieveMany({ requests })
  for (const [index, document] of documents.entries()) {
    const body = responses[index]?.body
    const began = body !== undefined && 'start_date' in body ? (body.start_date ?? '') : ''
    expect(document.type).toBe(began >= '2020' ? 'w4_2020' : 'w4_2005')
    const form = await finch.hris.documents.retreive(document.id)
    expect(form).toMatchObject({
      type: document.type,
      year: document.year,
      data: { individual_id: document.individual_id },
    })
  }
  const [first] = documents
  const mine = await finch.hris.documents.list({ individual_ids: [first?.individual_id ?? ''], limit: 5 })
  expect(mine.documents).toEqual([first])
  expect((await finch.hris.documents.list({ types: ['w4_2020'], limit: 1 })).documents).toHaveLength(1)
  await expect(finch.hris.documents.retreive('unknown')).rejects.toMatchObject({ status: 404 })
})
