/** P7 and P8: token and record. In a sealed vault they are one transaction; the keychain cannot join one and gets the token first. */
import type { App } from '../../app.ts'
import { type Connection, STATUS_UNKNOWN } from '../../domain/connection.ts'
import { fingerprint } from '../../domain/fingerprint.ts'
import type { LoginRecord } from '../../domain/login.ts'
import { Problem } from '../../problem.ts'
import type { ProblemCode } from '../../problem-codes.ts'
import { putProven } from '../../vault/prove.ts'
import { busy } from './again.ts'
import type { Landing } from './landing.ts'
import type { Verified } from './verify.ts'

/** Refusals of the database that no second try will change. */
const NEVER_TAKEN: ReadonlySet<ProblemCode> = new Set(['customer_single', 'customer_changed', 'unknown_customer'])

export async function commit(landing: Landing, verified: Verified): Promise<Connection> {
  const { app, journal, vault, record } = landing
  const { previous, answer } = verified
  const connection = newRecord(landing, verified)
  try {
    if (vault.kind === 'keychain') {
      if (previous === null) await refuseSecondOfSingle(app, connection)
      await putProven(vault, connection.connectionId, 'token', answer.token)
    }
    app.host.onPhase?.('P7')
    await journal.commit(connection.connectionId, async () => {
      if (vault.kind === 'sealed') await putProven(vault, connection.connectionId, 'token', answer.token)
      await save(app, record, previous, connection)
    })
    app.host.onPhase?.('P8')
    return connection
  } catch (error) {
    // A record the database will never take must not be tried for ever: the token is kept apart instead.
    if (error instanceof Problem && NEVER_TAKEN.has(error.code)) await journal.quarantine(error.message)
    throw error
  }
}

/** Asked before the keychain is written, which no failing transaction would undo; the database asks again. */
async function refuseSecondOfSingle(app: App, { customerId }: Connection): Promise<void> {
  const customer = await app.store.customers.find(customerId)
  if (customer?.single !== true || customer.connections === 0) return
  throw new Problem('conflict', `customer ${customerId} is --single and already has its connection`, {
    code: 'customer_single',
    hint: `finchconn list --customer ${customerId}`,
  })
}

function newRecord({ app, vault, record }: Landing, { answer, previous, introspection }: Verified): Connection {
  const now = app.host.now().toISOString()
  const told = answer.entityIds.map((entityId) => ({ entityId, name: null, sourceId: null, status: null }))
  return {
    connectionId: answer.connectionId,
    customerId: record.customerId,
    finchCustomerId: answer.customerId ?? previous?.finchCustomerId ?? record.finchCustomerId,
    alias: previous?.alias ?? null,
    providerId: answer.providerId,
    companyId: introspection?.companyId ?? answer.companyId ?? previous?.companyId ?? null,
    companyName: previous?.companyName ?? null,
    einEnding: previous?.einEnding ?? null,
    environment: record.environment,
    origin: record.origin,
    connectionType: introspection?.connectionType ?? answer.connectionType,
    status: introspection?.status ?? STATUS_UNKNOWN,
    statusMessage: introspection?.statusMessage ?? null,
    lastSuccessfulSync: introspection?.lastSuccessfulSync ?? previous?.lastSuccessfulSync ?? null,
    products: introspection?.products ?? answer.products,
    requestedProducts: record.requestedProducts,
    entities: introspection?.entities ?? (told.length > 0 ? told : (previous?.entities ?? [])),
    authenticationMethods: introspection?.authenticationMethods ?? previous?.authenticationMethods ?? [],
    fingerprint: fingerprint(answer.token),
    vault: vault.kind,
    tokenSavedAt: now,
    generation: (previous?.generation ?? 0) + 1,
    createdAt: previous?.createdAt ?? now,
    reauthenticatedAt: previous === null ? null : now,
    checkedAt: introspection === null ? (previous?.checkedAt ?? null) : now,
  }
}

async function save(app: App, record: LoginRecord, previous: Connection | null, connection: Connection): Promise<void> {
  const { store } = app
  if (previous === null) {
    const customer = await store.customers.find(connection.customerId)
    if (customer === null)
      throw new Problem('not_found', `customer ${connection.customerId} was removed in the meantime`, {
        code: 'unknown_customer',
      })
    await store.connections.add(connection, customer.single)
  } else if (!(await store.connections.swap(connection, previous.generation))) {
    throw busy(connection.connectionId)
  }
  if (record.sessionId !== null) await store.sessions.mark(record.sessionId, 'used', connection.connectionId)
  await store.events.record(
    previous === null ? 'connected' : 'reauthenticated',
    { customerId: connection.customerId, connectionId: connection.connectionId },
    {
      provider_id: connection.providerId,
      fingerprint: connection.fingerprint,
      ...(previous === null ? {} : { replaced_fingerprint: previous.fingerprint }),
    },
  )
}
