/** P6: what Finch gave is read, and held to what the login was for. Whatever fails is kept, sealed and apart. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { App, FinchSide } from '../../app.ts'
import { type Connection, clientTypeOf } from '../../domain/connection.ts'
import { ANSWER_UNREADABLE, type LoginRecord, REPLACED_BY_NEWER } from '../../domain/login.ts'
import { TOKEN_MISSING } from '../../domain/standing.ts'
import { type Introspection, readTokenAnswer, type TokenAnswer } from '../../finch/answers.ts'
import { FinchRefusal } from '../../finch/refusals.ts'
import { Problem, retold } from '../../problem.ts'
import { updateOrAgain } from './again.ts'
import type { Journal } from './journal.ts'
import type { Landing, MaybeFinch } from './landing.ts'

/** A token that may be saved, and what is known of its connection. */
export interface Verified {
  readonly answer: TokenAnswer
  /** The record whose token is replaced. */
  readonly previous: Connection | null
  /** Null where Finch was not asked, or did not say. */
  readonly introspection: Introspection | null
  /** Finch was asked about the new token and did not accept it yet. */
  readonly unaccepted: boolean
}

/**
 * Throws Problem 9 on any mismatch, 11 when a newer login has been saved. Null when the token would take another one's
 * place and Finch has not confirmed it: then it is kept beside the old one. The record must be locked.
 */
export async function verify(landing: Landing, finch: MaybeFinch, answer: TokenAnswer): Promise<Verified | null> {
  const { app, report, journal, record } = landing
  const previous = await app.store.connections.find(answer.connectionId)
  await checkIdentity(landing, record, previous, answer)
  if (previous !== null && (await isSuperseded(app, record, previous))) throw await superseded(journal, previous)
  const replaces = previous !== null && previous.status !== TOKEN_MISSING
  // Offline nothing can be confirmed; a later command asks.
  if (finch === null) return replaces ? null : { answer, previous, introspection: null, unaccepted: false }
  const verdict = await askFinch(landing, finch, answer)
  if (verdict.introspection === null) {
    report({ kind: 'unverified', customerId: record.customerId, why: verdict.why, swapped: !replaces })
    if (replaces) {
      await journal.keepUnverified(verdict.why)
      return null
    }
  }
  return { answer, previous, introspection: verdict.introspection, unaccepted: verdict.refused }
}

/** An answer that this version cannot read may hold a token all the same: it is kept, and the person is told so. */
export async function readOrQuarantine(
  { app, journal, record }: Landing,
  finch: MaybeFinch,
  raw: Buffer,
): Promise<TokenAnswer> {
  const sent = [journal.code(record), finch?.clientSecret ?? app.config.clientSecret]
  try {
    return readTokenAnswer(
      raw,
      sent.filter((secret) => secret !== null),
    )
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    await journal.quarantine(ANSWER_UNREADABLE)
    throw retold(error, `${error.message}; the answer is kept, sealed`, {
      hint: updateOrAgain(record),
      retryable: error.retryable,
    })
  }
}

/** The only token that may take this place is one for the very connection, customer, provider and environment meant. */
async function checkIdentity(
  { app, journal }: Landing,
  record: LoginRecord,
  previous: Connection | null,
  answer: Pick<TokenAnswer, 'connectionId' | 'customerId' | 'providerId' | 'clientType'>,
): Promise<void> {
  const meant = clientTypeOf(record.environment)
  const { expectedConnectionId, expectedProviderId } = record
  const checks: readonly (readonly [fits: boolean, otherwise: string])[] = [
    [answer.clientType === meant, `environment ${answer.clientType}, and this profile is set to ${record.environment}`],
    [
      expectedConnectionId === null || answer.connectionId === expectedConnectionId,
      `connection ${answer.connectionId}, and the login was for ${expectedConnectionId}`,
    ],
    // Finch may leave the customer out; then state and cookie have tied the answer to this login.
    [
      answer.customerId === null || isMeantCustomer(record, answer.customerId),
      `customer ${answer.customerId}, and the login was for ${record.finchCustomerId}`,
    ],
    [
      expectedProviderId === null || answer.providerId === expectedProviderId,
      `provider ${answer.providerId}, and the login was for ${expectedProviderId}`,
    ],
    [
      previous === null || previous.customerId === record.customerId,
      `customer ${previous?.customerId}, and the login was for ${record.customerId}`,
    ],
  ]
  const failed = checks.find(([fits]) => !fits)
  const wrong = failed === undefined ? null : `it belongs to ${failed[1]}`
  if (wrong === null) return
  await journal.quarantine(wrong)
  await app.store.events.record(
    'token_quarantined',
    { customerId: record.customerId, ...connectionOf(record) },
    { flow_id: record.loginId, reason: wrong },
  )
  const hint =
    record.expectedConnectionId === null
      ? `nothing was overwritten, and the token is kept sealed and apart; run finchconn connect --customer ${record.customerId} again and log in to the right account`
      : `nothing was overwritten, and the token is kept sealed and apart; run finchconn reauth ${record.expectedConnectionId} again and log in to the account it was made with`
  throw new Problem('mismatch', `refused the new token: ${wrong}`, { code: 'identity_mismatch', hint })
}

