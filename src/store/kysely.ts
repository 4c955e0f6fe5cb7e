/** The one door to Kysely, with a driver that takes the write lock at the start of a transaction. */
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteDialect,
  SqliteDriver,
} from 'kysely'
import type { Sqlite } from './engine.ts'
import { storeTrouble } from './sqlite.ts'
import type { Tables } from './tables.ts'

/**
 * SQLite's plain BEGIN takes no lock until the first write, and two processes that both read first would then refuse
 * each other at once, whatever the busy time. BEGIN IMMEDIATE waits its turn instead.
 */
class WriterDriver extends SqliteDriver {
  readonly #path: string

  constructor(database: Sqlite, path: string) {
    super({ database })
    this.#path = path
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    return new SpokenConnection(await super.acquireConnection(), this.#path)
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }
}

/** Passes queries on and says SQLite's troubles in words. */
class SpokenConnection implements DatabaseConnection {
  readonly #inner: DatabaseConnection
  readonly #path: string

  constructor(inner: DatabaseConnection, path: string) {
    this.#inner = inner
    this.#path = path
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    try {
      return await this.#inner.executeQuery<R>(query)
    } catch (error) {
      throw storeTrouble(error, this.#path)
    }
  }

  streamQuery<R>(query: CompiledQuery, chunkSize?: number): AsyncIterableIterator<QueryResult<R>> {
    return this.#inner.streamQuery<R>(query, chunkSize)
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

  override createDriver(): Driver {
    return new WriterDriver(this.#database, this.#path)
  }
}

export function kyselyOver(database: Sqlite, path: string): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new WriterDialect(database, path) })
}
