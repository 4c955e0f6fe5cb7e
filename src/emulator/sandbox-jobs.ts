import * as v from 'valibot'
import { readBody } from './body.ts'
import { type Answer, ok, type TokenCall } from './call.ts'
import { refuse } from './refusal.ts'
import { showEdits } from './sandbox-edits.ts'
import { setStatus } from './status.ts'
import { announceEdits, announceJob, announceStatus, newJob } from './webhook-events.ts'

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
  switch (connection.jobOutcome) {
    case 'complete':
      announceEdits(call.state, connection, connection.pending)
      showEdits(connection)
      if (connection.lastSync !== null) connection.lastSync = call.now
      break
    case 'reauth_error':
      setStatus(connection, 'reauth')
      announceStatus(call.state, connection)
      break
    case 'permissions_error':
      setStatus(connection, 'error_permissions')
      announceStatus(call.state, connection)
      break
    case 'error':
      break
  }
  const job = connection.method === 'assisted' ? null : newJob(call.application.origin)
  if (job !== null) announceJob(call.state, connection, 'job.data_sync_all.completed', job)
  return ok({
    job_id: job?.id ?? null,
    job_url: job?.url ?? null,
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
