import type { App } from '../app.ts'
import type { Connection } from '../domain/connection.ts'
import { fingerprint } from '../domain/fingerprint.ts'
import type { Secret } from '../domain/secret.ts'
import { DISCONNECTED, TOKEN_MISSING } from '../domain/standing.ts'
import { Problem } from '../problem.ts'
import type { Vault } from '../vault/vault.ts'
import { learn } from './learn.ts'
import type { Report } from './login/events.ts'

/**
 * The token of one connection, from the vault and for that connection only. Throws Problem 5 when it is missing (a state
 * of this connection, remembered as such), 9 when it is not the one on record, or belongs to another environment, Finch or
 * application.
 */
export async function tokenOf(app: App, connection: Connection): Promise<Secret> {
  if (connection.environment !== app.config.environment) {
    throw new Problem(
      'mismatch',
      `connection ${connection.connectionId} is in the ${connection.environment} environment, but this profile is set to ${app.config.environment}`,
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
  await refuseOtherApplication(app, connection)
  const vault = await app.vault()
  const token = await vault.get(connection.connectionId, 'token')
  if (token !== null && fingerprint(token) === connection.fingerprint) return token
  return secondLook(app, vault, connection)
}

/** Where no client id is set nothing can be compared, and none is needed. */
async function refuseOtherApplication({ config, store }: App, { connectionId }: Connection): Promise<void> {
  const madeFor = config.clientId === null ? null : await store.logins.applicationOf(connectionId)
  if (madeFor === null || madeFor === config.clientId) return
  throw new Problem(
    'mismatch',
    `the token of ${connectionId} belongs to the Finch application ${madeFor}, and this is ${config.clientId}`,
    {
      code: 'other_application',
      hint: 'use another profile for another application, or correct FINCH_CLIENT_ID',
    },
  )
}

const LOOK_AGAIN_MS = 10_000

/**
 * Record and token are two readings, and a login may have replaced both between them: they are read again while nobody
 * changes this connection, and judged then.
 */
async function secondLook(app: App, vault: Vault, { connectionId }: Connection): Promise<Secret> {
  const lock = await app.store.lockSoon(`connection.${connectionId}`, LOOK_AGAIN_MS)
  if (lock === null) {
    throw new Problem('conflict', `another process is changing connection ${connectionId}`, {
      code: 'in_progress',
      hint: 'run it again once the other is done',
      retryable: true,
    })
  }
  try {
    const connection = await app.store.connections.find(connectionId)
    const token = await vault.get(connectionId, 'token')
    if (connection !== null && token === null) throw await missing(app, vault, connection)
    if (connection !== null && token !== null && fingerprint(token) === connection.fingerprint) return token
    throw new Problem('mismatch', `the token in the ${vault.place} is not the one on record for ${connectionId}`, {
      code: 'token_differs',
      hint: `it was not used; finchconn reauth ${connectionId} gets a new one`,
    })
  } finally {
    lock.release()
  }
}

async function missing(app: App, vault: Vault, connection: Connection): Promise<Problem> {
  if (connection.status !== DISCONNECTED) await learn(app, connection, { status: TOKEN_MISSING, statusMessage: null })
  return new Problem(
    'reauth_needed',
    `the token of connection ${connection.connectionId} is not in the ${vault.place}`,
    {
      code: 'token_missing',
      hint: `finchconn reauth ${connection.connectionId} gets a new one; the connection and its bill go on until then`,
    },
  )
}

/** A token opens one connection. Where Finch gives the same one for two, somebody should know. */
export async function remarkSharedToken({ store }: App, connection: Connection, report: Report): Promise<void> {
  const { connectionId } = connection
  const others = await store.connections.othersWithToken(connection.fingerprint, connectionId)
  if (others.length > 0) report({ kind: 'shared_token', connectionId, others })
}
