/**
 * Comparison vectors of many pairs: in slices that leave room for Ctrl-C and progress, and with worker threads where
 * that pays. Threads take slices from one counter and write where the slice belongs, so the vectors do not depend on
 * their number.
 */
import { Worker } from 'node:worker_threads'
import type { Pause } from '../pause.ts'
import type { RecordTable } from '../records/record-table.ts'
import { type Compare, makeComparer, type SharedIdentifiers } from './compare.ts'

export type ComparePairs = (pairs: Float64Array, onSlice?: (done: number) => void) => Promise<Uint32Array>

export interface Comparing {
  readonly comparePairs: ComparePairs
  /** Ends the threads; nothing is compared after it. */
  close(): Promise<void>
}

/** What a worker is started with. All of it is in shared memory. */
export interface WorkerStart {
  readonly records: RecordTable
  readonly shared: SharedIdentifiers
}

/** One run over pairs. `next` holds the first pair not yet taken. */
export interface WorkerJob {
  readonly pairs: Float64Array
  readonly vectors: Uint32Array
  readonly next: Int32Array
}

/** Pairs between two pauses. */
const SLICE = 50_000
/** Fewer pairs are compared before a thread has started. */
const WORTH_THREADS = 200_000

export function openComparing(
  records: RecordTable,
  shared: SharedIdentifiers,
  options: { readonly threads: number; readonly workerUrl: URL | undefined; readonly pause: Pause },
): Comparing {
  const { workerUrl, pause } = options
  const workers: Worker[] = []
  if (workerUrl !== undefined) {
    const start: WorkerStart = { records: inSharedMemory(records), shared: inSharedMemory(shared) }
    for (let k = 0; k < options.threads; k++) workers.push(new Worker(workerUrl, { workerData: start }))
  }
  const compare = makeComparer(records, shared)
  const comparePairs: ComparePairs = async (pairs, onSlice) => {
    const helped = workers.length > 0 && pairs.length >= WORTH_THREADS
    const job: WorkerJob = {
      pairs: helped ? inSharedMemory(pairs) : pairs,
      vectors: new Uint32Array(new SharedArrayBuffer(pairs.length * 4)),
      next: new Int32Array(new SharedArrayBuffer(4)),
    }
    const helpers = helped ? workers.map((worker) => helperOf(worker, job)) : []
    while (takeSlice(job, records.count, compare)) {
      onSlice?.(Math.min(Atomics.load(job.next, 0), pairs.length))
      await pause()
    }
    await Promise.all(helpers)
    return job.vectors
  }
  return {
    comparePairs,
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}

/** Resolves when the worker finds nothing left to take; rejects when it ends early. */
function helperOf(worker: Worker, job: WorkerJob): Promise<void> {
  const done = new Promise<void>((resolve, reject) => {
    const settle = (act: () => void) => {
      worker.off('message', onDone)
      worker.off('error', onError)
      worker.off('exit', onExit)
      act()
    }
    const onDone = () => settle(resolve)
    const onError = (error: unknown) => settle(() => reject(error))
    const onExit = (code: number) => settle(() => reject(new Error(`a worker thread ended early (${code})`)))
    worker.on('message', onDone)
    worker.on('error', onError)
    worker.on('exit', onExit)
  })
  // The main thread may throw (Ctrl-C) before it waits for this one.
  done.catch(() => {})
  worker.postMessage(job)
  return done
}

/** Compares the next slice of a job; false when nothing is left. */
export function takeSlice(job: WorkerJob, count: number, compare: Compare): boolean {
  const { pairs, vectors, next } = job
  const from = Atomics.add(next, 0, SLICE)
  if (from >= pairs.length) return false
  const to = Math.min(from + SLICE, pairs.length)
  for (let k = from; k < to; k++) {
    const pair = pairs[k]!
    const i = Math.floor(pair / count)
    vectors[k] = compare(i, pair - i * count)
  }
  return true
}

/** A copy whose arrays of numbers lie in memory that threads share; everything else as it is. */
function inSharedMemory<T extends object>(value: T): T {
  if (ArrayBuffer.isView(value)) {
    const memory = new SharedArrayBuffer(value.byteLength)
    new Uint8Array(memory).set(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
    return new (value.constructor as new (memory: SharedArrayBuffer) => T)(memory)
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      typeof part === 'object' && part !== null ? inSharedMemory(part) : part,
    ]),
  ) as T
}
