/**
 * A thread that helps comparing. It is bundled to a file of its own, whose URL the caller of the matcher passes. It
 * gets the record table once, in shared memory, then takes slices of every job until none is left.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { makeComparer } from './compare.ts'
import { takeSlice, type WorkerJob, type WorkerStart } from './parallel.ts'

const { records, shared } = workerData as WorkerStart
const compare = makeComparer(records, shared)

parentPort?.on('message', (job: WorkerJob) => {
  while (takeSlice(job, records.count, compare)) {
    // Until the last slice is taken.
  }
  parentPort?.postMessage('done')
})
