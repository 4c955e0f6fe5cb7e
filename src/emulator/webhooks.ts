import { randomBytes } from 'node:crypto'
import { openDirect } from './direct.ts'
import type { State } from './state.ts'
import { StateFailure } from './state-file.ts'
import type { Outgoing, WebhookEvent } from './webhook-events.ts'
import { makeWebhookFaultQueue, type WebhookFault } from './webhook-faults.ts'
import { EMULATOR_WEBHOOK_SECRET, signatureHeaders } from './webhook-signature.ts'
import type { World } from './world.ts'

// Delivers what is in the outbox: one event at a time, in order, apart from any request that is being answered. What is
// not taken with a 2xx is tried again after the waits that Finch documents; other events do not wait for it.

export interface WebhookOptions {
  /** http or https. */
  readonly url: string
  /** Base64. Default: one that is always the same. */
  readonly secret?: string
  /** Milliseconds from a failed attempt to the next one. */
  readonly retryDelays?: readonly number[]
  /** Milliseconds for one attempt. */
  readonly attemptTime?: number
}

/** One attempt, or one event that a fault swallowed. */
export interface Delivery {
  readonly event_id: string
  readonly event_type: WebhookEvent['event_type']
  readonly connection_id: string
  /** From 1. */
  readonly attempt: number
  /** Of the answer; 0 when there was none. */
  readonly status: number
  readonly fault: WebhookFault['kind'] | null
  /** Milliseconds. */
  readonly at: number
}

export interface WebhookReport {
  readonly pending: readonly Outgoing[]
  readonly deliveries: readonly Delivery[]
}

const SECOND = 1_000
const MINUTE = 60 * SECOND
const FINCH_RETRY_DELAYS = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 120 * MINUTE]
const ATTEMPT_TIME = 15 * SECOND
const OLD_SECONDS = 600
/** Until a state file that could not be written is tried again. */
const STATE_PAUSE = 5 * SECOND
/** A timer cannot wait for more than some 24 days. */
const LONGEST_PAUSE = 24 * 60 * MINUTE

export class WebhookSender {
  readonly secret: string
  readonly #url: string
  readonly #retryDelays: readonly number[]
  readonly #attemptTime: number
  readonly #world: World
  readonly #now: () => number
  readonly #faults = makeWebhookFaultQueue()
  readonly #deliveries: Delivery[] = []
  readonly #closing = new AbortController()
  #running: Promise<void> | null = null
  #timer: NodeJS.Timeout | undefined

  constructor(options: WebhookOptions, world: World, now: () => number) {
    this.#url = options.url
    this.secret = options.secret ?? EMULATOR_WEBHOOK_SECRET
    this.#retryDelays = options.retryDelays ?? FINCH_RETRY_DELAYS
    this.#attemptTime = options.attemptTime ?? ATTEMPT_TIME
    this.#world = world
    this.#now = now
  }

  fault(fault: WebhookFault): void {
    this.#faults.add(fault)
  }

  report(): WebhookReport {
    return { pending: this.#world.change(({ outbox }) => structuredClone(outbox)), deliveries: [...this.#deliveries] }
  }

  /** Looks at the outbox, soon. */
  wake(): void {
    this.#lookAfter(0)
  }

  /** Every event that waits is due now. */
  retryNow(): void {
    this.#world.change(({ outbox }) => {
      for (const outgoing of outbox) Object.assign(outgoing, { dueAt: 0, held: false })
    })
    this.wake()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    clearTimeout(this.#timer)
    await this.#running
  }

