/**
 * adopt: takes up a connection that Finch has and this store does not, for instance because its token was lost. The
 * employer logs in again, and the token is taken only if it belongs to that connection and customer.
 */
import type { App } from '../../app.ts'
import type { Connection } from '../../domain/connection.ts'
import type { Customer } from '../../domain/customer.ts'
import type { FinchRefusal } from '../../finch/refusals.ts'
import { Problem } from '../../problem.ts'
import { isGone } from '../learn.ts'
import type { Report } from './events.ts'
import { complete } from './land.ts'
import { localBrowser } from './local-browser.ts'
import type { Expected, Patience } from './login.ts'
import { openReauthSession } from './session.ts'
import { withLogin } from './with-login.ts'

export interface AdoptOptions {
  readonly customer: Customer
  readonly connectionId: string
  readonly products: readonly string[]
}

export async function adopt(app: App, options: AdoptOptions, patience: Patience, report: Report): Promise<Connection> {
  const start = { app, expected: expectedOf(options), patience, report, openSource: localBrowser }
  return withLogin(start, async (login, source) => {
    const session = await openReauthSession(login, options.connectionId).catch((error: unknown) => {
      throw isGone(error) ? gone(options, error) : error
    })
    await source.open(session) // P2: the link is printed and opened
    return source.firstThatLands(complete(login)) // P3 to P8: a code is saved, redeemed, verified and committed
  })
}

function expectedOf({ customer, connectionId, products }: AdoptOptions): Expected {
  return {
    kind: 'connect',
    customerId: customer.customerId,
    customerName: customer.name,
    finchCustomerId: customer.customerId,
    target: null,
    connectionId,
    providerId: null,
    products,
  }
}

function gone({ customer, connectionId }: AdoptOptions, error: FinchRefusal): Problem {
  return new Problem('not_found', `Finch has no connection ${connectionId}: it was disconnected, or is not yours`, {
    code: 'connection_gone',
    hint: `check the id; finchconn connect --customer ${customer.customerId} makes a new connection`,
    requestId: error.requestId,
    cause: error,
  })
}
