import * as v from 'valibot'

// Trouble to be had by the next webhooks. It hits the first attempt of an event; retries are as they should be.

const Kind = v.union([
  v.picklist([
    /** Delivered twice under one id. */
    'duplicate',
    /** Kept back until another event has gone out. */
    'out_of_order',
    /** Signed with another secret. */
    'wrong_signature',
    /** Stamped and signed as ten minutes old. */
    'old_timestamp',
    /** Never delivered, not even later. */
    'drop',
  ]),
  /** Milliseconds before the first attempt; other events go on. */
  v.strictObject({ delay: v.pipe(v.number(), v.minValue(0)) }),
])

/** A WebhookFault as it comes over HTTP. */
export const WebhookFaultBody = v.strictObject({
  /** Such as `account.updated`; any event where it is absent. */
  event_type: v.exactOptional(v.string()),
  /** How many events are hit. Default 1. */
  times: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  kind: Kind,
})

export type WebhookFault = v.InferOutput<typeof WebhookFaultBody>

export interface WebhookFaultQueue {
  add(fault: WebhookFault): void
  /** What an event of this type is in for; oldest first. */
  take(eventType: string): WebhookFault['kind'] | undefined
}

export function makeWebhookFaultQueue(): WebhookFaultQueue {
  const waiting: { fault: WebhookFault; left: number }[] = []
  return {
    add: (fault) => {
      waiting.push({ fault, left: fault.times ?? 1 })
    },
    take: (eventType) => {
      const index = waiting.findIndex(({ fault }) => (fault.event_type ?? eventType) === eventType)
      const found = waiting[index]
      if (found === undefined) return undefined
      found.left -= 1
      if (found.left === 0) waiting.splice(index, 1)
      return found.fault.kind
    },
  }
}
