/** Waiting for other processes that write to the same store. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isBusy } from './errors.ts'

/** How long a command waits in all. */
const LONGEST_MS = 30_000
const PAUSE_MS = 20

/**
 * Tries `work` again while the store is busy. SQLite's own wait backs off and lets latecomers pass, so that of fifty
 * writers some starve; tries at random moments treat all alike. `mayRepeat` tells whether the failed try did nothing.
 */
export async function whenFree<T>(work: () => T | Promise<T>, mayRepeat: () => boolean = () => true): Promise<T> {
  const until = performance.now() + LONGEST_MS
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isBusy(error) || !mayRepeat() || performance.now() > until) throw error
      await sleep(PAUSE_MS * Math.random())
    }
  }
}
