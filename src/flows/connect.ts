/** connect: a customer's employer goes through Finch Connect and a new connection is saved. */
import type { App, FinchSide } from '../app.ts'
import type { Connection } from '../domain/connection.ts'
import { shortId } from '../domain/connection.ts'
import type { Customer } from '../domain/customer.ts'
import { DISCONNECTED } from '../domain/standing.ts'
import type { ConnectSession } from '../finch/answers.ts'
import { FinchRefusal } from '../finch/refusals.ts'
import { Problem } from '../problem.ts'
import { attempt } from './attempt.ts'
import { createCustomer } from './create-customer.ts'
import { isGone } from './learn.ts'
import type { Tell } from './news.ts'
import { remarkSharedToken } from './token.ts'

export interface ConnectWish {
  readonly customer: Customer
  /** It is to be created, once Finch has agreed to a session for it. */
  readonly isNew: boolean
  readonly providerId: string | null
  readonly authMethod: string | null
  readonly products: readonly string[]
  readonly manual: boolean
  readonly sandbox: 'finch' | 'provider' | null
  /** Make another connection even where one to this provider exists; each is billed. */
  readonly another: boolean
  readonly timeoutMs: number
  /** How long to queue behind another login on this machine; 0 fails at once. */
  readonly waitMs: number
}

/** Ids that Finch is asked about, one request each: more connections than that are not lost one by one. */
const MOST_ASKED = 10

/** Throws AlreadyConnected (11) when the customer has such a connection and `another` is not set. */
export async function connect(app: App, wish: ConnectWish, tell: Tell): Promise<Connection> {
  const { customer, providerId } = wish
  const known = await app.store.connections.list({ customerId: customer.customerId })
  const existing = known.filter(({ status }) => status !== DISCONNECTED)
  const gone = known.filter(({ status }) => status === DISCONNECTED)
  if (customer.single && existing[0] !== undefined) {
    throw new AlreadyConnected(
      existing[0],
      `customer ${customer.customerId} is --single and is already connected as ${existing[0].connectionId}`,
      'customer_single',
    )
  }
  const same = existing.find((connection) => connection.providerId === providerId)
  if (same !== undefined && !wish.another) throw alreadyConnected(same)
  // The database lets a one-to-one customer have the next connection only once the last one is over.
  if (customer.single) await end(app, gone)
  const connection = await attempt(
    app,
    {
      kind: 'connect',
      customerId: customer.customerId,
      customerName: customer.name,
      finchCustomerId: customer.customerId,
      target: null,
      connectionId: null,
      providerId,
      products: wish.products,
      timeoutMs: wish.timeoutMs,
      waitMs: wish.waitMs,
      openSession: (finch, minutes) => openSession(app, finch, wish, existing, minutes, tell),
    },
    tell,
  )
  const replaced = gone.filter((one) => one.providerId === connection.providerId)
  await end(
    app,
    replaced.filter((one) => one.connectionId !== connection.connectionId),
  )
  await remarkSharedToken(app, connection, tell)
  return connection
}

/** Connections that Finch no longer has leave the lists when another takes their place; their records stay. */
async function end({ store, host }: App, gone: readonly Connection[]): Promise<void> {
  await store.atomically(async () => {
    for (const { connectionId, customerId } of gone) {
      await store.connections.end(connectionId, host.now().toISOString())
      await store.events.record('ended', { connectionId, customerId })
    }
  })
}

/** What is there already, so that the caller can offer to log in again. */
export class AlreadyConnected extends Problem {
  readonly connection: Connection

  constructor(connection: Connection, message: string, code = 'already_connected') {
    const again = `finchconn reauth ${shortId(connection.connectionId)}`
    const hint =
      code === 'customer_single'
        ? `log in again with ${again}`
        : `log in again with ${again}, or add --another for a second, separately billed connection`
    super('conflict', message, { code, hint })
    this.connection = connection
  }
}

function alreadyConnected(connection: Connection): AlreadyConnected {
  return new AlreadyConnected(
    connection,
    `${connection.customerId} is already connected to ${connection.providerId}, as ${connection.connectionId}`,
  )
}

/**
 * Finch may keep one connection per customer id. A customer's further connections then go under a derived id (`acme--2`),
 * which happens by itself when another provider is meant and only on request when the same one is.
 */
