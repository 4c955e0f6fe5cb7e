import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

/** An individual by Finch's ids. */
export interface Individual {
  readonly connectionId: string
  readonly individualId: string
}

export interface Decision {
  readonly a: Individual
  readonly b: Individual
  readonly verdict: 'same' | 'different'
  /** It was given although hard evidence spoke against it, and somebody had seen that. */
  readonly contradictionSeen: boolean
}

export interface SavedDecision extends Decision {
  readonly decisionId: number
  readonly decidedAt: string
}

export type Decisions = ReturnType<typeof decisionsIn>

/** What people decided about pairs of individuals of one customer. A pair has one decision; a later one replaces it. */
export function decisionsIn(db: () => Kysely<Tables>, now: () => Date) {
  return {
    async save(customerId: string, decision: Decision): Promise<void> {
      // Said of b and a it is the same pair: the smaller one stands first.
      const [a, b] = keyOf(decision.a) < keyOf(decision.b) ? [decision.a, decision.b] : [decision.b, decision.a]
      const said = {
        verdict: decision.verdict,
        contradiction_seen: Number(decision.contradictionSeen),
        decided_at: now().toISOString(),
      }
      await db()
        .insertInto('decisions')
        .values({
          customer_id: customerId,
          a_connection_id: a.connectionId,
          a_individual_id: a.individualId,
          b_connection_id: b.connectionId,
          b_individual_id: b.individualId,
          ...said,
        })
        .onConflict((conflict) =>
          conflict
            .columns(['customer_id', 'a_connection_id', 'a_individual_id', 'b_connection_id', 'b_individual_id'])
            .doUpdateSet(said),
        )
        .execute()
    },

    async ofCustomer(customerId: string): Promise<SavedDecision[]> {
      const rows = await db()
        .selectFrom('decisions')
        .selectAll()
        .where('customer_id', '=', customerId)
        .orderBy('decision_id')
        .execute()
      return rows.map((row) => ({
        decisionId: row.decision_id,
        a: { connectionId: row.a_connection_id, individualId: row.a_individual_id },
        b: { connectionId: row.b_connection_id, individualId: row.b_individual_id },
        verdict: row.verdict,
        contradictionSeen: row.contradiction_seen === 1,
        decidedAt: row.decided_at,
      }))
    },

    /** False when there was none of this number. */
    async undo(customerId: string, decisionId: number): Promise<boolean> {
      const result = await db()
        .deleteFrom('decisions')
        .where('customer_id', '=', customerId)
        .where('decision_id', '=', decisionId)
        .executeTakeFirst()
      return result.numDeletedRows === 1n
    },
  }
}

function keyOf({ connectionId, individualId }: Individual): string {
  return `${connectionId}\u0000${individualId}`
}
