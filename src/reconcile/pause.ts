/**
 * Awaited between steps of a second or so on a million people: lets signals and timers in. Throws the reason of an
 * abort.
 */
export type Pause = () => Promise<void>

export function makePause(signal: AbortSignal | undefined): Pause {
  return async () => {
    await new Promise((resolve) => setImmediate(resolve))
    signal?.throwIfAborted()
  }
}
