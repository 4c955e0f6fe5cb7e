import { type Kysely, type Selectable, sql } from 'kysely'
import { KEY_NOT_FOUND, type LoginPhase, type LoginRecord, type NewLogin, type WithheldLogin } from '../domain/login.ts'
import { readList } from './errors.ts'
import type { Tables } from './tables.ts'

/** What may change in a login once it has started. */
export type LoginChange = Partial<
  Pick<
    LoginRecord,
    'sessionId' | 'finchCustomerId' | 'sealedCode' | 'codeAt' | 'sent' | 'sealedAnswer' | 'connectionId' | 'reason'
  >
>

export type Logins = ReturnType<typeof loginsIn>

/**
 * The condition of the partial index, as literal text: SQLite cannot prove that a bound parameter fulfils it, and would
 * read every finished login.
 */
const UNFINISHED = sql<boolean>`phase NOT IN ('done', 'abandoned')`

/** The journal of logins, in SQL. */
export function loginsIn(db: () => Kysely<Tables>, now: () => Date) {
  const unfinishedRows = () => db().selectFrom('flows').where(UNFINISHED).orderBy('started_at')

  return {
    async start(login: NewLogin): Promise<void> {
      const at = now().toISOString()
      await db()
        .insertInto('flows')
        .values({
          flow_id: login.loginId,
          kind: login.kind,
          phase: 'proving',
          environment: login.environment,
          origin: login.origin,
          client_id: login.clientId,
          customer_id: login.customerId,
          finch_customer_id: login.finchCustomerId,
          session_id: login.sessionId,
          expected_connection_id: login.expectedConnectionId,
          expected_provider_id: login.expectedProviderId,
          expected_generation: login.expectedGeneration,
          requested_products: JSON.stringify(login.requestedProducts),
          state_digest: login.stateDigest,
          redirect_uri: login.redirectUri,
          sealed_code: null,
          code_at: null,
          code_order: null,
          sent: 0,
          sealed_answer: null,
          connection_id: null,
          reason: null,
          started_at: at,
          updated_at: at,
        })
        .execute()
    },

    /**
     * Records a phase and what it learned, in one commit, if the login is still in the phase `from`; answers whether it was.
     * A code that comes gets the next number of the store's count.
     */
    async move(loginId: string, from: LoginPhase, to: LoginPhase, change: LoginChange = {}): Promise<boolean> {
      const result = await db()
        .updateTable('flows')
        .set({
          phase: to,
          updated_at: now().toISOString(),
          ...(to === 'code' ? { code_order: sql<number>`(SELECT coalesce(max(code_order), 0) + 1 FROM flows)` } : {}),
          ...(change.sessionId === undefined ? {} : { session_id: change.sessionId }),
          ...(change.finchCustomerId === undefined ? {} : { finch_customer_id: change.finchCustomerId }),
          ...(change.sealedCode === undefined ? {} : { sealed_code: change.sealedCode }),
          ...(change.codeAt === undefined ? {} : { code_at: change.codeAt }),
          ...(change.sent === undefined ? {} : { sent: change.sent }),
          ...(change.sealedAnswer === undefined ? {} : { sealed_answer: change.sealedAnswer }),
          ...(change.connectionId === undefined ? {} : { connection_id: change.connectionId }),
          ...(change.reason === undefined ? {} : { reason: change.reason }),
        })
        .where('flow_id', '=', loginId)
        .where('phase', '=', from)
        .executeTakeFirst()
      return result.numUpdatedRows === 1n
    },

    async find(loginId: string): Promise<LoginRecord | null> {
      const row = await db().selectFrom('flows').selectAll().where('flow_id', '=', loginId).executeTakeFirst()
      return row === undefined ? null : fromRow(row)
    },

    /** Ids of logins that were cut short, oldest first. What was quarantined waits for a person and is not among them. */
    async unfinished(): Promise<string[]> {
      const rows = await unfinishedRows().select('flow_id').where('phase', '!=', 'quarantined').execute()
      return rows.map((row) => row.flow_id)
    },

    /** Logins that hold a token nobody can use yet: quarantined, unverified, or without their key. Oldest first. */
    async withheld(): Promise<WithheldLogin[]> {
      const rows = await unfinishedRows()
        .select([
          'flow_id',
          'kind',
          'phase',
          'customer_id',
          'expected_connection_id',
          'connection_id',
          'reason',
          'updated_at',
        ])
        .where((is) => is.or([is('phase', 'in', ['quarantined', 'unverified']), is('reason', '=', KEY_NOT_FOUND)]))
        .execute()
      return rows.map((row) => ({
        loginId: row.flow_id,
        kind: row.kind,
        phase: row.phase,
        customerId: row.customer_id,
        expectedConnectionId: row.expected_connection_id,
        connectionId: row.connection_id,
        reason: row.reason,
        updatedAt: row.updated_at,
      }))
    },

    /** Whether a login whose code came after `order` has put its token on this connection. */
    async hasNewer(connectionId: string, order: number): Promise<boolean> {
      const row = await db()
        .selectFrom('flows')
        .select('flow_id')
        .where('connection_id', '=', connectionId)
        .where('code_order', '>', order)
        .where('phase', 'in', ['committed', 'done'])
        .limit(1)
        .executeTakeFirst()
      return row !== undefined
    },

    /** The Finch application that the connection's newest token was made for; null where no login is on record. */
    async applicationOf(connectionId: string): Promise<string | null> {
      const row = await db()
        .selectFrom('flows')
        .select('client_id')
        .where('connection_id', '=', connectionId)
        .where('phase', 'in', ['committed', 'done'])
        .orderBy('code_order', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row?.client_id ?? null
    },

    /** Of these ids, those of logins that are not over. */
    async standing(loginIds: readonly string[]): Promise<string[]> {
      const rows = await db()
        .selectFrom('flows')
        .select('flow_id')
        .where('flow_id', 'in', loginIds)
        .where('phase', 'not in', ['done', 'abandoned'])
        .execute()
      return rows.map((row) => row.flow_id)
    },
  }
}

function fromRow(row: Selectable<Tables['flows']>): LoginRecord {
  return {
    loginId: row.flow_id,
    kind: row.kind,
    phase: row.phase,
    environment: row.environment,
    origin: row.origin,
    clientId: row.client_id,
    customerId: row.customer_id,
    finchCustomerId: row.finch_customer_id,
    sessionId: row.session_id,
    expectedConnectionId: row.expected_connection_id,
    expectedProviderId: row.expected_provider_id,
    expectedGeneration: row.expected_generation,
    requestedProducts: readList(row.requested_products, `the login ${row.flow_id}`) as string[],
    stateDigest: row.state_digest,
    redirectUri: row.redirect_uri,
    sealedCode: row.sealed_code,
    codeAt: row.code_at,
    codeOrder: row.code_order,
    sent: row.sent,
    // Rows of version 0.1 hold zeros where no answer was saved.
    sealedAnswer: row.sealed_answer?.some((byte) => byte !== 0) ? row.sealed_answer : null,
    connectionId: row.connection_id,
    reason: row.reason,
    startedAt: row.started_at,
    updatedAt: row.updated_at,
  }
}
