import { type Kysely, type Selectable, sql } from 'kysely'
import type { Connection, Entity } from '../domain/connection.ts'
import { Problem } from '../problem.ts'
import { fromRow, refusedRow, toRow } from './connection-rows.ts'
import { isConstraint } from './customers.ts'
import type { Tables } from './tables.ts'

export interface ConnectionFilter {
  readonly customerId?: string
  readonly providerId?: string
  readonly status?: string
  /** Only those not checked since this time (ISO). */
  readonly checkedBefore?: string
  /** Disconnected ones too. */
  readonly ended?: boolean
}

/** Facts that a check may learn anew; what is absent is left as it was. */
export type Refreshed = Partial<
  Pick<
    Connection,
    | 'status'
    | 'statusMessage'
    | 'lastSuccessfulSync'
    | 'products'
    | 'companyId'
    | 'companyName'
    | 'einEnding'
    | 'authenticationMethods'
    | 'entities'
    | 'checkedAt'
  >
>

export type Connections = ReturnType<typeof connectionsIn>

/** Connections and their entities, in SQL. */
export function connectionsIn(db: () => Kysely<Tables>) {
  async function complete(rows: Selectable<Tables['connections']>[]): Promise<Connection[]> {
    if (rows.length === 0) return []
    let query = db().selectFrom('entities').selectAll().orderBy('position')
    // A long list of ids would meet SQLite's limit on parameters; a whole table is cheaper to read as a whole.
    if (rows.length <= 500) {
      query = query.where(
        'connection_id',
        'in',
        rows.map((row) => row.connection_id),
      )
    }
    const entities = new Map<string, Entity[]>()
    for (const row of await query.execute()) {
      const list = entities.get(row.connection_id) ?? []
      list.push({ entityId: row.entity_id, name: row.name, sourceId: row.source_id, status: row.status })
      entities.set(row.connection_id, list)
    }
    return rows.map((row) => fromRow(row, entities.get(row.connection_id) ?? []))
  }

  async function replaceEntities(connectionId: string, entities: readonly Entity[]): Promise<void> {
    await db().deleteFrom('entities').where('connection_id', '=', connectionId).execute()
    if (entities.length === 0) return
    const rows = entities.map((entity, position) => ({
      connection_id: connectionId,
      entity_id: entity.entityId,
      name: entity.name,
      source_id: entity.sourceId,
      status: entity.status,
      position,
    }))
    await db().insertInto('entities').values(rows).execute()
  }

  const live = () => db().selectFrom('connections').selectAll().where('ended_at', 'is', null)

  return {
    async find(connectionId: string): Promise<Connection | null> {
      const row = await db()
        .selectFrom('connections')
        .selectAll()
        .where('connection_id', '=', connectionId)
        .executeTakeFirst()
      return row === undefined ? null : ((await complete([row]))[0] ?? null)
    },

    async list(filter: ConnectionFilter = {}): Promise<Connection[]> {
      let query = filter.ended === true ? db().selectFrom('connections').selectAll() : live()
      if (filter.customerId !== undefined) query = query.where('customer_id', '=', filter.customerId)
      if (filter.providerId !== undefined) query = query.where('provider_id', '=', filter.providerId)
      if (filter.status !== undefined) query = query.where('status', '=', filter.status)
      const { checkedBefore } = filter
      if (checkedBefore !== undefined) {
        query = query.where((is) => is.or([is('checked_at', 'is', null), is('checked_at', '<', checkedBefore)]))
      }
      return complete(await query.orderBy('customer_id').orderBy('created_at').orderBy('connection_id').execute())
    },

    /** Those Finch has not told of yet. The condition is literal, so that its partial index serves it. */
    async unverified(): Promise<Connection[]> {
      return complete(await live().where(sql<boolean>`status = 'unknown'`).orderBy('connection_id').execute())
    },

    /** Every connection the word may mean: its id, alias, `customer/provider`, or a prefix of 4 or more characters. */
    async named(word: string): Promise<Connection[]> {
      const byId = await db().selectFrom('connections').selectAll().where('connection_id', '=', word).execute()
      if (byId.length > 0) return complete(byId)
      const slash = word.lastIndexOf('/')
      if (slash > 0) {
        const [customer, provider] = [word.slice(0, slash), word.slice(slash + 1)]
        return complete(await live().where('customer_id', '=', customer).where('provider_id', '=', provider).execute())
      }
      // An alias given before another connection's id began the same is as good a reading as that prefix: both are told.
      const readings = await db()
        .selectFrom('connections')
        .selectAll()
        .where((is) =>
          is.or([
            is('alias', '=', word),
            ...(word.length < 4
              ? []
              : [is.and([is('connection_id', '>=', word), is('connection_id', '<', `${word}\uffff`)])]),
          ]),
        )
        .limit(20)
        .execute()
      return complete(readings)
    },

    /** The statuses that connections here have. */
    async statuses(): Promise<string[]> {
      const rows = await db().selectFrom('connections').select('status').distinct().orderBy('status').execute()
      return rows.map((row) => row.status)
    },

    /** The providers that connections here go through. */
    async providers(): Promise<string[]> {
      const rows = await db()
        .selectFrom('connections')
        .select('provider_id')
        .distinct()
        .orderBy('provider_id')
        .execute()
      return rows.map((row) => row.provider_id)
    },

    /** Other connections whose token has this fingerprint. */
    async othersWithToken(fingerprint: string, connectionId: string): Promise<string[]> {
      const rows = await live()
        .where('fingerprint', '=', fingerprint)
        .where('connection_id', '!=', connectionId)
        .limit(20)
        .execute()
      return rows.map((row) => row.connection_id)
    },

    /** Takes a connection that Finch no longer has out of the lists; its record stays. */
    async end(connectionId: string, at: string): Promise<void> {
      await db().updateTable('connections').set({ ended_at: at }).where('connection_id', '=', connectionId).execute()
    },

    /** Ids and aliases to suggest when a word named nothing. */
    async names(limit = 2_000): Promise<string[]> {
      const rows = await live().limit(limit).execute()
      return rows.flatMap((row) => [
        row.connection_id,
        ...(row.alias === null ? [] : [row.alias]),
        `${row.customer_id}/${row.provider_id}`,
      ])
    },

    async add(connection: Connection, customerSingle: boolean): Promise<void> {
      try {
        await db()
          .insertInto('connections')
          .values({ ...toRow(connection), customer_single: Number(customerSingle), ended_at: null })
          .execute()
      } catch (error) {
        throw isConstraint(error) ? refusedRow(connection, error) : error
      }
      await replaceEntities(connection.connectionId, connection.entities)
    },

    /**
     * Writes a newer token's facts over the connection, if it is still at `generation`: compare-and-swap, so that of two
     * swaps at once the later one learns that it is late.
     */
    async swap(connection: Connection, generation: number): Promise<boolean> {
      const { connection_id, customer_id, created_at, alias, ...set } = toRow(connection)
      const result = await db()
        .updateTable('connections')
        .set({ ...set, ended_at: null })
        .where('connection_id', '=', connection_id)
        .where('customer_id', '=', customer_id)
        .where('generation', '=', generation)
        .executeTakeFirst()
      if (result.numUpdatedRows !== 1n) return false
      await replaceEntities(connection_id, connection.entities)
      return true
    },

    async refresh(connectionId: string, facts: Refreshed): Promise<void> {
      const { entities, products, authenticationMethods, ...plain } = facts
      const set = {
        ...(plain.status === undefined ? {} : { status: plain.status }),
        ...(plain.statusMessage === undefined ? {} : { status_message: plain.statusMessage }),
        ...(plain.lastSuccessfulSync === undefined ? {} : { last_successful_sync: plain.lastSuccessfulSync }),
        ...(plain.companyId === undefined ? {} : { company_id: plain.companyId }),
        ...(plain.companyName === undefined ? {} : { company_name: plain.companyName }),
        ...(plain.einEnding === undefined ? {} : { ein_ending: plain.einEnding }),
        ...(plain.checkedAt === undefined ? {} : { checked_at: plain.checkedAt }),
        ...(products === undefined ? {} : { products: JSON.stringify(products) }),
        ...(authenticationMethods === undefined
          ? {}
          : { authentication_methods: JSON.stringify(authenticationMethods) }),
      }
      if (Object.keys(set).length > 0) {
        await db().updateTable('connections').set(set).where('connection_id', '=', connectionId).execute()
      }
      if (entities !== undefined) await replaceEntities(connectionId, entities)
    },

    /** Ids that begin with a word, two at most. */
    async beginningWith(alias: string): Promise<string[]> {
      const rows = await db()
        .selectFrom('connections')
        .select('connection_id')
        .where('connection_id', '>=', alias)
        .where('connection_id', '<', `${alias}\uffff`)
        .limit(2)
        .execute()
      return rows.map((row) => row.connection_id)
    },

    async rename(connectionId: string, alias: string | null): Promise<void> {
      try {
        await db().updateTable('connections').set({ alias }).where('connection_id', '=', connectionId).execute()
      } catch (error) {
        if (!isConstraint(error)) throw error
        throw new Problem('conflict', `the alias ${alias} is already in use`, {
          code: 'alias_taken',
          hint: `finchconn show ${alias}`,
          cause: error,
        })
      }
    },

    /** The ids this customer goes by at Finch, for choosing a free derived one. */
    async finchCustomerIds(customerId: string): Promise<string[]> {
      const rows = await db()
        .selectFrom('connections')
        .select('finch_customer_id')
        .where('customer_id', '=', customerId)
        .execute()
      return rows.map((row) => row.finch_customer_id)
    },
  }
}