  #lookAfter(milliseconds: number): void {
    clearTimeout(this.#timer)
    if (this.#closing.signal.aborted) return
    this.#timer = setTimeout(
      () => {
        this.#running ??= this.#run().finally(() => {
          this.#running = null
        })
      },
      Math.min(milliseconds, LONGEST_PAUSE),
    ).unref()
  }

  async #run(): Promise<void> {
    try {
      while (!this.#closing.signal.aborted) {
        const outgoing = this.#claim()
        if (outgoing === null) break
        await this.#send(outgoing)
      }
      const next = this.#world.change(({ outbox }) => nextDue(outbox))
      if (next !== null) this.#lookAfter(Math.max(0, next - this.#now()))
    } catch (error) {
      if (!(error instanceof StateFailure)) throw error
      this.#lookAfter(STATE_PAUSE)
    }
  }

  /** The next event that is due, put off until this attempt has surely ended: a killed process tries it again. */
  #claim(): Outgoing | null {
    const now = this.#now()
    return this.#world.change(({ outbox }) => {
      for (const outgoing of outbox) {
        if (outgoing.held || outgoing.dueAt > now || this.#keptBack(outgoing, now)) continue
        outgoing.attempts += 1
        outgoing.dueAt = now + this.#attemptTime + (this.#retryDelays[outgoing.attempts - 1] ?? 0)
        return structuredClone(outgoing)
      }
      return null
    })
  }

  /** Decides what happens to an event the first time it is due. */
  #keptBack(outgoing: Outgoing, now: number): boolean {
    if (outgoing.fault !== undefined) return false
    outgoing.fault = this.#faults.take(outgoing.event.event_type) ?? null
    if (outgoing.fault === 'out_of_order') outgoing.held = true
    else if (outgoing.fault !== null && typeof outgoing.fault === 'object') outgoing.dueAt = now + outgoing.fault.delay
    return outgoing.held || outgoing.dueAt > now
  }

  async #send(outgoing: Outgoing): Promise<void> {
    const fault = outgoing.attempts === 1 ? (outgoing.fault ?? null) : null
    if (fault === 'drop') {
      this.#record(outgoing, 0, fault)
      return this.#settle(outgoing.id, null)
    }
    const status = await this.#attempt(outgoing, fault)
    if (fault === 'duplicate') await this.#attempt(outgoing, fault)
    if (this.#closing.signal.aborted) return
    const taken = status >= 200 && status < 300
    const delay = taken ? undefined : this.#retryDelays[outgoing.attempts - 1]
    this.#settle(outgoing.id, delay === undefined ? null : this.#now() + delay)
  }

  async #attempt(outgoing: Outgoing, fault: WebhookFault['kind'] | null): Promise<number> {
    const body = JSON.stringify(outgoing.event)
    const timestamp = Math.floor(this.#now() / SECOND) - (fault === 'old_timestamp' ? OLD_SECONDS : 0)
    const secret = fault === 'wrong_signature' ? randomBytes(24).toString('base64') : this.secret
    const headers = signatureHeaders(secret, outgoing.id, timestamp, body)
    const status = await post(this.#url, headers, body, { time: this.#attemptTime, closing: this.#closing.signal })
    if (!this.#closing.signal.aborted) this.#record(outgoing, status, fault)
    return status
  }

  /** After an attempt the event is gone, or due again; what was held back may follow it. */
  #settle(id: string, dueAt: number | null): void {
    this.#world.change(({ outbox }) => {
      const index = outbox.findIndex((outgoing) => outgoing.id === id)
      const found = outbox[index]
      if (found === undefined) return
      if (dueAt === null) outbox.splice(index, 1)
      else found.dueAt = dueAt
      for (const outgoing of outbox) outgoing.held = false
    })
  }

  #record({ id, event, attempts }: Outgoing, status: number, fault: WebhookFault['kind'] | null): void {
    this.#deliveries.push({
      event_id: id,
      event_type: event.event_type,
      connection_id: event.connection_id,
      attempt: attempts,
      status,
      fault,
      at: this.#now(),
    })
  }
}

function nextDue(outbox: readonly Outgoing[]): number | null {
  const waiting = outbox.filter(({ held }) => !held).map(({ dueAt }) => dueAt)
  return waiting.length === 0 ? null : Math.min(...waiting)
}

/** The status of the answer, 0 when there was none. Redirects are not followed: the signed event is for one address. */
async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  { time, closing }: { readonly time: number; readonly closing: AbortSignal },
): Promise<number> {
  const ending = new AbortController()
  const end = () => ending.abort()
  const deadline = setTimeout(end, time)
  closing.addEventListener('abort', end, { once: true })
  try {
    const answer = await openDirect(url, {
      method: 'POST',
      body,
      headers: {
        ...headers,
        'Content-Type': 'application/json',
        'Content-Length': String(Buffer.byteLength(body)),
      },
      signal: ending.signal,
    })
    answer.destroy()
    return answer.statusCode ?? 0
  } catch {
    return 0
  } finally {
    clearTimeout(deadline)
    closing.removeEventListener('abort', end)
  }
}

/** A world that wakes the sender when somebody has put something into the outbox, or keeps it empty without one. */
export function announcingWorld(world: World, sender: WebhookSender | null): World {
  return {
    change: (work) => {
      let announced = false
      const result = world.change((state: State) => {
        const before = state.outbox.length
        try {
          return work(state)
        } finally {
          announced = state.outbox.length > before
          if (sender === null) state.outbox.splice(before)
        }
      })
      if (announced) sender?.wake()
      return result
    },
  }
}
