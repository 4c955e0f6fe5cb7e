/** What `reconcile` and its review share: reading a customer's people, and matching them. */
import type { App } from '../app.ts'
import { shortId } from '../domain/connection.ts'
import { Problem } from '../problem.ts'
import type { Decision, Person } from '../reconcile/person.ts'
import type { Match } from '../reconcile/reconcile.ts'
import { dim, text, yellow } from '../terminal/text.ts'
import type { Context } from './context.ts'

/** Everybody of a customer, with what could not be read said; its exit code is the worst of it. */
export async function peopleOfCustomer(
  context: Context,
  app: App,
  customerId: string,
  strict: boolean,
): Promise<{ people: Person[]; problem: 'reauth_needed' | 'undetermined' | null }> {
  const { terminal, spell } = context
  const [{ gatherPeople }, { findCustomer }] = await Promise.all([
    import('../flows/gather-people.ts'),
    import('../flows/find.ts'),
  ])
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
      if (!saidHeld) terminal.say(dim('Finch allows 20 calls a minute for each product: reading goes on at that pace.'))
      saidHeld = true
    },
  })
  terminal.clearStatus()
  for (const { connection, problem } of gathered.leftOut) {
    terminal.say(
      yellow(text`${shortId(connection.connectionId)} (${connection.providerId}) was left out: ${problem.message}`),
    )
    if (problem.kind === 'reauth_needed')
      terminal.say(dim(text`hint: ${spell(`finchconn reauth ${shortId(connection.connectionId)}`)}`))
  }
  const [first] = gathered.leftOut
  if (first !== undefined && (strict || gathered.read.length === 0)) throw first.problem
  for (const connection of gathered.namesOnly) {
    terminal.say(
      dim(
        text`${shortId(connection.connectionId)} gives names only (it was connected without the product individual): its people go to review at most`,
      ),
    )
  }
  if (gathered.read.length === 1)
    terminal.say(dim('Only one connection could be read, so there is nobody to find in another one.'))
  const needsLogin = gathered.leftOut.some(({ problem }) => problem.kind === 'reauth_needed')
  return {
    people: [...gathered.people],
    problem: needsLogin ? 'reauth_needed' : first === undefined ? null : 'undetermined',
  }
}

const STAGES = {
  reading: 'Reading people',
  learning: 'Learning what agreement is worth',
  comparing: 'Comparing',
  joining: 'Joining',
} as const

export async function matched(
  { host, terminal }: Context,
  people: Iterable<Person> | AsyncIterable<Person>,
  allowRepeats: boolean,
  decisions: readonly Decision[],
): Promise<Match> {
  const { matchPeople } = await import('../reconcile/reconcile.ts')
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
