import type { App } from '../app.ts'
import { type Connection, clientTypeOf } from '../domain/connection.ts'
import type { Secret } from '../domain/secret.ts'
import { liveEntities } from '../domain/standing.ts'
import type { Introspection } from '../finch/answers.ts'
import type { FinchReader } from '../finch/reader.ts'
import { Problem } from '../problem.ts'
import type { Refreshed } from '../store/connections.ts'
import { learn, withTokenOf } from './learn.ts'
import type { Report } from './login/events.ts'

/** What an introspection teaches about a connection. */
export function learned(introspection: Introspection, at: string): Refreshed {
  return {
    status: introspection.status,
    statusMessage: introspection.statusMessage,
    lastSuccessfulSync: introspection.lastSuccessfulSync,
    products: introspection.products,
    authenticationMethods: introspection.authenticationMethods,
    checkedAt: at,
    ...(introspection.companyId === null ? {} : { companyId: introspection.companyId }),
    ...(introspection.entities === null ? {} : { entities: introspection.entities }),
  }
}

/**
 * Asks Finch about a connection and saves the answer. Throws Problem 5 when Finch does not take the token, 9 when the
 * token speaks for another connection.
 */
export async function refresh(
  app: App,
  reader: FinchReader,
  connection: Connection,
  token: Secret,
): Promise<Connection> {
  const introspection = await withTokenOf(app, connection, () => reader.introspect(token))
  if (
    introspection.connectionId !== connection.connectionId ||
    introspection.clientType !== clientTypeOf(connection.environment)
  ) {
    throw new Problem(
      'mismatch',
      `the token kept for ${connection.connectionId} speaks for ${introspection.connectionId} (${introspection.clientType})`,
      {
        code: 'identity_mismatch',
        hint: `nothing was overwritten; finchconn reauth ${connection.connectionId} replaces the token`,
      },
    )
  }
  return learn(app, connection, learned(introspection, app.host.now().toISOString()))
}

/** A finished login is not held up for longer by the employer's name. */
const AFTER_LOGIN_MS = 10_000
/** Where somebody asked for it: providers may be read live, for which Finch itself takes up to 6 minutes. */
export const WHEN_ASKED_MS = 60_000

/**
 * Reads the employer's name, for `patienceMs` at most. Not every provider offers it and the first sync may still run: that
 * is told, not thrown.
 */
export async function readEmployer(
  app: App,
  reader: FinchReader,
  connection: Connection,
  token: Secret,
  report: Report,
  patienceMs = AFTER_LOGIN_MS,
): Promise<Connection> {
  if (!connection.products.includes('company')) return connection
  const { connectionId } = connection
  try {
    const entityId = connection.entities.length > 1 ? (liveEntities(connection)[0]?.entityId ?? null) : null
    const company = await reader.company(token, entityId, patienceMs)
    await app.store.connections.refresh(connection.connectionId, {
      companyName: company.legalName,
      einEnding: company.einEnding,
      ...(company.companyId === null ? {} : { companyId: company.companyId }),
    })
    return (await app.store.connections.find(connection.connectionId)) ?? connection
  } catch (error) {
    if (!(error instanceof Problem) || error.kind === 'stopped') throw error
    report({ kind: 'company_unread', connectionId, why: error.message })
    return connection
  }
}
