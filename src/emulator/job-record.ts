import { randomUUID } from 'node:crypto'
import type { Connection, Job, State } from './state.ts'

/** Keeps a job of `connection` and gives it an id. */
export function addJob(
  state: State,
  connection: Connection,
  job: Pick<Job, 'type' | 'createdAt' | 'endsAt' | 'outcome'> & Partial<Pick<Job, 'individualId' | 'wasForced'>>,
): Job {
  const id = randomUUID()
  const kept: Job = { id, connectionId: connection.id, individualId: null, wasForced: false, ...job }
  state.jobs[id] = kept
  return kept
}

/** A sync that is over, well done, at the time the connection's data is from. */
export function addFinishedSync(state: State, connection: Connection): Job {
  const at = connection.lastSync ?? connection.createdAt
  return addJob(state, connection, { type: 'data_sync_all', createdAt: at, endsAt: at, outcome: 'complete' })
}

/** `origin` is the API's. */
export function jobUrl(origin: string, jobId: string): string {
  return `${origin}/jobs/automated/${jobId}`
}
