/** The one door to Kysely, with a driver that takes the write lock at the start of a transaction. */
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteDialect,
  SqliteDriver,
} from 'kysely'
import { whenFree } from './busy.ts'
import type { Sqlite } from './engine.ts'
import { storeTrouble } from './errors.ts'
import type { Tables } from './tables.ts'

/**
 * SQLite's plain BEGIN takes no lock until the first write, and two processes that both read first would then refuse
 * each other at once, whatever the busy time. BEGIN IMMEDIATE waits its turn instead.
 */
class WriterDriver extends SqliteDriver {
  readonly #database: Sqlite
  readonly #path: string

  constructor(database: Sqlite, path: string) {
    super({ database })
    this.#database = database
    this.#path = path
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    return new SpokenConnection(await super.acquireConnection(), this.#database, this.#path)
  }

  /** SQLite itself rolls back on a full disk and on I/O errors; a second rollback would hide that error. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#database.inTransaction) await super.rollbackTransaction(connection)
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }
}

/** Passes queries on, waits for a busy store, and turns SQLite's errors into sentences. */
class SpokenConnection implements DatabaseConnection {
  readonly #inner: DatabaseConnection
  readonly #database: Sqlite
  readonly #path: string

  constructor(inner: DatabaseConnection, database: Sqlite, path: string) {
    this.#inner = inner
    this.#database = database
    this.#path = path
  }

  /** Outside a transaction, a statement that found the store busy has done nothing and may be repeated. */
  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    try {
      return await whenFree(
        () => this.#inner.executeQuery<R>(query),
        () => !this.#database.inTransaction,
      )
    } catch (error) {
      throw storeTrouble(error, this.#path)
    }
  }

  streamQuery<R>(query: CompiledQuery, chunkSize?: number): AsyncIterableIterator<QueryResult<R>> {
    return this.#inner.streamQuery<R>(query, chunkSize)
  }
}

/** Kysely takes SQLite for a database that cannot change tables in a transaction; it can, and half a schema is none. */
class WriterAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

class WriterDialect extends SqliteDialect {
  readonly #database: Sqlite
  readonly #path: string

  constructor(database: Sqlite, path: string) {
    super({ database })
    this.#database = database
    this.#path = path
  }

  override createAdapter(): SqliteAdapter {
    return new WriterAdapter()
  }

  override createDriver(): Driver {
    return new WriterDriver(this.#database, this.#path)
  }
}

export function kyselyOver(database: Sqlite, path: string): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new WriterDialect(database, path) })
}
