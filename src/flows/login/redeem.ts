/**
 * From a code to Finch's answer, saved: P4 and P5. The code works once, so every sending is marked before it happens, and
 * the answer is on the disk before anything looks at it.
 */
import type { FinchSide } from '../../app.ts'
import type { LoginRecord } from '../../domain/login.ts'
import type { Secret } from '../../domain/secret.ts'
import { EXCHANGE_MS } from '../../finch/line.ts'
import { FinchRefusal, NoAnswer } from '../../finch/refusals.ts'
import { Problem, retold } from '../../problem.ts'
import { againCommand } from './again.ts'
import type { Journal } from './journal.ts'
import type { Landing } from './landing.ts'
import { tidyUp } from './tidy.ts'

/** How often a code is sent at most, all processes together: once, and once more if no byte of an answer came. */
export const MOST_SENDINGS = 2
const RESEND_PAUSE_MS = 500

/** P4 and P5: sends the code, and again once if no byte of an answer came; saves the raw answer before reading it. */
export async function redeem(landing: Landing, finch: FinchSide, code: Secret): Promise<Buffer> {
  const { app, journal, report, record } = landing
  for (let times = record.sent + 1; ; times += 1) {
    await markSent(journal, record, times)
    try {
      const raw = await sayingWhy(landing, () => finch.client.exchangeCode(code, record.redirectUri))
      app.host.onPhase?.('W0')
      await journal.saveAnswer(raw, report)
      return raw
    } catch (error) {
      if (!(error instanceof NoAnswer) || error.answered || times >= MOST_SENDINGS)
        throw await afterRefusal(landing, times, error)
      await new Promise((resolve) => setTimeout(resolve, RESEND_PAUSE_MS))
    }
  }
}

/** Ctrl-C does not cut an exchange short; whoever presses it learns what is waited for, and how long at most. */
async function sayingWhy<T>({ app, report }: Landing, exchanging: () => Promise<T>): Promise<T> {
  const until = performance.now() + EXCHANGE_MS
  const say = () => report({ kind: 'exchanging', leftMs: until - performance.now() })
  if (app.host.signal.aborted) say()
  app.host.signal.addEventListener('abort', say)
  try {
    return await exchanging()
  } finally {
    app.host.signal.removeEventListener('abort', say)
  }
}

/**
 * P4. Where the disk did not even take the code, it does not take this mark either; nobody else can send that code, so
 * it is sent from memory: the token has more places to go to.
 */
async function markSent(journal: Journal, record: LoginRecord, times: number): Promise<void> {
  try {
    await journal.markSent(times)
  } catch (error) {
    if (record.sealedCode !== null || !(error instanceof Problem)) throw error
  }
}

/** A definite no ends the login, as do a second silence and a broken answer. Anything else leaves it as `sent`, for one more try by a later command. */
async function afterRefusal(landing: Landing, times: number, error: unknown): Promise<unknown> {
  if (!(error instanceof Problem)) return error
  const { record } = landing
  const again = againCommand(record)
  const kept = record.expectedConnectionId === null ? '' : '; the old token is untouched'
  if (error instanceof FinchRefusal && error.kind !== 'undetermined') {
    await tidyUp(landing, 'abandoned', error.code)
    const lost = error.code === 'invalid_grant' && times > 1
    const hint = lost
      ? `the code had been sent before: its token is lost, or it expired; run ${again}`
      : (error.hint ?? `run ${again}`)
    return retold(error, `${error.message}${kept}`, {
      hint,
      // Another login gives another code.
      retryable: error.code === 'invalid_grant',
    })
  }
  // Once part of an answer has come the code is spent, and a server may take its second use for theft and revoke.
  const spent = error instanceof NoAnswer && error.answered
  if (spent || times >= MOST_SENDINGS) {
    await tidyUp(landing, 'abandoned', 'answer lost')
    return retold(error, `${error.message}${kept}`, {
      hint: `${spent ? 'the answer broke off' : 'the code was sent twice'}; if a token was issued, its answer is lost. Run ${again}`,
      retryable: true,
    })
  }
  return retold(error, `${error.message}${kept}`, {
    hint: `run ${again}: it first tries once more to finish this one, while its code is still young`,
    retryable: true,
  })
}
