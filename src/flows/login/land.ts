/** P4 to P9, from a code to a saved connection: each step is a function of its own file. */
import { Problem, retold } from '../../problem.ts'
import type { Lock } from '../../store/locks.ts'
import { busy } from './again.ts'
import { commit } from './commit.ts'
import type { Journal } from './journal.ts'
import type { Landing, MaybeFinch } from './landing.ts'
import type { Code, Expected, Landed, Login } from './login.ts'
import { redeem } from './redeem.ts'
import { readOrQuarantine, verify } from './verify.ts'

/** What a login that is under way does with a code that came. */
export function complete(login: Login): (code: Code) => Promise<Landed> {
  return async (code) => {
    const { finch, journal, expected } = login
    const landing = await landingOf(login)
    const response = await redeem(landing, finch, code.secret) // P4, P5
    if (code.isOvertaken()) throw await overtaken(journal)
    const landed = await land(landing, finch, response).catch((error: unknown) => {
      throw withTokenKept(error)
    })
    if (landed === null) throw notConfirmed(expected)
    return landed
  }
}

async function landingOf({ app, report, vault, journal, expected }: Login): Promise<Landing> {
  const record = await app.store.logins.find(journal.loginId)
  if (record === null) throw new Error('the journal lost its row')
  return { app, report, vault, journal, record, lockedConnection: expected.connectionId }
}

/**
 * P6 to P8, from the saved answer. Throws Problem 9 on any mismatch. Null when the token would take another one's place
 * and Finch has not confirmed it: then it is kept beside the old one.
 */
export async function land(landing: Landing, finch: MaybeFinch, response: Buffer): Promise<Landed | null> {
  const { app, report, record } = landing
  const answer = await readOrQuarantine(landing, finch, response)
  // Everything from here on looks at the record and then changes it: nobody else may meanwhile.
  const lock = await lockRecord(landing, answer.connectionId)
  try {
    const verified = await verify(landing, finch, answer) // P6
    if (verified === null) return null
    app.host.onPhase?.('P6')
    const connection = await commit(landing, verified) // P7, P8
    if (verified.previous !== null && record.kind === 'connect')
      report({ kind: 'became_reauth', connectionId: connection.connectionId })
    return { connection, token: answer.token, unaccepted: verified.unaccepted }
  } finally {
    lock?.release()
  }
}

const LOCK_WAIT_MS = 5_000

async function lockRecord({ app, lockedConnection, journal }: Landing, connectionId: string): Promise<Lock | null> {
  if (lockedConnection === connectionId) return null
  const name = `connection.${connectionId}`
  journal.giveLockFile(name)
  const lock = await app.store.lockSoon(name, LOCK_WAIT_MS)
  if (lock === null) throw busy(connectionId)
  return lock
}

/** What failed after the answer was saved is finished by any later command, and the person should know that. */
function withTokenKept(error: unknown): unknown {
  if (!(error instanceof Problem) || error.kind !== 'unavailable') return error
  return retold(error, `${error.message}; the new token is kept, sealed`, {
    hint: `${error.hint ?? 'fix that'}: the next finchconn command finishes this login, and nobody has to log in again`,
    retryable: true,
  })
}

/** A token that would replace one Finch may still accept waits, sealed, for Finch's word. */
function notConfirmed({ connectionId, customerId }: Expected): Problem {
  return new Problem(
    'undetermined',
    'the new token is saved, and Finch has not confirmed it yet; the old one stays in use',
    {
      code: 'unverified',
      hint: `each later command asks Finch again, for instance: finchconn ${connectionId === null ? `list --customer ${customerId}` : `show ${connectionId} --refresh`}`,
      retryable: true,
    },
  )
}

/** While a code without a state was exchanged, one with it came: this Finch echoes it, and the first was not from Finch. */
async function overtaken(journal: Journal): Promise<Problem> {
  const why = 'it came without the state that Finch sends back'
  await journal.quarantine(why)
  return new Problem('mismatch', `refused the new token: ${why}`, { code: 'state_missing' })
}
