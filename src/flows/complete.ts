/**
 * From Finch's saved answer to a saved connection: P6 to P9. Run by the process that received the answer, and again by any
 * later one that finds the attempt unfinished.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { App, FinchSide } from '../app.ts'
import { type Connection, clientTypeOf, STATUS_UNKNOWN } from '../domain/connection.ts'
import { fingerprint } from '../domain/fingerprint.ts'
import type { Flow } from '../domain/flow.ts'
import type { Secret } from '../domain/secret.ts'
import { TOKEN_MISSING } from '../domain/standing.ts'
import { type Introspection, readTokenAnswer, type TokenAnswer } from '../finch/answers.ts'
import { FinchRefusal } from '../finch/refusals.ts'
import { Problem } from '../problem.ts'
import type { Lock } from '../store/locks.ts'
import { putProven } from '../vault/prove.ts'
import type { Vault } from '../vault/vault.ts'
import { againCommand } from './again.ts'
import type { Journal } from './journal.ts'
import type { Tell } from './news.ts'

export interface Completion {
  readonly app: App
  /** The connection this process has locked already. */
  readonly locked: string | null
  readonly vault: Vault
  readonly journal: Journal
  readonly tell: Tell
}

/** Refusals of the database that no second try will change. */
const NEVER_TAKEN = new Set(['customer_single', 'customer_changed', 'unknown_customer'])

/** P9. What goes wrong here is told and no more: it is done again by the next command, and nothing depends on it. */
export async function tidyUp(
  { journal, tell }: Pick<Completion, 'journal' | 'tell'>,
  phase: 'done' | 'abandoned',
  reason: string | null = null,
): Promise<void> {
  try {
    await journal.tidy(phase, reason)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    tell({ kind: 'untidy', why: error.message })
  }
}

export interface Gained {
  readonly connection: Connection
  readonly token: Secret
  /** Finch was asked about the new token and did not accept it yet. */
  readonly unaccepted: boolean
}

/**
 * P6 to P8, from the saved answer: checks it, then commits token and record. Throws Problem 9 on any mismatch. Null when
 * the token would take another one's place and Finch has not confirmed it: then it is kept beside the old one.
 */
export async function rollForward(
  completion: Completion,
  finch: FinchSide | null,
  flow: Flow,
  raw: Buffer,
): Promise<Gained | null> {
  const { app, journal } = completion
  const answer = await readOrQuarantine(completion, finch, flow, raw)
  // Everything from here on looks at the record and then changes it: nobody else may meanwhile.
  const lock = await lockRecord(completion, answer.connectionId)
  try {
    const previous = await app.store.connections.find(answer.connectionId)
    await checkIdentity(completion, flow, previous, answer)
    if (previous !== null && (await isSuperseded(app, flow, previous))) throw await superseded(journal, previous)
    const replaces = previous !== null && previous.status !== TOKEN_MISSING
    // Offline nothing can be confirmed; a later command asks.
    if (finch === null && replaces) return null
    const verdict = finch === null ? NOT_ASKED : await askFinch(completion, finch, flow, answer)
    if (verdict.introspection === null && replaces) {
      await journal.keepUnverified(verdict.why)
      completion.tell({ kind: 'unverified', why: verdict.why, swapped: false })
      return null
    }
    if (verdict.introspection === null && finch !== null) {
      completion.tell({ kind: 'unverified', why: verdict.why, swapped: true })
    }
    app.host.onPhase?.('P6')
    const connection = newRecord(completion, flow, previous, answer, verdict.introspection)
    await commit(completion, flow, previous, connection, answer.token)
    if (previous !== null && flow.kind === 'connect')
      completion.tell({ kind: 'became_reauth', connectionId: previous.connectionId })
    return { connection, token: answer.token, unaccepted: verdict.refused }
  } finally {
    lock?.release()
  }
}

const LOCK_WAIT_MS = 5_000

async function lockRecord({ app, locked, journal }: Completion, connectionId: string): Promise<Lock | null> {
  if (locked === connectionId) return null
  const name = `connection.${connectionId}`
  journal.giveLockFile(name)
  const lock = await app.store.lockSoon(name, LOCK_WAIT_MS)
  if (lock === null) throw busy(connectionId)
  return lock
}

