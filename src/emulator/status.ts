import type { Connection, Status } from './state.ts'

/** Every status a connection can have. */
export const STATUSES = [
  'pending',
  'processing',
  'connected',
  'reauth',
  'error_no_account_setup',
  'error_permissions',
] as const satisfies readonly Status[]

/** What the first data sync of an assisted connection ends in. */
export function finishSync(connection: Connection, now: number): void {
  connection.lastSync = now
  setStatus(connection, 'connected')
}

/** Of the connection and of every entity that is still part of it. */
export function setStatus(connection: Connection, status: Status): void {
  connection.status = status
  for (const entity of connection.entities) if (entity.status !== 'disconnected') entity.status = status
}
