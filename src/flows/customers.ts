import type { App } from '../app.ts'
import { type Customer, checkCustomerId, checkEmail, checkName } from '../domain/customer.ts'

export interface CustomerWish {
  readonly customerId: string
  readonly name?: string | undefined
  readonly email?: string | undefined
  readonly single?: boolean | undefined
}

/** A customer as it would be created. Throws Problem 2 for a bad id, name or address. */
export function newCustomer({ host }: Pick<App, 'host'>, wish: CustomerWish): Customer {
  const customerId = checkCustomerId(wish.customerId)
  return {
    customerId,
    name: checkName(wish.name ?? customerId),
    email: wish.email === undefined ? null : checkEmail(wish.email),
    single: wish.single === true,
    createdAt: host.now().toISOString(),
  }
}

/** Creates a customer and records it. Throws Problem 11 when it exists. */
export async function createCustomer({ store }: Pick<App, 'store'>, customer: Customer): Promise<void> {
  await store.atomically(async () => {
    await store.customers.create(customer)
    await store.events.record('customer_created', { customerId: customer.customerId })
  })
}
