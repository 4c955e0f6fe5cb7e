import type { Kysely, Selectable } from 'kysely'
import type { Customer } from '../domain/customer.ts'
import { Problem } from '../problem.ts'
import type { Tables } from './tables.ts'

export interface CustomerWithCount extends Customer {
  readonly connections: number
}

export type Customers = ReturnType<typeof customersIn>

/** Customers, in SQL. `db` is asked for at each call, so that a running transaction is joined. */
export function customersIn(db: () => Kysely<Tables>) {
  const withCount = () =>
    db()
      .selectFrom('customers')
      .selectAll('customers')
      .select((select) =>
        select
          .selectFrom('connections')
          .whereRef('connections.customer_id', '=', 'customers.customer_id')
          .where('ended_at', 'is', null)
          .select((count) => count.fn.countAll<number>().as('count'))
          .as('connections'),
      )

  return {
    async create(customer: Customer): Promise<void> {
      const result = await db()
        .insertInto('customers')
        .values({
          customer_id: customer.customerId,
          name: customer.name,
          email: customer.email,
          single: Number(customer.single),
          created_at: customer.createdAt,
        })
        .onConflict((conflict) => conflict.column('customer_id').doNothing())
        .executeTakeFirst()
      if (result.numInsertedOrUpdatedRows === 0n) {
        throw new Problem('conflict', `customer ${customer.customerId} already exists`, {
          code: 'customer_exists',
          hint: `finchconn customers show ${customer.customerId}`,
        })
      }
    },

    async find(customerId: string): Promise<CustomerWithCount | null> {
      const row = await withCount().where('customer_id', '=', customerId).executeTakeFirst()
      return row === undefined ? null : fromRow(row)
    },

    async list(): Promise<CustomerWithCount[]> {
      const rows = await withCount().orderBy('customer_id').execute()
      return rows.map(fromRow)
    },

    async edit(customerId: string, change: { name?: string; email?: string | null; single?: boolean }): Promise<void> {
      const set = {
        ...(change.name === undefined ? {} : { name: change.name }),
        ...(change.email === undefined ? {} : { email: change.email }),
        ...(change.single === undefined ? {} : { single: Number(change.single) }),
      }
      if (Object.keys(set).length === 0) return
      try {
        await db().updateTable('customers').set(set).where('customer_id', '=', customerId).execute()
      } catch (error) {
        if (!isConstraint(error)) throw error
        throw new Problem('conflict', `customer ${customerId} has several connections and cannot become --single`, {
          code: 'customer_has_connections',
          hint: `finchconn list --customer ${customerId}`,
          cause: error,
        })
      }
    },

    /** Removes a customer; the foreign key of its connections, ended ones too, forbids it while any is recorded. */
    async remove(customerId: string): Promise<void> {
      try {
        await db().deleteFrom('customers').where('customer_id', '=', customerId).execute()
      } catch (error) {
        if (!isConstraint(error)) throw error
        throw new Problem('conflict', `customer ${customerId} still has connections`, {
          code: 'customer_has_connections',
          hint: `finchconn list --customer ${customerId}`,
          cause: error,
        })
      }
    },
  }
}

export function isConstraint(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_CONSTRAINT')
}

function fromRow(row: Selectable<Tables['customers']> & { connections: number | null }): CustomerWithCount {
  return {
    customerId: row.customer_id,
    name: row.name,
    email: row.email,
    single: row.single === 1,
    createdAt: row.created_at,
    connections: row.connections ?? 0,
  }
}
