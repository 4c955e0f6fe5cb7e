import type { App } from '../app.ts'
import { type Customer, checkCustomerId, checkEmail, checkName } from '../domain/customer.ts'

export interface CustomerWish {
  readonly customerId: string
  readonly name?: string | undefined
  readonly email?: string | undefined
  readonly single?: boolean | undefined
}

/** Creates a customer and records it. Throws Problem 2 for a bad id, name or address, 11 when it exists. */
export async function createCustomer(
  { store, host }: Pick<App, 'store' | 'host'>,
  wish: CustomerWish,
): Promise<Customer> {
  const customerId = checkCustomerId(wish.customerId)
  const customer: Customer = {
    customerId,
    name: checkName(wish.name ?? customerId),
    email: wish.email === undefined ? null : checkEmail(wish.email),
    single: wish.single === true,
    createdAt: host.now().toISOString(),
  }
  await store.atomically(async () => {
    await store.customers.create(customer)
    await store.events.record('customer_created', { customerId })
  })
  return customer
}
