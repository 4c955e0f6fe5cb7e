/**
 * The schema, one step per released version, run by Kysely's migrator in one transaction under a lock.
 * SQLite's `user_version` tells the number of steps taken, so that an up-to-date store opens without asking further.
 */
import { type Kysely, type Migration, Migrator, sql } from 'kysely'
import { Problem } from '../problem.ts'
import type { Sqlite } from './engine.ts'
import { damaged } from './errors.ts'
import type { Exclusively } from './sqlite.ts'
import type { Tables } from './tables.ts'

const first: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)`.execute(db)
    await sql`CREATE TABLE customers (
      customer_id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT, single INTEGER NOT NULL CHECK (single IN (0, 1)),
      created_at TEXT NOT NULL, UNIQUE (customer_id, single))`.execute(db)
    // customer_single repeats the customer's `single` and the foreign key keeps it true; with it the partial unique
    // index below lets the database itself refuse the second live connection of a one-to-one customer.
    await sql`CREATE TABLE connections (
      connection_id TEXT PRIMARY KEY, customer_id TEXT NOT NULL, customer_single INTEGER NOT NULL,
      finch_customer_id TEXT NOT NULL, alias TEXT UNIQUE, provider_id TEXT NOT NULL, company_id TEXT, company_name TEXT,
      ein_ending TEXT, environment TEXT NOT NULL, origin TEXT NOT NULL, connection_type TEXT NOT NULL, status TEXT NOT NULL,
      status_message TEXT, last_successful_sync TEXT, products TEXT NOT NULL, requested_products TEXT NOT NULL,
      authentication_methods TEXT NOT NULL, fingerprint TEXT NOT NULL, vault TEXT NOT NULL,
      token_saved_at TEXT NOT NULL, generation INTEGER NOT NULL, created_at TEXT NOT NULL, reauthenticated_at TEXT,
      checked_at TEXT, ended_at TEXT,
      FOREIGN KEY (customer_id, customer_single) REFERENCES customers (customer_id, single) ON UPDATE CASCADE)`.execute(
      db,
    )
    await sql`CREATE UNIQUE INDEX one_connection_of_single ON connections (customer_id)
      WHERE customer_single = 1 AND ended_at IS NULL`.execute(db)
    await sql`CREATE INDEX connections_of_customer ON connections (customer_id, created_at)`.execute(db)
    await sql`CREATE TABLE entities (
      connection_id TEXT NOT NULL REFERENCES connections (connection_id) ON DELETE CASCADE, entity_id TEXT NOT NULL,
      name TEXT, source_id TEXT, status TEXT, position INTEGER NOT NULL, PRIMARY KEY (connection_id, entity_id))`.execute(
      db,
    )
    await sql`CREATE TABLE sessions (
      session_id TEXT PRIMARY KEY, kind TEXT NOT NULL, customer_id TEXT NOT NULL, finch_customer_id TEXT NOT NULL,
      connection_id TEXT, provider_id TEXT, status TEXT NOT NULL, created_at TEXT NOT NULL, expires_at TEXT NOT NULL)`.execute(
      db,
    )
    await sql`CREATE INDEX sessions_of_customer ON sessions (customer_id, created_at)`.execute(db)
    await sql`CREATE TABLE flows (
      flow_id TEXT PRIMARY KEY, kind TEXT NOT NULL, phase TEXT NOT NULL, environment TEXT NOT NULL, origin TEXT NOT NULL,
      client_id TEXT NOT NULL, customer_id TEXT NOT NULL, finch_customer_id TEXT NOT NULL, session_id TEXT,
      expected_connection_id TEXT, expected_provider_id TEXT, expected_generation INTEGER NOT NULL,
      requested_products TEXT NOT NULL, state_digest TEXT NOT NULL, redirect_uri TEXT NOT NULL, sealed_code BLOB,
      code_at TEXT, sent INTEGER NOT NULL, sealed_answer BLOB, connection_id TEXT, reason TEXT,
      started_at TEXT NOT NULL, updated_at TEXT NOT NULL)`.execute(db)
    // Every command asks for unfinished logins; the finished ones, nearly all, are not in this index.
    await sql`CREATE INDEX unfinished_flows ON flows (started_at) WHERE phase NOT IN ('done', 'abandoned')`.execute(db)
    await sql`CREATE TABLE events (
      event_id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, kind TEXT NOT NULL, customer_id TEXT,
      connection_id TEXT, detail TEXT NOT NULL)`.execute(db)
    await sql`CREATE INDEX events_of_connection ON events (connection_id, event_id)`.execute(db)
    await sql`CREATE TABLE vault_facts (vault_id BLOB NOT NULL, format INTEGER NOT NULL, created_at TEXT NOT NULL)`.execute(
      db,
    )
    await sql`CREATE TABLE vault_keys (
      key_id TEXT PRIMARY KEY, state TEXT NOT NULL, kdf TEXT NOT NULL, kdf_params TEXT NOT NULL, salt BLOB NOT NULL,
      nonce BLOB NOT NULL, wrapped_key BLOB NOT NULL, commitment BLOB NOT NULL, created_at TEXT NOT NULL)`.execute(db)
    await sql`CREATE TABLE vault_rows (
      environment TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, origin TEXT NOT NULL, client_id TEXT NOT NULL,
      generation INTEGER NOT NULL, key_id TEXT NOT NULL, format INTEGER NOT NULL, salt BLOB NOT NULL,
      nonce BLOB NOT NULL, sealed BLOB NOT NULL, created_at TEXT NOT NULL, PRIMARY KEY (environment, name))`.execute(db)
  },
}

const decisions: Migration = {
  async up(db: Kysely<unknown>) {
    // Finch's ids only: what people said about two individuals, never who they are.
    await sql`CREATE TABLE decisions (
      decision_id INTEGER PRIMARY KEY AUTOINCREMENT, customer_id TEXT NOT NULL REFERENCES customers (customer_id) ON DELETE CASCADE,
      a_connection_id TEXT NOT NULL, a_individual_id TEXT NOT NULL, b_connection_id TEXT NOT NULL, b_individual_id TEXT NOT NULL,
      verdict TEXT NOT NULL, contradiction_seen INTEGER NOT NULL, decided_at TEXT NOT NULL,
      UNIQUE (customer_id, a_connection_id, a_individual_id, b_connection_id, b_individual_id))`.execute(db)
  },
}

const codeOrder: Migration = {
  async up(db: Kysely<unknown>) {
    // Which of two logins got its code later, by a count: a clock that was set back must not decide which token is newer.
    await sql`ALTER TABLE flows ADD COLUMN code_order INTEGER`.execute(db)
    await sql`CREATE INDEX flows_of_connection ON flows (connection_id, code_order)`.execute(db)
    await sql`CREATE INDEX flows_by_code_order ON flows (code_order)`.execute(db)
    await sql`CREATE INDEX unverified_connections ON connections (connection_id) WHERE status = 'unknown'`.execute(db)
    // Whether a new token is another connection's, too.
    await sql`CREATE INDEX connections_by_fingerprint ON connections (fingerprint)`.execute(db)
    await sql`CREATE INDEX open_sessions ON sessions (expires_at) WHERE status = 'open'`.execute(db)
  },
}

const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '001_first': first,
  '002_decisions': decisions,
  '003_code_order': codeOrder,
}

/** Brings the schema up to date; a store written by a newer finchconn is refused untouched. */
export async function migrate(db: Kysely<Tables>, database: Sqlite, exclusively: Exclusively): Promise<void> {
  const known = Object.keys(MIGRATIONS).length
  const taken = () => Number(database.pragma('user_version', { simple: true }))
  if (taken() > known) {
    throw new Problem(
      'unavailable',
      `this store was written by a newer finchconn (schema ${taken()}, known here: ${known})`,
      {
        code: 'store_newer',
        hint: 'update finchconn; the store was left untouched',
      },
    )
  }
  if (taken() === known) return
  await exclusively(async () => {
    if (taken() >= known) return
    const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } })
    const { error } = await migrator.migrateToLatest()
    if (error !== undefined) throw halfMade(error, database.name)
    database.pragma(`user_version = ${known}`)
  })
}

/** Version 0.1 could be interrupted in the middle of its first migration; such a store never held anything. */
function halfMade(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return code === 'SQLITE_ERROR' ? damaged(path, 'its tables are not those of any version of finchconn', error) : error
}
