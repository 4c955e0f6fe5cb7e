import type { App } from '../app.ts'
import { closest } from '../domain/closest.ts'
import type { Connection } from '../domain/connection.ts'
import type { Customer } from '../domain/customer.ts'
import { Problem } from '../problem.ts'
import type { CustomerWithCount } from '../store/customers.ts'

/** The one connection a word names: id, prefix of 4 or more, alias, or `customer/provider`. Throws Problem 3 with candidates. */
export async function findConnection(app: Pick<App, 'store'>, word: string): Promise<Connection> {
  const found = await app.store.connections.named(word)
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  if (only !== undefined) {
    const candidates = found.slice(0, 8).map((one) => `${one.connectionId} (${one.customerId}/${one.providerId})`)
    throw new Problem('not_found', `${word} may be any of ${found.length} connections: ${candidates.join(', ')}`, {
      code: 'ambiguous_connection',
      hint: 'write more of the id',
    })
  }
  if (word.length < 4 && !word.includes('/')) {
    throw new Problem('not_found', `${word} is too short to name a connection`, {
      code: 'unknown_connection',
      hint: 'a prefix has at least 4 characters; see finchconn list',
    })
  }
  const near = closest(word, await app.store.connections.names())
  throw new Problem('not_found', `no connection ${word}`, {
    code: 'unknown_connection',
    hint: near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'see them all: finchconn list',
  })
}

export async function findCustomer(app: Pick<App, 'store'>, customerId: string): Promise<CustomerWithCount> {
  const customer = await app.store.customers.find(customerId)
  if (customer === null) throw await unknownCustomer(app, customerId)
  return customer
}

export async function unknownCustomer(
  app: Pick<App, 'store'>,
  customerId: string,
  otherwise = 'see them all: finchconn customers list',
): Promise<Problem> {
  const known = (await app.store.customers.list()).map((one: Customer) => one.customerId)
  const near = closest(customerId, known)
  return new Problem('not_found', `no customer ${customerId}`, {
    code: 'unknown_customer',
    hint: near.length > 0 ? `did you mean ${near.join(' or ')}?` : otherwise,
  })
}
