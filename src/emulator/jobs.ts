import type Finch from '@tryfinch/finch-api'
import * as v from 'valibot'
import { readBody } from './body.ts'
import { type Answer, ok, type TokenCall } from './call.ts'
import { seededUuid } from './chance.ts'
import { addJob, jobUrl } from './job-record.ts'
import { readPage } from './page.ts'
import { refuse } from './refusal.ts'
import { firstEntity, showEdits } from './sandbox-edits.ts'
import { staffOf } from './staff.ts'
import { type Connection, type Job, type JobOutcome, lookUp, type State } from './state.ts'
import { setStatus } from './status.ts'
import { announceEdits, announceJob, announcePayments, announceStatus } from './webhook-events.ts'

// Jobs take a moment, so that a client can see one running. What they change is changed when somebody looks after that.

export const JOB_MS = 2_000
const QUEUED_MS = 500
const REFRESHES = 1
const HOUR = 3_600_000
const DAY = 24 * HOUR

const NewJob = v.variant('type', [
  v.looseObject({ type: v.literal('data_sync_all') }),
  v.looseObject({ type: v.literal('w4_form_employee_sync'), params: v.looseObject({ individual_id: v.string() }) }),
])

/** `POST /jobs/automated`: 201, 202 with the job that runs already, or 429 until the hour of the last refresh is over. */
export function enqueueJob(call: TokenCall): Answer {
  const body = readBody(NewJob, call.body)
  const { state, connection, now } = call
  if (connection.method === 'assisted') throw refuse.noJobsForAssisted()
  if (connection.status === 'reauth') throw refuse.reauthenticate()
  const endsAt = now + JOB_MS
  if (body.type === 'w4_form_employee_sync') {
    const individualId = body.params.individual_id
    const staff = staffOf(connection, firstEntity(connection))
    if (!staff.some(({ individual }) => individual.id === individualId)) {
      throw refuse.invalidRequest(`params.individual_id: no individual has the id ${individualId}`)
    }
    const job = addJob(state, connection, { type: body.type, createdAt: now, endsAt, outcome: null, individualId })
    return { status: 201, json: describeRequest(call, job) }
  }
  const running = jobsOf(state, connection).find(({ type, outcome }) => type === 'data_sync_all' && outcome === null)
  if (running !== undefined) return { status: 202, json: describeRequest(call, running) }
  const last = lastForced(call)
  if (last !== undefined) {
    const retryAt = new Date(last.createdAt + HOUR).toISOString()
    return { status: 429, json: { ...describeRequest(call, last), retry_at: retryAt } }
  }
  const job = addJob(state, connection, {
    type: body.type,
    createdAt: now,
    endsAt,
    outcome: null,
    wasForced: true,
  })
  return { status: 201, json: describeRequest(call, job) }
}

/** `GET /jobs/automated`: newest first, after the sync that comes next by itself. */
export function listJobs(call: TokenCall): Answer {
  const { limit, offset } = readPage(call.query, Number.MAX_SAFE_INTEGER)
  const jobs = jobsOf(call.state, call.connection)
    .sort((one, other) => other.createdAt - one.createdAt)
    .map((job) => describe(call, job))
  const all = [...nextScheduled(call), ...jobs]
  const { allowed_refreshes, remaining_refreshes } = quota(call)
  return ok({
    meta: { quotas: { data_sync_all: { allowed_refreshes, remaining_refreshes } } },
    data: all.slice(offset, offset + limit),
  })
}

/** `GET /jobs/automated/{id}` */
export function readJob(call: TokenCall): Answer {
  const id = call.params.id ?? ''
  const job = lookUp(call.state.jobs, id)
  if (job !== undefined && job.connectionId === call.connection.id && isAutomated(job)) return ok(describe(call, job))
  const scheduled = nextScheduled(call).find(({ job_id }) => job_id === id)
  if (scheduled === undefined) throw refuse.noJob(id)
  return ok(scheduled)
}

/** `GET /jobs/manual/{id}`: the jobs of benefits, also where nobody does them by hand. */
export function readManualJob(call: TokenCall): Answer {
  const id = call.params.id ?? ''
  if (!v.is(v.pipe(v.string(), v.uuid()), id)) throw refuse.invalidRequest('job_id: must be a UUID')
  const job = lookUp(call.state.jobs, id)
  if (job === undefined || job.connectionId !== call.connection.id || isAutomated(job)) throw refuse.noJob(id)
  const answer: Finch.Jobs.ManualAsyncJob = {
    job_id: id,
    status: job.outcome === null ? unfinished(job, call.now) : 'complete',
    body: job.outcome === null ? null : [],
  }
  return ok(answer)
}

