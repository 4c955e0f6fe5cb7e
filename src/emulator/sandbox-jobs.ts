import * as v from 'valibot'
import { readBody } from './body.ts'
import { type Answer, ok, type TokenCall } from './call.ts'
import { addJob, jobUrl } from './job-record.ts'
import { applyOutcome } from './jobs.ts'
import { refuse } from './refusal.ts'
import { announceJob } from './webhook-events.ts'

// Sandbox jobs finish at once, with the outcome that was configured for the connection.

const Job = v.looseObject({ type: v.literal('data_sync_all') })
const Configuration = v.looseObject({
  type: v.literal('data_sync_all'),
  completion_status: v.picklist(['complete', 'reauth_error', 'permissions_error', 'error']),
})

/** `POST /sandbox/jobs`: assisted connections get no job id. */
export function runJob(call: TokenCall): Answer {
  readBody(Job, call.body)
  const { connection } = call
  if (connection.status === 'reauth') throw refuse.reauthenticate()
  const { now, state } = call
  applyOutcome(state, connection, connection.jobOutcome, now)
  const job =
    connection.method === 'assisted'
      ? null
      : addJob(state, connection, {
          type: 'data_sync_all',
          createdAt: now,
          endsAt: now,
          outcome: connection.jobOutcome,
        })
  const url = job === null ? null : jobUrl(call.application.origin, job.id)
  if (job !== null && url !== null) announceJob(state, connection, 'job.data_sync_all.completed', { id: job.id, url })
  return ok({
    job_id: job?.id ?? null,
    job_url: url,
    allowed_refreshes: 1,
    remaining_refreshes: 1,
  })
}

/** `GET /sandbox/jobs/configuration` */
export function listJobOutcomes(call: TokenCall): Answer {
  return ok([{ type: 'data_sync_all', completion_status: call.connection.jobOutcome }])
}

/** `PUT /sandbox/jobs/configuration` */
export function setJobOutcome(call: TokenCall): Answer {
  const body = readBody(Configuration, call.body)
  call.connection.jobOutcome = body.completion_status
  return ok({ type: body.type, completion_status: body.completion_status })
}