/** P7 and P8. In a sealed vault they are one transaction; the keychain cannot join one and gets the token first. */
async function commit(
  { app, journal, vault }: Completion,
  flow: Flow,
  previous: Connection | null,
  connection: Connection,
  token: Secret,
): Promise<void> {
  try {
    if (vault.kind === 'keychain') {
      if (previous === null) await refuseSecondOfSingle(app, connection)
      await putProven(vault, connection.connectionId, 'token', token)
    }
    app.host.onPhase?.('P7')
    await journal.commit(connection.connectionId, async () => {
      if (vault.kind === 'sealed') await putProven(vault, connection.connectionId, 'token', token)
      await save(app, flow, previous, connection)
    })
    app.host.onPhase?.('P8')
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

/** An answer that this version cannot read may hold a token all the same: it is kept, and the person is told so. */
async function readOrQuarantine(
  { app, journal }: Completion,
  finch: FinchSide | null,
  flow: Flow,
  raw: Buffer,
): Promise<TokenAnswer> {
  const sent = [journal.code(flow), finch?.clientSecret ?? app.config.clientSecret]
  try {
    return readTokenAnswer(
      raw,
      sent.filter((secret) => secret !== null),
    )
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    await journal.quarantine('its answer could not be read')
    throw new Problem(error.kind, `${error.message}; the answer is kept, sealed`, {
      code: error.code,
      hint: `update finchconn if there is a newer version, or log in again: ${againCommand(flow)}`,
      retryable: error.retryable,
      cause: error,
    })
  }
}

/** The only token that may take this place is one for the very connection, customer, provider and environment meant. */
async function checkIdentity(
  { app, journal }: Completion,
  flow: Flow,
  previous: Connection | null,
  answer: Pick<TokenAnswer, 'connectionId' | 'customerId' | 'providerId' | 'clientType'>,
): Promise<void> {
  const meant = clientTypeOf(flow.environment)
  const { expectedConnectionId, expectedProviderId } = flow
  const checks: readonly (readonly [fits: boolean, otherwise: string])[] = [
    [answer.clientType === meant, `environment ${answer.clientType}, and this profile is set to ${flow.environment}`],
    [
      expectedConnectionId === null || answer.connectionId === expectedConnectionId,
      `connection ${answer.connectionId}, and the login was for ${expectedConnectionId}`,
    ],
    // Finch may leave the customer out; then state and cookie have tied the answer to this attempt.
    [
      answer.customerId === null || isMeantCustomer(flow, answer.customerId),
      `customer ${answer.customerId}, and the login was for ${flow.finchCustomerId}`,
    ],
    [
      expectedProviderId === null || answer.providerId === expectedProviderId,
      `provider ${answer.providerId}, and the login was for ${expectedProviderId}`,
    ],
    [
      previous === null || previous.customerId === flow.customerId,
      `customer ${previous?.customerId}, and the login was for ${flow.customerId}`,
    ],
  ]
  const failed = checks.find(([fits]) => !fits)
  const wrong = failed === undefined ? null : `it belongs to ${failed[1]}`
  if (wrong === null) return
  await journal.quarantine(wrong)
  await app.store.events.record(
    'token_quarantined',
    { customerId: flow.customerId, ...connectionOf(flow) },
    { flow_id: flow.flowId, reason: wrong },
  )
  const hint =
    flow.expectedConnectionId === null
      ? `nothing was overwritten, and the token is kept sealed and apart; run finchconn connect --customer ${flow.customerId} again and log in to the right account`
      : `nothing was overwritten, and the token is kept sealed and apart; run finchconn reauth ${flow.expectedConnectionId} again and log in to the account it was made with`
  throw new Problem('mismatch', `refused the new token: ${wrong}`, { code: 'identity_mismatch', hint })
}

function connectionOf(flow: Flow): { connectionId?: string } {
  return flow.expectedConnectionId === null ? {} : { connectionId: flow.expectedConnectionId }
}

/** What Finch says of the new token: an introspection, or why there is none. */
type Verdict =
  | { readonly introspection: Introspection; readonly refused: false }
  | { readonly introspection: null; readonly why: string; readonly refused: boolean }

const NOT_ASKED: Verdict = { introspection: null, why: 'Finch was not asked', refused: false }

/** A replica that lags behind refuses a token for a moment after it was issued. */
const PAUSES_MS = [500, 1_500]

/** Asks again after a refusal; silence is not a mismatch, another connection is (Problem 9). */
async function askFinch(completion: Completion, finch: FinchSide, flow: Flow, answer: TokenAnswer): Promise<Verdict> {
  const { signal } = completion.app.host
  for (const pause of [...PAUSES_MS, null]) {
    const verdict = await introspected(completion, finch, flow, answer)
    if (!verdict.refused || pause === null || signal.aborted) return verdict
    // Ctrl-C ends the pause, and what is known then holds.
    await sleep(pause, undefined, { signal }).catch(() => {})
  }
  return NOT_ASKED
}

async function introspected(
  completion: Completion,
  finch: FinchSide,
  flow: Flow,
  answer: TokenAnswer,
): Promise<Verdict> {
  try {
    const introspection = await finch.client.introspect(answer.token)
    const meant: Flow = { ...flow, expectedConnectionId: answer.connectionId, expectedProviderId: answer.providerId }
    await checkIdentity(completion, meant, null, introspection)
    return { introspection, refused: false }
  } catch (error) {
    if (!(error instanceof Problem) || error.kind === 'mismatch') throw error
    return { introspection: null, why: error.message, refused: error instanceof FinchRefusal && error.status === 401 }
  }
}

function newRecord(
  { app, vault }: Completion,
  flow: Flow,
  previous: Connection | null,
  answer: TokenAnswer,
  introspection: Introspection | null,
): Connection {
  const now = app.host.now().toISOString()
  const told = answer.entityIds.map((entityId) => ({ entityId, name: null, sourceId: null, status: null }))
  return {
    connectionId: answer.connectionId,
    customerId: flow.customerId,
    finchCustomerId: answer.customerId ?? previous?.finchCustomerId ?? flow.finchCustomerId,
    alias: previous?.alias ?? null,
    providerId: answer.providerId,
    companyId: introspection?.companyId ?? answer.companyId ?? previous?.companyId ?? null,
    companyName: previous?.companyName ?? null,
    einEnding: previous?.einEnding ?? null,
    environment: flow.environment,
    origin: flow.origin,
    connectionType: introspection?.connectionType ?? answer.connectionType,
    status: introspection?.status ?? STATUS_UNKNOWN,
    statusMessage: introspection?.statusMessage ?? null,
    lastSuccessfulSync: introspection?.lastSuccessfulSync ?? previous?.lastSuccessfulSync ?? null,
    products: introspection?.products ?? answer.products,
    requestedProducts: flow.requestedProducts,
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

async function save(app: App, flow: Flow, previous: Connection | null, connection: Connection): Promise<void> {
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
  if (flow.sessionId !== null) await store.sessions.mark(flow.sessionId, 'used', connection.connectionId)
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

/**
 * The customer id that was sent, or, where a connection is taken up whose id at Finch nobody here remembers, any of the
 * ids that are derived from it.
 */
function isMeantCustomer(flow: Flow, customerId: string): boolean {
  if (customerId === flow.finchCustomerId) return true
  const adopted = flow.kind === 'connect' && flow.expectedConnectionId !== null
  return (
    adopted &&
    customerId.startsWith(`${flow.customerId}--`) &&
    /^\d+$/.test(customerId.slice(flow.customerId.length + 2))
  )
}

/** Whether a newer login was saved since this one began: by generation, or for a new connection by the order of codes. */
async function isSuperseded({ store }: App, flow: Flow, previous: Connection): Promise<boolean> {
  if (flow.kind === 'reauth') return previous.generation !== flow.expectedGeneration
  return flow.codeOrder !== null && (await store.flows.hasNewer(previous.connectionId, flow.codeOrder))
}

/** An interrupted login that is finished late must not replace the token of a newer one. */
async function superseded(journal: Journal, { connectionId }: Connection): Promise<Problem> {
  await journal.quarantine('a newer login has replaced it')
  return new Problem('conflict', `a newer login of connection ${connectionId} has already been saved`, {
    code: 'superseded',
    hint: `nothing was overwritten; finchconn show ${connectionId}`,
  })
}

function busy(connectionId: string): Problem {
  return new Problem('conflict', `another process is changing connection ${connectionId}`, {
    code: 'in_progress',
    hint: 'the new token is kept; run any command again once the other is done',
    retryable: true,
  })
}
