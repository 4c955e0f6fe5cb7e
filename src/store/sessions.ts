import { type Kysely, sql } from 'kysely'
import type { Session } from '../domain/login.ts'
import type { Tables } from './tables.ts'

export type Sessions = ReturnType<typeof sessionsIn>

/** Every Connect link ever issued: for whom, until when, what became of it. The link itself is not kept. */
export function sessionsIn(db: () => Kysely<Tables>) {
  return {
    async add(session: Session): Promise<void> {
      await db()
        .insertInto('sessions')
        .values({
          session_id: session.sessionId,
          kind: session.kind,
          customer_id: session.customerId,
          finch_customer_id: session.finchCustomerId,
          connection_id: session.connectionId,
          provider_id: session.providerId,
          status: session.status,
          created_at: session.createdAt,
          expires_at: session.expiresAt,
        })
        .onConflict((conflict) => conflict.column('session_id').doNothing())
        .execute()
    },

    /** Links whose time is over are closed, so that `open` means that one can still be used. */
    async expire(now: Date): Promise<void> {
      await db()
        .updateTable('sessions')
        .set({ status: 'expired' })
        .where(sql<boolean>`status = 'open'`)
        .where('expires_at', '<=', now.toISOString())
        .execute()
    },

    async mark(sessionId: string, status: Session['status'], connectionId?: string): Promise<void> {
      await db()
        .updateTable('sessions')
        .set({ status, ...(connectionId === undefined ? {} : { connection_id: connectionId }) })
        .where('session_id', '=', sessionId)
        .execute()
    },
  }
}
