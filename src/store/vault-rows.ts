import { type Kysely, sql } from 'kysely'
import type { Tables } from './tables.ts'

/** Whatever there is of the sealed vault's head; whole, it has facts and a key. */
export interface VaultHead {
  readonly facts: Tables['vault_facts'] | null
  readonly key: Tables['vault_keys'] | null
  readonly hasRows: boolean
}

/**
 * The sealed vault's rows, for the vault to read and write: everything here is sealed before it comes.
 * Its shape is the vault's own `SealedRows`, which this room does not import; `app.ts` puts the two together.
 */
export function vaultRowsIn(db: () => Kysely<Tables>) {
  return {
    /** Facts, active key and whether there are rows, in one statement: between two a vault could be made. */
    async head(): Promise<VaultHead> {
      const rows = db().selectFrom('vault_rows').select('name').limit(1).as('rows')
      const row = await db()
        .selectFrom(sql<{ one: number }>`(SELECT 1 AS one)`.as('always'))
        .leftJoin('vault_facts', (join) => join.onTrue())
        .leftJoin('vault_keys', (join) => join.on('vault_keys.state', '=', 'active'))
        .leftJoin(rows, (join) => join.onTrue())
        .select([
          'vault_facts.vault_id',
          'vault_facts.format',
          'vault_facts.created_at',
          'vault_keys.key_id',
          'vault_keys.state',
          'vault_keys.kdf',
          'vault_keys.kdf_params',
          'vault_keys.salt',
          'vault_keys.nonce',
          'vault_keys.wrapped_key',
          'vault_keys.commitment',
          'vault_keys.created_at as key_created_at',
          'rows.name as any_row',
        ])
        .executeTakeFirstOrThrow()
      return {
        facts: row.vault_id === null ? null : (row as Tables['vault_facts']),
        key: row.key_id === null ? null : ({ ...row, created_at: row.key_created_at } as Tables['vault_keys']),
        hasRows: row.any_row !== null,
      }
    },
    async saveFacts(facts: Tables['vault_facts']): Promise<void> {
      await db().insertInto('vault_facts').values(facts).execute()
    },
    async saveKey(key: Tables['vault_keys']): Promise<void> {
      await db().insertInto('vault_keys').values(key).execute()
    },
    async row(environment: Tables['vault_rows']['environment'], name: string): Promise<Tables['vault_rows'] | null> {
      const query = db()
        .selectFrom('vault_rows')
        .selectAll()
        .where('environment', '=', environment)
        .where('name', '=', name)
      return (await query.executeTakeFirst()) ?? null
    },
    async saveRow(row: Tables['vault_rows']): Promise<void> {
      await db()
        .insertInto('vault_rows')
        .values(row)
        .onConflict((conflict) => conflict.columns(['environment', 'name']).doUpdateSet(row))
        .execute()
    },
    async removeRow(environment: Tables['vault_rows']['environment'], name: string): Promise<void> {
      await db().deleteFrom('vault_rows').where('environment', '=', environment).where('name', '=', name).execute()
    },
  }
}
