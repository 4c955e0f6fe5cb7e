import type { Limited } from './call.ts'
import { refuse } from './refusal.ts'
import type { State } from './state.ts'

// The published limits. Per application and product: successful requests of a rolling minute, summed over all tokens.
// Per address: 1000 requests in five minutes, whatever becomes of them, then an hour outside.

const PER_MINUTE: Readonly<Record<Limited, number>> = {
  company: 20,
  directory: 20,
  individual: 20,
  employment: 20,
  payment: 12,
  pay_groups: 12,
  pay_statement: 12,
  pay_statement_item: 20,
  // None is published.
  benefits: Number.POSITIVE_INFINITY,
  documents: Number.POSITIVE_INFINITY,
}
const MINUTE = 60_000
const ADDRESS_LIMIT = 1000
const ADDRESS_WINDOW_SECONDS = 300
const ADDRESS_BLOCK = 60 * MINUTE

/** `key` names application and product. */
export function refuseOverLimit(state: State, key: string, limited: Limited, now: number): void {
  if (!state.rules.rateLimits) return
  if (recent(state, key, now).length >= PER_MINUTE[limited]) throw refuse.applicationLimit()
}

export function countSuccess(state: State, key: string, now: number): void {
  if (!state.rules.rateLimits) return
  state.traffic.products[key] = [...recent(state, key, now), now]
}

/** Counts a request of the one address there is (loopback) and refuses it when there were too many. */
export function countAddress(state: State, now: number): void {
  if (!state.rules.rateLimits) return
  const { traffic } = state
  if (now < traffic.blockedUntil) throw refuse.addressLimit()
  const second = Math.floor(now / 1000)
  for (const key of Object.keys(traffic.seconds)) {
    if (Number(key) <= second - ADDRESS_WINDOW_SECONDS) delete traffic.seconds[key]
  }
  const seen = Object.values(traffic.seconds).reduce((sum, count) => sum + count, 0)
  if (seen >= ADDRESS_LIMIT) {
    traffic.blockedUntil = now + ADDRESS_BLOCK
    throw refuse.addressLimit()
  }
  traffic.seconds[second] = (traffic.seconds[second] ?? 0) + 1
}

function recent(state: State, key: string, now: number): number[] {
  return (state.traffic.products[key] ?? []).filter((at) => at > now - MINUTE)
}
