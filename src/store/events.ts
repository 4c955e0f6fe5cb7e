import type { Kysely } from 'kysely'
import { readObject } from './errors.ts'
import type { Tables } from './tables.ts'

export interface Event {
  readonly at: string
  readonly kind: string
  readonly detail: Readonly<Record<string, unknown>>
}

export type Events = ReturnType<typeof eventsIn>

/** What happened to customers and connections, in order. Never a secret in `detail`. */
export function eventsIn(db: () => Kysely<Tables>, now: () => Date) {
  return {
    async record(
      kind: string,
      about: { customerId?: string; connectionId?: string },
      detail: Record<string, unknown> = {},
    ): Promise<void> {
      await db()
        .insertInto('events')
        .values({
          at: now().toISOString(),
          kind,
          customer_id: about.customerId ?? null,
          connection_id: about.connectionId ?? null,
          detail: JSON.stringify(detail),
        })
        .execute()
    },

    /** The newest events of a connection, oldest first. */
    async ofConnection(connectionId: string, limit = 50): Promise<Event[]> {
      const rows = await db()
        .selectFrom('events')
        .select(['at', 'kind', 'detail'])
        .where('connection_id', '=', connectionId)
        .orderBy('event_id', 'desc')
        .limit(limit)
        .execute()
      return rows.reverse().map((row) => ({
        at: row.at,
        kind: row.kind,
        detail: readObject(row.detail, `the history of connection ${connectionId}`),
      }))
    },
  }
}
