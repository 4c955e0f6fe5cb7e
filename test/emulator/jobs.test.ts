import Finch from '@tryfinch/finch-api'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AutomatedJob } from './pay-shapes.ts'
import { ask, bearer, openStand, type Stand } from './stand.ts'
import { openReceiver } from './webhook-receiver.ts'

const HOUR = 3_600_000

let stand: Stand
let clock: number
let token: string
let finch: Finch

beforeEach(async () => {
  clock = Date.parse('2026-03-01T12:00:00Z')
  stand = await openStand({ now: () => clock })
  const made = await stand.connect()
  token = made.access_token
  finch = stand.as(token)
})
afterEach(() => stand.close())

const refresh = () =>
  ask(stand.emulator, 'POST', '/jobs/automated', { headers: bearer(token), body: { type: 'data_sync_all' } })

describe('a refresh', () => {
  it('runs, ends, and shows what was edited', async () => {
    await finch.sandbox.company.update({ ...(await finch.hris.company.retrieve()), legal_name: 'Renamed, LLC' })
    const { data: queued, response } = await finch.jobs.automated.create({ type: 'data_sync_all' }).withResponse()
    expect(response.status).toBe(201)
    const id = queued.job_id ?? ''
    expect(queued).toEqual({
      job_id: id,
      job_url: `${stand.emulator.url}/jobs/automated/${id}`,
      allowed_refreshes: 1,
      remaining_refreshes: 0,
    })
    const seen = []
    for (const wait of [0, 1_000, 1_000]) {
      clock += wait
      const job = await finch.jobs.automated.retrieve(id)
      v.assert(AutomatedJob, job)
      seen.push([
        job.status,
        job.started_at !== null,
        job.completed_at !== null,
        (await finch.hris.company.retrieve()).legal_name,
      ])
    }
    expect(seen).toEqual([
      ['pending', false, false, 'Acme, Inc.'],
      ['in_progress', true, false, 'Acme, Inc.'],
      ['complete', true, true, 'Renamed, LLC'],
    ])
    const { connection_status: status } = await finch.account.introspect()
    expect(status.last_successful_sync).toBe('2026-03-01T12:00:02.000Z')
  })

  it('is one at a time, and one an hour', async () => {
    const first = await refresh()
    const second = await refresh()
    expect([first.status, second.status, second.json]).toEqual([201, 202, first.json])
    clock += 10_000
    const third = await refresh()
    expect(third.status).toBe(429)
    expect(third.json).toEqual({ ...first.json, retry_at: '2026-03-01T13:00:00.000Z' })
    const quotas = async () => (await finch.jobs.automated.list()).meta.quotas?.data_sync_all
    expect(await quotas()).toEqual({ allowed_refreshes: 1, remaining_refreshes: 0 })
    clock += HOUR - 10_001
    expect((await refresh()).status).toBe(429)
    clock += 1
    expect(await quotas()).toEqual({ allowed_refreshes: 1, remaining_refreshes: 1 })
    expect((await refresh()).status).toBe(201)
  })

  it('is as often as asked without rate limits', async () => {
    stand.emulator.rules.rateLimits = false
    for (let count = 0; count < 3; count += 1) {
      expect((await refresh()).status).toBe(201)
      clock += 2_000
    }
  })

  it.each([
    ['reauth_error', 'reauth'],
    ['permissions_error', 'error_permissions'],
    ['error', 'connected'],
  ] as const)('ends in %s where that is configured', async (completion_status, status) => {
    await finch.sandbox.jobs.configuration.update({ type: 'data_sync_all', completion_status })
    const { job_id: id } = await finch.jobs.automated.create({ type: 'data_sync_all' })
    clock += 2_000
    expect((await finch.jobs.automated.retrieve(id ?? '')).status).toBe(completion_status)
    expect((await finch.account.introspect()).connection_status.status).toBe(status)
  })

  it('is refused for assisted connections, and while the employer must log in', async () => {
    const assisted = await stand.connect({ customer_id: 'assisted', manual: true }, { provider: 'onpay' })
    await expect(
      stand.as(assisted.access_token).jobs.automated.create({ type: 'data_sync_all' }),
    ).rejects.toMatchObject({
      status: 400,
      error: { statusCode: 400, message: 'cannot create automated job for Assisted Connect token' },
    })
    await finch.sandbox.connections.accounts.update({ connection_status: 'reauth' })
    await expect(finch.jobs.automated.create({ type: 'data_sync_all' })).rejects.toBeInstanceOf(
      Finch.AuthenticationError,
    )
  })
})

