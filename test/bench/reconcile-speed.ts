/**
 * From file to answer, against the time one thread takes to read the same file and JSON.parse every line (Y). Each
 * size runs in a process of its own (reconcile.mjs starts it), so that the peak of memory is its own.
 */
import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { usualConnections } from '../../src/emulator/people/generate.ts'
import { reconcile } from '../../src/reconcile/reconcile.ts'
import { readPeople } from '../../src/reconcile/records/read-people.ts'
import { writePeopleFile } from './reconcile-file.ts'

/** Goals by number of people: times Y, and megabytes. */
const limits = new Map([
  [100_000, { yardsticks: 15, megabytes: 600 }],
  [1_000_000, { yardsticks: 12, megabytes: 2000 }],
])

export async function benchSpeed(sizes: readonly number[], workerUrl: URL): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'finchconn-bench-'))
  let missed = 0
  try {
    for (const size of sizes) missed += (await benchSize(size, join(folder, `${size}.jsonl`), workerUrl)) ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return missed === 0 ? 0 : 1
}

async function benchSize(size: number, path: string, workerUrl: URL): Promise<boolean> {
  await writePeopleFile(
    path,
    { seed: 7, households: size, overlap: 0.25, families: 0.1, connections: usualConnections.slice(0, 4) },
    size,
  )
  const yardstick = await parseEveryLine(path)
  const began = performance.now()
  let pairs = 0
  const { summary } = await reconcile(readPeople(createReadStream(path, { highWaterMark: 1 << 20 })), {
    workerUrl,
    progress: (stage, _done, total) => {
      if (stage === 'comparing') pairs = total
    },
  })
  const seconds = (performance.now() - began) / 1000
  const megabytes = process.resourceUsage().maxRSS / 1024
  const ratio = seconds / yardstick
  const limit = limits.get(size)
  const met = limit === undefined || (ratio <= limit.yardsticks && megabytes <= limit.megabytes)
  const goal =
    limit === undefined ? '' : ` (goal ≤ ${limit.yardsticks} Y, ≤ ${limit.megabytes} MB: ${met ? 'met' : 'NOT MET'})`
  console.log(
    `${size} people: ${seconds.toFixed(1)} s = ${ratio.toFixed(1)} Y (Y = ${yardstick.toFixed(2)} s), ${megabytes.toFixed(0)} MB, ${pairs} pairs, ` +
      `${((1e6 * seconds) / pairs).toFixed(1)} µs a pair, ${summary.people} people${goal}`,
  )
  return met
}

/** Seconds of one thread for the same file and nothing but JSON.parse. */
async function parseEveryLine(path: string): Promise<number> {
  const began = performance.now()
  let rest = ''
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, encoding: 'utf8' })) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) JSON.parse(line)
  }
  return (performance.now() - began) / 1000
}
