/** Options that several commands have, and how they are read. */
import { parseDuration } from '../domain/duration.ts'
import { Problem } from '../problem.ts'

export const DEFAULT_TIMEOUT = '5m'
const LONGEST_TIMEOUT_MS = 24 * 60 * 60_000

/** How long to wait, up to a day: whoever needs longer does not sit at this terminal. */
export function readTimeout(given: string | undefined): number {
  return readWait('--timeout', given ?? DEFAULT_TIMEOUT)
}

/** Milliseconds to queue behind another login; 0 where nothing was given. Throws Problem 2. */
export function readQueueing(given: string | undefined): number {
  return given === undefined ? 0 : readWait('--wait', given)
}

function readWait(flag: string, given: string): number {
  const ms = parseDuration(given, flag)
  if (ms > LONGEST_TIMEOUT_MS)
    throw new Problem('usage', `${flag} can be at most 24h, got ${given}`, { code: 'bad_duration' })
  return ms
}

export const WAIT_HELP = 'wait this long if another login is using the connection or the callback port, such as 5m'