/** Ends the jobs whose time is over: their outcome is the one configured for the connection. */
export function settleJobs(state: State, now: number, origin: string): void {
  for (const job of Object.values(state.jobs)) {
    if (job.outcome !== null || job.endsAt > now) continue
    const connection = lookUp(state.connections, job.connectionId)
    job.outcome = job.type === 'data_sync_all' ? (connection?.jobOutcome ?? 'complete') : 'complete'
    if (connection === undefined) continue
    if (job.type === 'data_sync_all') applyOutcome(state, connection, job.outcome, job.endsAt)
    const url = isAutomated(job) ? jobUrl(origin, job.id) : `${origin}/jobs/manual/${job.id}`
    announceJob(state, connection, `job.${job.type}.completed`, { id: job.id, url })
  }
}

/** What a sync leaves behind. */
export function applyOutcome(state: State, connection: Connection, outcome: JobOutcome, at: number): void {
  switch (outcome) {
    case 'complete':
      announceEdits(state, connection, connection.pending)
      announcePayments(state, connection, connection.pending)
      showEdits(connection)
      if (connection.lastSync !== null) connection.lastSync = at
      break
    case 'reauth_error':
      setStatus(connection, 'reauth')
      announceStatus(state, connection)
      break
    case 'permissions_error':
      setStatus(connection, 'error_permissions')
      announceStatus(state, connection)
      break
    case 'error':
      break
  }
}

type AutomatedJob = Job & { readonly type: Finch.Jobs.AutomatedAsyncJob['type'] }

function isAutomated(job: Job): job is AutomatedJob {
  return job.type === 'data_sync_all' || job.type === 'w4_form_employee_sync'
}

function jobsOf(state: State, connection: Connection): AutomatedJob[] {
  return Object.values(state.jobs)
    .filter(isAutomated)
    .filter(({ connectionId }) => connectionId === connection.id)
}

/** The refresh that uses up the quota of this hour, which is counted from it. */
function lastForced({ state, connection, now }: TokenCall): Job | undefined {
  if (!state.rules.rateLimits) return undefined
  return jobsOf(state, connection).find(({ wasForced, createdAt }) => wasForced && createdAt > now - HOUR)
}

function quota(call: TokenCall) {
  const used = lastForced(call) === undefined ? 0 : REFRESHES
  return { allowed_refreshes: REFRESHES, remaining_refreshes: REFRESHES - used }
}

function describeRequest(call: TokenCall, job: Job): Finch.Jobs.AutomatedCreateResponse {
  return { job_id: job.id, job_url: jobUrl(call.application.origin, job.id), ...quota(call) }
}

function describe({ application, now }: TokenCall, job: AutomatedJob): Finch.Jobs.AutomatedAsyncJob {
  const startsAt = startOf(job)
  return {
    job_id: job.id,
    job_url: jobUrl(application.origin, job.id),
    type: job.type,
    status: job.outcome ?? unfinished(job, now),
    created_at: time(job.createdAt),
    scheduled_at: null,
    started_at: now < startsAt ? null : time(startsAt),
    completed_at: job.outcome === null ? null : time(job.endsAt),
    params: job.individualId === null ? null : { individual_id: job.individualId },
  }
}

function unfinished(job: Job, now: number): 'pending' | 'in_progress' {
  return now < startOf(job) ? 'pending' : 'in_progress'
}

function startOf({ createdAt, endsAt }: Job): number {
  return Math.min(createdAt + QUEUED_MS, endsAt)
}

/** Automated connections are synced once a day. */
function nextScheduled({ connection, application, now }: TokenCall): Finch.Jobs.AutomatedAsyncJob[] {
  if (connection.method === 'assisted' || connection.lastSync === null) return []
  const days = Math.max(0, Math.floor((now - connection.lastSync) / DAY)) + 1
  const at = connection.lastSync + days * DAY
  const id = seededUuid('scheduled job', connection.id, String(at))
  return [
    {
      job_id: id,
      job_url: jobUrl(application.origin, id),
      type: 'data_sync_all',
      status: 'pending',
      created_at: time(connection.createdAt),
      scheduled_at: time(at),
      started_at: null,
      completed_at: null,
      params: null,
    },
  ]
}

function time(at: number): string {
  return new Date(at).toISOString()
}