async function openSession(
  app: App,
  finch: FinchSide,
  wish: ConnectWish,
  existing: readonly Connection[],
  minutes: number,
  tell: Tell,
): Promise<{ session: ConnectSession; finchCustomerId: string }> {
  const { customer } = wish
  let isNew = wish.isNew
  // Once Finch has agreed to a session for the id, or already knows it: then it is no typo.
  const create = async () => {
    if (isNew) await createCustomer(app, customer)
    isNew = false
  }
  const used = new Set(await app.store.connections.finchCustomerIds(customer.customerId))
  const inTheWay = new Set<string>()
  for (let number = 1, asked = 0; asked < MOST_ASKED; number += 1) {
    const finchCustomerId = number === 1 ? customer.customerId : `${customer.customerId}--${number}`
    if (number > 1 && used.has(finchCustomerId)) continue
    asked += 1
    try {
      const session = await finch.client.createSession({
        customerId: finchCustomerId,
        customerName: customer.name,
        customerEmail: customer.email,
        products: wish.products,
        providerId: wish.providerId,
        authMethod: wish.authMethod,
        manual: wish.manual,
        sandbox: wish.sandbox,
        redirectUri: app.config.redirectUri,
        minutesToExpire: minutes,
      })
      await create()
      if (number > 1) tell({ kind: 'derived', finchCustomerId, because: existing.map(({ providerId }) => providerId) })
      return { session, finchCustomerId }
    } catch (error) {
      if (!(error instanceof FinchRefusal) || error.finchCode !== 'connection_already_exists') throw error
      await create()
      await mayDerive(app, wish, existing, error)
      // Named again under a fresh id, the connection is in the way of the employer, not of the id.
      if (error.connectionId !== null && inTheWay.has(error.connectionId)) throw noneFree(customer, error)
      if (error.connectionId !== null) inTheWay.add(error.connectionId)
    }
  }
  throw noneFree(customer, null)
}

function noneFree({ customerId }: Customer, refusal: FinchRefusal | null): Problem {
  const why =
    refusal === null
      ? `Finch already has a connection under each of the ids that ${customerId} may go by`
      : `Finch refuses another connection for ${customerId} under any id: ${refusal.connectionId} is in the way`
  return new Problem('conflict', why, {
    code: 'connection_already_exists',
    hint:
      refusal === null
        ? 'the Finch dashboard exports all connections; recover one with finchconn reauth <id> --customer'
        : `finchconn reauth ${refusal.connectionId} --customer ${customerId} recovers that one`,
    requestId: refusal?.requestId ?? null,
  })
}

/** Throws unless another connection is what is wanted. */
async function mayDerive(
  app: App,
  wish: ConnectWish,
  existing: readonly Connection[],
  refusal: FinchRefusal,
): Promise<void> {
  if (wish.another) return
  const known = refusal.connectionId === null ? null : await app.store.connections.find(refusal.connectionId)
  if (known !== null && known.customerId === wish.customer.customerId) {
    if (wish.providerId !== null && known.providerId !== wish.providerId) return
    throw alreadyConnected(known)
  }
  if (wish.providerId !== null && existing.length > 0 && refusal.connectionId === null) return
  const which = refusal.connectionId === null ? 'a connection' : `the connection ${refusal.connectionId}`
  throw new Problem('conflict', `Finch has ${which} for ${wish.customer.customerId}, but this store does not know it`, {
    code: 'connection_already_exists',
    hint:
      refusal.connectionId === null
        ? 'its token may be in another profile or machine, or lost; --another makes a second, separately billed connection'
        : `its token may be in another profile or machine, or lost: finchconn reauth ${refusal.connectionId} --customer ${wish.customer.customerId} gets a new one; --another makes a second, separately billed connection`,
    requestId: refusal.requestId,
    cause: refusal,
  })
}

export interface AdoptWish {
  readonly customer: Customer
  readonly connectionId: string
  readonly products: readonly string[]
  readonly timeoutMs: number
  /** How long to queue behind another login on this machine; 0 fails at once. */
  readonly waitMs: number
}

/**
 * Takes up a connection that Finch has and this store does not, for instance because its token was lost: the employer
 * logs in again, and the token is taken only if it belongs to that connection and customer.
 */
export async function adopt(app: App, wish: AdoptWish, tell: Tell): Promise<Connection> {
  const { customer, connectionId } = wish
  return attempt(
    app,
    {
      kind: 'connect',
      customerId: customer.customerId,
      customerName: customer.name,
      finchCustomerId: customer.customerId,
      target: null,
      connectionId,
      providerId: null,
      products: wish.products,
      timeoutMs: wish.timeoutMs,
      waitMs: wish.waitMs,
      openSession: async (finch, minutes) => ({
        finchCustomerId: customer.customerId,
        session: await openReauth(app, finch, wish, minutes),
      }),
    },
    tell,
  )
}

async function openReauth(
  app: App,
  finch: FinchSide,
  { customer, connectionId }: AdoptWish,
  minutesToExpire: number,
): Promise<ConnectSession> {
  try {
    const { redirectUri } = app.config
    return await finch.client.createReauthSession({ connectionId, redirectUri, minutesToExpire })
  } catch (error) {
    if (!isGone(error)) throw error
    throw new Problem('not_found', `Finch has no connection ${connectionId}: it was disconnected, or is not yours`, {
      code: 'connection_gone',
      hint: `check the id; finchconn connect --customer ${customer.customerId} makes a new connection`,
      requestId: error.requestId,
      cause: error,
    })
  }
}
