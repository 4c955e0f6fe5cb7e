/** What `reconcile` and its review share: reading a customer's people, and matching them. */

import type { App, CommandParts } from '../app.ts'
import { shortId } from '../domain/connection.ts'
import { findCustomer } from '../flows/find.ts'
import { gatherPeople } from '../flows/gather-people.ts'
import { Problem } from '../problem.ts'
import type { ProblemKind } from '../problem-codes.ts'
import { type Match, matchPeople } from '../reconcile/reconcile.ts'
import type { Decision, Person } from '../reconcile/types.ts'
import { dim, text } from '../terminal/text.ts'
import { asFailure, exitOf, type Gaps, gapsOf, sayUnread } from './reconcile-unread.ts'

export interface CustomersPeople {
  readonly people: Person[]
  readonly gaps: Gaps
  readonly connections: number
  readonly read: number
  /** The exit code of an answer that does not rest on everything; null where it does. */
  readonly problem: ProblemKind | null
}

/** Everybody of a customer, with what could not be read said. Throws where nothing could be read, or `strict` forbids to go on. */
export async function peopleOfCustomer(app: App, customerId: string, strict: boolean): Promise<CustomersPeople> {
  const { terminal } = app
  await findCustomer(app, customerId)
  const connections = await app.store.connections.list({ customerId })
  if (connections.length === 0) {
    throw new Problem('not_found', `customer ${customerId} has no connections`, {
      code: 'no_connections',
      hint: `finchconn connect --customer ${customerId}`,
    })
  }
  let saidHeld = false
  const gathered = await gatherPeople(app, {
    connections,
    progress: (connection, people) =>
      terminal.status(text`Reading ${connection.providerId} (${shortId(connection.connectionId)}): ${people} people`),
    held: () => {
      if (!saidHeld) terminal.say(dim('Finch allows 20 calls a minute per product, so reading continues at that pace.'))
      saidHeld = true
    },
  })
  terminal.clearStatus()
  const { unread, read } = gathered
  const serious = unread.filter(({ isLasting }) => !isLasting)
  if (read.length === 0) throw asFailure(app, serious.length > 0 ? serious : unread)
  if (strict && serious.length > 0) throw asFailure(app, serious)
  sayUnread(app, unread)
  if (read.length === 1) terminal.say(dim('Only one connection could be read, so there is nothing to match against.'))
  return {
    people: [...gathered.people],
    gaps: gapsOf(gathered, connections.length, read.length),
    connections: connections.length,
    read: read.length,
    problem: exitOf(unread),
  }
}

export interface Deciding {
  readonly decisions: readonly Decision[]
  /** About people that Finch no longer lists, or lists under another id: a login by another method may give new ones. */
  readonly unused: number
}

/** What was decided about a customer's people, with what of it no longer holds said. */
export async function decisionsOf(
  { terminal, store }: App,
  customerId: string,
  { people, problem }: CustomersPeople,
): Promise<Deciding> {
  const decisions = await store.decisions.ofCustomer(customerId)
  const there = new Set(people.map((one) => `${one.connectionId} ${one.individualId}`))
  const isThere = ({ connectionId, individualId }: Decision['a']) => there.has(`${connectionId} ${individualId}`)
  const unused = decisions.filter(({ a, b }) => !isThere(a) || !isThere(b)).length
  // Of whom could not be read nothing can be said.
  if (unused > 0 && problem === null)
    terminal.say(
      dim(
        text`${unused === 1 ? '1 decision is' : `${unused} decisions are`} about people Finch no longer lists under those ids, and not used`,
      ),
    )
  return { decisions, unused }
}

const STAGES = {
  reading: 'Reading people',
  learning: 'Estimating match weights',
  comparing: 'Comparing',
  joining: 'Joining',
} as const

export async function matched(
  { host, terminal }: CommandParts,
  people: Iterable<Person> | AsyncIterable<Person>,
  allowRepeats: boolean,
  decisions: readonly Decision[],
): Promise<Match> {
  const match = await matchPeople(people, {
    allowRepeats,
    decisions,
    signal: host.signal,
    workerUrl: host.matcherWorker,
    progress: (stage, done, total) => {
      const share = total > 0 ? ` ${Math.floor((100 * done) / total)} %` : done > 0 ? ` ${done}` : ''
      terminal.status(text`${STAGES[stage]} …${share}`)
    },
  })
  terminal.clearStatus()
  return match
}
