import type { App } from '../app.ts'
import { type Connection, TOKEN_MISSING } from '../domain/connection.ts'
import { fingerprint } from '../domain/fingerprint.ts'
import type { Secret } from '../domain/secret.ts'
import { Problem } from '../problem.ts'

/**
 * The token of one connection, from the vault and for that connection only. Throws Problem 5 when it is missing (a state
 * of this connection, remembered as such), 9 when it is not the one on record, or belongs to another environment or Finch.
 */
export async function tokenOf(app: App, connection: Connection): Promise<Secret> {
  if (connection.environment !== app.config.environment) {
    throw new Problem(
      'mismatch',
      `connection ${connection.connectionId} belongs to the environment ${connection.environment}, and this profile is set to ${app.config.environment}`,
      {
        code: 'other_environment',
        hint: 'use another profile for another environment, or correct FINCHCONN_ENVIRONMENT',
      },
    )
  }
  if (connection.origin !== app.origin) {
    throw new Problem(
      'mismatch',
      `the token of ${connection.connectionId} belongs to ${connection.origin} and is not sent anywhere else`,
      {
        code: 'other_origin',
        hint: 'check FINCHCONN_API_URL, or use another profile for another Finch',
      },
    )
  }
  const vault = await app.vault()
  const token = await vault.get(connection.connectionId, 'token')
  if (token === null) {
    await app.store.connections.refresh(connection.connectionId, { status: TOKEN_MISSING, statusMessage: null })
    throw new Problem(
      'reauth_needed',
      `the token of connection ${connection.connectionId} is not in the ${vault.place}`,
      {
        code: 'token_missing',
        hint: `finchconn reauth ${connection.connectionId} gets a new one; the connection and its bill go on until then`,
      },
    )
  }
  if (fingerprint(token) !== connection.fingerprint) {
    throw new Problem(
      'mismatch',
      `the token in the ${vault.place} is not the one on record for ${connection.connectionId}`,
      {
        code: 'token_differs',
        hint: `it was not used; finchconn reauth ${connection.connectionId} puts both right`,
      },
    )
  }
  return token
}
