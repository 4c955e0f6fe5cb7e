import type { App } from '../app.ts'
import { closest, didYouMean } from '../domain/closest.ts'
import type { Connection } from '../domain/connection.ts'
import type { Customer } from '../domain/customer.ts'
import { DISCONNECTED, referenceTo } from '../domain/standing.ts'
import { Problem } from '../problem.ts'
import type { CustomerWithCount } from '../store/customers.ts'

/**
 * The one connection a word names: id, prefix of 4 or more, alias, `customer/provider`, or a customer with one connection.
 * Throws Problem 3 with candidates.
 */
export async function findConnection(app: Pick<App, 'store'>, word: string): Promise<Connection> {
  const found = await readings(app, word)
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  if (only !== undefined) {
    const candidates = found.slice(0, 8).map((one) => `${one.connectionId} (${one.customerId}/${one.providerId})`)
    throw new Problem('not_found', `${word} matches ${found.length} connections: ${candidates.join(', ')}`, {
      code: 'ambiguous_connection',
      hint: `name one of them, such as ${referenceTo(only)}`,
    })
  }
  if (await app.store.customers.find(word)) {
    throw new Problem('not_found', `customer ${word} has no connections`, {
      code: 'no_connections',
      hint: `finchconn connect --customer ${word}`,
    })
  }
  if (word.length < 4 && !word.includes('/')) {
    throw new Problem('not_found', `${word} is too short to identify a connection`, {
      code: 'unknown_connection',
      hint: 'a prefix has at least 4 characters; see finchconn list',
    })
  }
  const near = closest(word, await app.store.connections.names())
  throw new Problem('not_found', `connection "${word}" not found`, {
    code: 'unknown_connection',
    hint: didYouMean(near, 'see them all: finchconn list'),
  })
}

/** Every connection the word may mean. */
async function readings({ store }: Pick<App, 'store'>, word: string): Promise<Connection[]> {
  const named = await store.connections.named(word)
  if (named.some(({ connectionId }) => connectionId === word)) return named
  const ofCustomer = await store.connections.list({ customerId: word })
  // An alias that a customer was given for one of its own connections is the closer reading of that word.
  const alias = named.find((one) => one.alias === word)
  if (alias !== undefined && named.length === 1 && (ofCustomer.length === 0 || alias.customerId === word)) return named
  const all = [...new Map([...named, ...ofCustomer].map((one) => [one.connectionId, one])).values()]
  // A prefix is read as it stands; of what a customer has, connections that Finch no longer has are not meant.
  if (!word.includes('/') && ofCustomer.length === 0) return all
  const live = all.filter(({ status }) => status !== DISCONNECTED)
  return live.length === 1 ? live : all
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
  return new Problem('not_found', `customer "${customerId}" not found`, {
    code: 'unknown_customer',
    hint: didYouMean(near, otherwise),
  })
}