function connectionOf(record: LoginRecord): { connectionId?: string } {
  return record.expectedConnectionId === null ? {} : { connectionId: record.expectedConnectionId }
}

/** What Finch says of the new token: an introspection, or why there is none. */
type Verdict =
  | { readonly introspection: Introspection; readonly refused: false }
  | { readonly introspection: null; readonly why: string; readonly refused: boolean }

/** A replica that lags behind refuses a token for a moment after it was issued. */
const PAUSES_MS = [500, 1_500]

/** Asks again after a refusal; silence is not a mismatch, another connection is (Problem 9). */
async function askFinch(landing: Landing, finch: FinchSide, answer: TokenAnswer): Promise<Verdict> {
  const { signal } = landing.app.host
  let verdict = await introspected(landing, finch, answer)
  for (const pause of PAUSES_MS) {
    if (!verdict.refused || signal.aborted) break
    // Ctrl-C ends the pause, and what is known then holds.
    await sleep(pause, undefined, { signal }).catch(() => {})
    verdict = await introspected(landing, finch, answer)
  }
  return verdict
}

async function introspected(landing: Landing, finch: FinchSide, answer: TokenAnswer): Promise<Verdict> {
  try {
    const introspection = await finch.client.introspect(answer.token)
    const meant: LoginRecord = {
      ...landing.record,
      expectedConnectionId: answer.connectionId,
      expectedProviderId: answer.providerId,
    }
    await checkIdentity(landing, meant, null, introspection)
    return { introspection, refused: false }
  } catch (error) {
    if (!(error instanceof Problem) || error.kind === 'mismatch') throw error
    return { introspection: null, why: error.message, refused: error instanceof FinchRefusal && error.status === 401 }
  }
}

/**
 * The customer id that was sent, or, where a connection is taken up whose id at Finch nobody here remembers, any of the
 * ids that are derived from it.
 */
function isMeantCustomer(record: LoginRecord, customerId: string): boolean {
  if (customerId === record.finchCustomerId) return true
  const adopted = record.kind === 'connect' && record.expectedConnectionId !== null
  return (
    adopted &&
    customerId.startsWith(`${record.customerId}--`) &&
    /^\d+$/.test(customerId.slice(record.customerId.length + 2))
  )
}

/** Whether a newer login was saved since this one began: by generation, or for a new connection by the order of codes. */
async function isSuperseded({ store }: App, record: LoginRecord, previous: Connection): Promise<boolean> {
  if (record.kind === 'reauth') return previous.generation !== record.expectedGeneration
  return record.codeOrder !== null && (await store.logins.hasNewer(previous.connectionId, record.codeOrder))
}

/** An interrupted login that is finished late must not replace the token of a newer one. */
async function superseded(journal: Journal, { connectionId }: Connection): Promise<Problem> {
  await journal.quarantine(REPLACED_BY_NEWER)
  return new Problem('conflict', `a newer login of connection ${connectionId} has already been saved`, {
    code: 'superseded',
    hint: `nothing was overwritten; finchconn show ${connectionId}`,
  })
}
