/** connect: a customer's employer goes through Finch Connect and a new connection is saved. */
import type { App, FinchSide } from '../app.ts'
import type { Connection } from '../domain/connection.ts'
import { shortId } from '../domain/connection.ts'
import type { Customer } from '../domain/customer.ts'
import type { ConnectSession } from '../finch/answers.ts'
import { FinchRefusal } from '../finch/refusals.ts'
import { Problem } from '../problem.ts'
import { attempt } from './attempt.ts'
import { createCustomer } from './create-customer.ts'
import type { Tell } from './news.ts'

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

/** Derived ids are tried up to here; nobody has this many logins to one provider. */
const MOST_DERIVED = 100

/** Throws AlreadyConnected (11) when the customer has such a connection and `another` is not set. */
export async function connect(app: App, wish: ConnectWish, tell: Tell): Promise<Connection> {
  const { customer, providerId } = wish
  const existing = await app.store.connections.list({ customerId: customer.customerId })
  if (customer.single && existing[0] !== undefined) {
    throw new AlreadyConnected(
      existing[0],
      `customer ${customer.customerId} is --single and is connected already as ${existing[0].connectionId}`,
      'customer_single',
    )
  }
  const same = existing.find((connection) => connection.providerId === providerId)
  if (same !== undefined && !wish.another) throw alreadyConnected(same)
  return attempt(
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
  for (let number = 1; number <= MOST_DERIVED; number += 1) {
    const finchCustomerId = number === 1 ? customer.customerId : `${customer.customerId}--${number}`
    if (number > 1 && used.has(finchCustomerId)) continue
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
      if (number > 1) tell({ kind: 'derived', finchCustomerId, because: existing[0]?.providerId ?? null })
      return { session, finchCustomerId }
    } catch (error) {
      if (!(error instanceof FinchRefusal) || error.finchCode !== 'connection_already_exists') throw error
      await create()
      await mayDerive(app, wish, existing, error)
    }
  }
  throw new Problem(
    'conflict',
    `Finch has a connection under every id from ${customer.customerId} to ${customer.customerId}--${MOST_DERIVED}`,
    { code: 'connection_already_exists' },
  )
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
  throw new Problem('conflict', `Finch has ${which} for ${wish.customer.customerId}, and this store does not know it`, {
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
        session: await finch.client.createReauthSession({
          connectionId,
          redirectUri: app.config.redirectUri,
          minutesToExpire: minutes,
        }),
      }),
    },
    tell,
  )
}
