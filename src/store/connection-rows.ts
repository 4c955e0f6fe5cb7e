/** A connection as SQL has it, both ways; and which rule a row that was refused has broken. */
import type { Selectable } from 'kysely'
import type { AuthenticationMethod, Connection, Entity } from '../domain/connection.ts'
import { Problem } from '../problem.ts'
import { readList } from './errors.ts'
import type { Tables } from './tables.ts'

/** Which rule of the database refused a new connection: its key, its customer, or the one-connection rule. */
export function refusedRow({ connectionId, customerId }: Connection, error: unknown): Problem {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'SQLITE_CONSTRAINT_PRIMARYKEY') {
    return new Problem('conflict', `connection ${connectionId} was saved by another process in the meantime`, {
      code: 'in_progress',
      retryable: true,
      cause: error,
    })
  }
  if (code === 'SQLITE_CONSTRAINT_FOREIGNKEY') {
    return new Problem('conflict', `customer ${customerId} was changed or removed in the meantime`, {
      code: 'customer_changed',
      cause: error,
    })
  }
  return new Problem('conflict', `customer ${customerId} is --single and already has its connection`, {
    code: 'customer_single',
    hint: `finchconn list --customer ${customerId}`,
    cause: error,
  })
}

export function toRow(connection: Connection): Omit<Tables['connections'], 'customer_single' | 'ended_at'> {
  return {
    connection_id: connection.connectionId,
    customer_id: connection.customerId,
    finch_customer_id: connection.finchCustomerId,
    alias: connection.alias,
    provider_id: connection.providerId,
    company_id: connection.companyId,
    company_name: connection.companyName,
    ein_ending: connection.einEnding,
    environment: connection.environment,
    origin: connection.origin,
    connection_type: connection.connectionType,
    status: connection.status,
    status_message: connection.statusMessage,
    last_successful_sync: connection.lastSuccessfulSync,
    products: JSON.stringify(connection.products),
    requested_products: JSON.stringify(connection.requestedProducts),
    authentication_methods: JSON.stringify(connection.authenticationMethods),
    fingerprint: connection.fingerprint,
    vault: connection.vault,
    token_saved_at: connection.tokenSavedAt,
    generation: connection.generation,
    created_at: connection.createdAt,
    reauthenticated_at: connection.reauthenticatedAt,
    checked_at: connection.checkedAt,
  }
}

export function fromRow(row: Selectable<Tables['connections']>, entities: Entity[]): Connection {
  const where = `the record of connection ${row.connection_id}`
  return {
    connectionId: row.connection_id,
    customerId: row.customer_id,
    finchCustomerId: row.finch_customer_id,
    alias: row.alias,
    providerId: row.provider_id,
    companyId: row.company_id,
    companyName: row.company_name,
    einEnding: row.ein_ending,
    environment: row.environment,
    origin: row.origin,
    connectionType: row.connection_type,
    status: row.status,
    statusMessage: row.status_message,
    lastSuccessfulSync: row.last_successful_sync,
    products: readList(row.products, where) as string[],
    requestedProducts: readList(row.requested_products, where) as string[],
    entities,
    authenticationMethods: readList(row.authentication_methods, where) as AuthenticationMethod[],
    fingerprint: row.fingerprint,
    vault: row.vault,
    tokenSavedAt: row.token_saved_at,
    generation: row.generation,
    createdAt: row.created_at,
    reauthenticatedAt: row.reauthenticated_at,
    checkedAt: row.checked_at,
  }
}
