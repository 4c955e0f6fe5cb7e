/**
 * A thread that helps comparing. An entry of its own: it is bundled to its own file, and whoever reconciles passes that file's URL. It gets the
 * columns once, in shared memory, then takes slices of every job until none is left.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { makeComparer } from './compare.ts'
import { takeSlice, type WorkerJob, type WorkerStart } from './parallel.ts'

const { columns, shared } = workerData as WorkerStart
const compare = makeComparer(columns, shared)

parentPort?.on('message', (job: WorkerJob) => {
  while (takeSlice(job, columns.count, compare)) {
    // Until another thread took the last slice.
  }
  parentPort?.postMessage('done')
})