describe('the list of jobs', () => {
  it('has the next sync first, then the newest, in pages', async () => {
    clock += 60_000
    const { job_id: sandboxed } = await finch.sandbox.jobs.create({ type: 'data_sync_all' })
    clock += 60_000
    const { job_id: forced } = await finch.jobs.automated.create({ type: 'data_sync_all' })
    const { data } = await finch.jobs.automated.list()
    for (const job of data) v.assert(AutomatedJob, job)
    expect(data[0]).toMatchObject({ status: 'pending', scheduled_at: '2026-03-02T12:01:00.000Z' })
    expect(data.slice(1, 3).map(({ job_id }) => job_id)).toEqual([forced, sandboxed])
    // The first data sync was a job too.
    expect(data.at(-1)).toMatchObject({ status: 'complete', created_at: '2026-03-01T12:00:00.000Z' })
    expect((await finch.jobs.automated.list({ limit: 1, offset: 1 })).data).toEqual(data.slice(1, 2))
    for (const job of data) expect(await finch.jobs.automated.retrieve(job.job_id)).toEqual(job)
  })

  it('is of one connection alone', async () => {
    const { job_id: id } = await finch.jobs.automated.create({ type: 'data_sync_all' })
    const other = stand.as((await stand.connect({ customer_id: 'other' })).access_token)
    await expect(other.jobs.automated.retrieve(id ?? '')).rejects.toBeInstanceOf(Finch.NotFoundError)
    expect((await other.jobs.automated.list()).data.map(({ job_id }) => job_id)).not.toContain(id)
    await expect(finch.jobs.automated.retrieve('constructor')).rejects.toBeInstanceOf(Finch.NotFoundError)
  })
})

describe('a job that is over', () => {
  it('is told by webhook although nobody asks, with the address of the job', async () => {
    const receiver = await openReceiver()
    const told = await openStand({ webhooks: { url: receiver.url } })
    try {
      const made = await told.finch.sandbox.connections.create({ provider_id: 'gusto' })
      const { job_id: id } = await told.as(made.access_token).jobs.automated.create({ type: 'data_sync_all' })
      const last = () => receiver.received.at(-1)?.event
      await expect.poll(() => last()?.event_type, { timeout: 20_000 }).toBe('job.data_sync_all.completed')
      expect(last()).toMatchObject({ data: { job_id: id, job_url: `${told.emulator.url}/jobs/automated/${id}` } })
      const first = receiver.received.find(({ event }) => event.event_type === 'job.initial_data_sync_org.succeeded')
      const firstId = (first?.event.data as { job_id: string } | undefined)?.job_id ?? ''
      expect((await told.as(made.access_token).jobs.automated.retrieve(firstId)).status).toBe('complete')
    } finally {
      await told.close()
      await receiver.close()
    }
  })
})

describe('other jobs', () => {
  it('a W-4 form is synced for one person of the directory', async () => {
    const [one] = (await finch.hris.directory.list()).individuals
    const params = { individual_id: one?.id ?? '' }
    const { job_id: id } = await finch.jobs.automated.create({ type: 'w4_form_employee_sync', params })
    clock += 2_000
    expect(await finch.jobs.automated.retrieve(id ?? '')).toMatchObject({
      type: 'w4_form_employee_sync',
      status: 'complete',
      params,
    })
    const unknown = { individual_id: crypto.randomUUID() }
    await expect(finch.jobs.automated.create({ type: 'w4_form_employee_sync', params: unknown })).rejects.toThrow('400')
  })

  it('none is done by hand', async () => {
    await expect(finch.jobs.manual.retrieve(crypto.randomUUID())).rejects.toBeInstanceOf(Finch.NotFoundError)
    await expect(finch.jobs.manual.retrieve('x')).rejects.toBeInstanceOf(Finch.BadRequestError)
  })
})
