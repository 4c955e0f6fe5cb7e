import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

/**
 * The sealed vault's rows, for the vault to read and write: everything here is sealed before it comes.
 * Its shape is the vault's own `SealedRows`, which this room does not import; `app.ts` puts the two together.
 */
export function vaultRowsIn(db: () => Kysely<Tables>) {
  return {
    async facts(): Promise<Tables['vault_facts'] | null> {
      return (await db().selectFrom('vault_facts').selectAll().executeTakeFirst()) ?? null
    },
    async saveFacts(facts: Tables['vault_facts']): Promise<void> {
      await db().insertInto('vault_facts').values(facts).execute()
    },
    async activeKey(): Promise<Tables['vault_keys'] | null> {
      return (await db().selectFrom('vault_keys').selectAll().where('state', '=', 'active').executeTakeFirst()) ?? null
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
