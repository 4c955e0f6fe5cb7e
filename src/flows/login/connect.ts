/** connect: a customer's employer goes through Finch Connect and a new connection is saved. */
import type { App } from '../../app.ts'
import type { Connection } from '../../domain/connection.ts'
import { DISCONNECTED } from '../../domain/standing.ts'
import { createCustomer } from '../customers.ts'
import { remarkSharedToken } from '../token.ts'
import {
  AlreadyConnected,
  alreadyConnected,
  type ConnectOptions,
  isKnownAtFinch,
  openConnectSession,
} from './connect-session.ts'
import type { Report } from './events.ts'
import { complete } from './land.ts'
import { localBrowser } from './local-browser.ts'
import type { Expected, Patience } from './login.ts'
import { withLogin } from './with-login.ts'

/** Throws AlreadyConnected (11) when the customer has such a connection and `another` is not set. */
export async function connect(
  app: App,
  options: ConnectOptions,
  patience: Patience,
  report: Report,
): Promise<Connection> {
  const { customer, isNew } = options
  const { existing, gone } = await ownConnections(app, options)
  // The database lets a one-to-one customer have the next connection only once the last one is over.
  if (customer.single) await end(app, gone)

  const start = { app, expected: expectedOf(options), patience, report, openSource: localBrowser }
  const connection = await withLogin(start, async (login, source) => {
    const session = await openConnectSession(login, options, existing).catch(async (error: unknown) => {
      if (isNew && isKnownAtFinch(error)) await createCustomer(app, customer)
      throw error
    })
    // Only now that Finch has agreed: a login that cannot begin leaves no customer behind.
    if (isNew) await createCustomer(app, customer)
    await source.open(session) // P2: the link is printed and opened
    return source.firstThatLands(complete(login)) // P3 to P8: a code is saved, redeemed, verified and committed
  })

  await endReplaced(app, gone, connection)
  await remarkSharedToken(app, connection, report)
  return connection
}

function expectedOf({ customer, providerId, products }: ConnectOptions): Expected {
  return {
    kind: 'connect',
    customerId: customer.customerId,
    customerName: customer.name,
    finchCustomerId: customer.customerId,
    target: null,
    connectionId: null,
    providerId,
    products,
  }
}

/** The customer's connections, those apart that Finch no longer has; refuses a second one that nobody asked for. */
async function ownConnections(
  app: App,
  { customer, providerId, another }: ConnectOptions,
): Promise<{ existing: Connection[]; gone: Connection[] }> {
  const known = await app.store.connections.list({ customerId: customer.customerId })
  const existing = known.filter(({ status }) => status !== DISCONNECTED)
  const [first] = existing
  if (customer.single && first !== undefined) {
    throw new AlreadyConnected(
      first,
      `customer ${customer.customerId} is --single and is already connected as ${first.connectionId}`,
      'customer_single',
    )
  }
  const same = existing.find((connection) => connection.providerId === providerId)
  if (same !== undefined && !another) throw alreadyConnected(same)
  return { existing, gone: known.filter(({ status }) => status === DISCONNECTED) }
}

/** Connections that Finch no longer has leave the lists when another takes their place. */
async function endReplaced(app: App, gone: readonly Connection[], by: Connection): Promise<void> {
  const replaced = gone.filter(
    ({ providerId, connectionId }) => providerId === by.providerId && connectionId !== by.connectionId,
  )
  await end(app, replaced)
}

/** Their records stay. */
async function end({ store, host }: App, gone: readonly Connection[]): Promise<void> {
  await store.atomically(async () => {
    for (const { connectionId, customerId } of gone) {
      await store.connections.end(connectionId, host.now().toISOString())
      await store.events.record('ended', { connectionId, customerId })
    }
  })
}
