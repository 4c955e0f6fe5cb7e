/** What the filters of `list` mean. A word that names nothing is a mistake: an empty list would look like good news. */

import type { App } from '../app.ts'
import { closest, didYouMean } from '../domain/closest.ts'
import { parseDuration } from '../domain/duration.ts'
import { PROVIDERS } from '../domain/providers.ts'
import { statusMeant, statusWord } from '../domain/standing.ts'
import { findCustomer } from '../flows/find.ts'
import { Problem } from '../problem.ts'
import type { ConnectionFilter } from '../store/connections.ts'

export interface FilterFlags {
  readonly customer?: string
  readonly provider?: string
  readonly status?: string
  readonly staleFor?: string
  readonly all?: boolean
}

export async function filterOf(app: App, flags: FilterFlags): Promise<ConnectionFilter> {
  const { customer, provider, status, staleFor } = flags
  const checkedBefore =
    staleFor === undefined ? null : app.host.now().getTime() - parseDuration(staleFor, '--stale-for')
  if (customer !== undefined) {
    await findCustomer(app, customer)
  }
  return {
    ...(customer === undefined ? {} : { customerId: customer }),
    ...(provider === undefined ? {} : { providerId: await knownProvider(app, provider) }),
    ...(status === undefined ? {} : { status: await knownStatus(app, status) }),
    ...(checkedBefore === null ? {} : { checkedBefore: new Date(checkedBefore).toISOString() }),
    ended: flags.all === true,
  }
}

async function knownProvider({ store }: App, word: string): Promise<string> {
  const stored = await store.connections.providers()
  if (stored.includes(word) || PROVIDERS.includes(word)) return word
  const near = closest(word, [...new Set([...stored, ...PROVIDERS])])
  throw unknown('provider', word, near, stored)
}

async function knownStatus({ store }: App, word: string): Promise<string> {
  const stored = await store.connections.statuses()
  const { status, near } = statusMeant(word, stored)
  if (status !== null) return status
  throw unknown('status', word, near, [...stored, ...stored.map(statusWord)])
}

function unknown(
  what: 'provider' | 'status',
  word: string,
  near: readonly string[],
  stored: readonly string[],
): Problem {
  const here = [...new Set(stored)]
  const otherwise = here.length === 0 ? 'finchconn list --help' : `those here: ${here.join(', ')}`
  return new Problem('usage', `unknown ${what} "${word}"`, {
    code: `unknown_${what}`,
    hint: didYouMean(near, otherwise),
  })
}
