import type { Kysely, Selectable } from 'kysely'
import { type Flow, type FlowPhase, UNFINISHED_PHASES } from '../domain/flow.ts'
import type { Tables } from './tables.ts'

/** Room kept in the row for the sealed answer, so that the one commit that matters needs no new disk space. */
const RESERVED_BYTES = 8_192

/** What may change in a flow once it has started. */
export type FlowChange = Partial<
  Pick<
    Flow,
    'sessionId' | 'finchCustomerId' | 'sealedCode' | 'codeAt' | 'sent' | 'sealedAnswer' | 'connectionId' | 'reason'
  >
>

export type Flows = ReturnType<typeof flowsIn>

/** The journal of attempts, in SQL. */
export function flowsIn(db: () => Kysely<Tables>, now: () => Date) {
  return {
    async start(
      flow: Omit<
        Flow,
        | 'phase'
        | 'sealedCode'
        | 'codeAt'
        | 'sent'
        | 'sealedAnswer'
        | 'connectionId'
        | 'reason'
        | 'startedAt'
        | 'updatedAt'
      >,
    ): Promise<void> {
      const at = now().toISOString()
      await db()
        .insertInto('flows')
        .values({
          flow_id: flow.flowId,
          kind: flow.kind,
          phase: 'started',
          environment: flow.environment,
          origin: flow.origin,
          client_id: flow.clientId,
          customer_id: flow.customerId,
          finch_customer_id: flow.finchCustomerId,
          session_id: flow.sessionId,
          expected_connection_id: flow.expectedConnectionId,
          expected_provider_id: flow.expectedProviderId,
          expected_generation: flow.expectedGeneration,
          requested_products: JSON.stringify(flow.requestedProducts),
          state_digest: flow.stateDigest,
          redirect_uri: flow.redirectUri,
          sealed_code: null,
          code_at: null,
          sent: 0,
          sealed_answer: Buffer.alloc(RESERVED_BYTES),
          connection_id: null,
          reason: null,
          started_at: at,
          updated_at: at,
        })
        .execute()
    },

    /** Records a phase and what it learnt, in one commit. */
    async move(flowId: string, phase: FlowPhase, change: FlowChange = {}): Promise<void> {
      await db()
        .updateTable('flows')
        .set({
          phase,
          updated_at: now().toISOString(),
          ...(change.sessionId === undefined ? {} : { session_id: change.sessionId }),
          ...(change.finchCustomerId === undefined ? {} : { finch_customer_id: change.finchCustomerId }),
          ...(change.sealedCode === undefined ? {} : { sealed_code: change.sealedCode }),
          ...(change.codeAt === undefined ? {} : { code_at: change.codeAt }),
          ...(change.sent === undefined ? {} : { sent: change.sent }),
          ...(change.sealedAnswer === undefined ? {} : { sealed_answer: change.sealedAnswer }),
          ...(change.connectionId === undefined ? {} : { connection_id: change.connectionId }),
          ...(change.reason === undefined ? {} : { reason: change.reason }),
        })
        .where('flow_id', '=', flowId)
        .execute()
    },

    async find(flowId: string): Promise<Flow | null> {
      const row = await db().selectFrom('flows').selectAll().where('flow_id', '=', flowId).executeTakeFirst()
      return row === undefined ? null : fromRow(row)
    },

    /** Attempts that were cut short, oldest first. */
    async unfinished(): Promise<Flow[]> {
      const rows = await db()
        .selectFrom('flows')
        .selectAll()
        // Said in the index's own words as well: SQLite uses a partial index only when it sees its condition.
        .where('phase', 'not in', ['done', 'abandoned'])
        .where('phase', 'in', UNFINISHED_PHASES)
        .orderBy('started_at')
        .execute()
      return rows.map(fromRow)
    },
  }
}

function fromRow(row: Selectable<Tables['flows']>): Flow {
  return {
    flowId: row.flow_id,
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
    requestedProducts: JSON.parse(row.requested_products) as string[],
    stateDigest: row.state_digest,
    redirectUri: row.redirect_uri,
    sealedCode: row.sealed_code,
    codeAt: row.code_at,
    sent: row.sent,
    // The reserved room reads as nothing until an answer was sealed into it.
    sealedAnswer: row.sealed_answer?.some((byte) => byte !== 0) ? row.sealed_answer : null,
    connectionId: row.connection_id,
    reason: row.reason,
    startedAt: row.started_at,
    updatedAt: row.updated_at,
  }
}
