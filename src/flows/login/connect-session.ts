/** The session of a new connection, and the customer ids it may go by at Finch. */
import type { App } from '../../app.ts'
import { type Connection, shortId } from '../../domain/connection.ts'
import type { Customer } from '../../domain/customer.ts'
import { FinchRefusal } from '../../finch/refusals.ts'
import { Problem } from '../../problem.ts'
import type { CodeOf, ProblemCode } from '../../problem-codes.ts'
import type { Login, OpenedSession } from './login.ts'
import { linkMinutes, recordSession } from './session.ts'

/** What is asked of Finch for a new connection. */
export interface ConnectOptions {
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
}

/** Ids that Finch is asked about, one request each: more connections than that are not lost one by one. */
const MOST_ASKED = 10

/**
 * Finch may keep one connection per customer id. A customer's further connections then go under a derived id (`acme--2`),
 * which happens by itself when another provider is meant and only on request when the same one is.
 */
export async function openConnectSession(
  login: Login,
  options: ConnectOptions,
  existing: readonly Connection[],
): Promise<OpenedSession> {
  const { app, finch, report } = login
  const { customer } = options
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
        products: options.products,
        providerId: options.providerId,
        authMethod: options.authMethod,
        manual: options.manual,
        sandbox: options.sandbox,
        redirectUri: app.config.redirectUri,
        minutesToExpire: linkMinutes(login),
      })
      if (number > 1)
        report({ kind: 'derived', finchCustomerId, because: existing.map(({ providerId }) => providerId) })
      return await recordSession(login, { session, finchCustomerId })
    } catch (error) {
      if (!(error instanceof FinchRefusal) || error.finchCode !== 'connection_already_exists') throw error
      await mayDerive(app, options, existing, error)
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
  options: ConnectOptions,
  existing: readonly Connection[],
  refusal: FinchRefusal,
): Promise<void> {
  if (options.another) return
  const known = refusal.connectionId === null ? null : await app.store.connections.find(refusal.connectionId)
  if (known !== null && known.customerId === options.customer.customerId) {
    if (options.providerId !== null && known.providerId !== options.providerId) return
    throw alreadyConnected(known)
  }
  if (options.providerId !== null && existing.length > 0 && refusal.connectionId === null) return
  const which = refusal.connectionId === null ? 'a connection' : `the connection ${refusal.connectionId}`
  throw new Problem(
    'conflict',
    `Finch has ${which} for ${options.customer.customerId}, but this store does not know it`,
    {
      code: 'connection_already_exists',
      hint:
        refusal.connectionId === null
          ? 'its token may be in another profile or machine, or lost; --another makes a second, separately billed connection'
          : `its token may be in another profile or machine, or lost: finchconn reauth ${refusal.connectionId} --customer ${options.customer.customerId} gets a new one; --another makes a second, separately billed connection`,
      requestId: refusal.requestId,
      cause: refusal,
    },
  )
}

/** Whether Finch knew the customer's id when it refused: then the id is no typo. */
export function isKnownAtFinch(error: unknown): boolean {
  const known: readonly ProblemCode[] = ['connection_already_exists', 'already_connected']
  return error instanceof Problem && known.includes(error.code)
}

/** What is there already, so that the caller can offer to log in again. */
export class AlreadyConnected extends Problem {
  readonly connection: Connection

  constructor(connection: Connection, message: string, code: CodeOf<'conflict'> = 'already_connected') {
    const again = `finchconn reauth ${shortId(connection.connectionId)}`
    const hint =
      code === 'customer_single'
        ? `log in again with ${again}`
        : `log in again with ${again}, or add --another for a second, separately billed connection`
    super('conflict', message, { code, hint })
    this.connection = connection
  }
}

export function alreadyConnected(connection: Connection): AlreadyConnected {
  return new AlreadyConnected(
    connection,
    `${connection.customerId} is already connected to ${connection.providerId}, as ${connection.connectionId}`,
  )
}
