/**
 * Finishes what was cut short: any command that opens the vault first looks for logins whose process is gone and takes
 * each as far as it can go. What needs Finch is left for later when `online` is false.
 */
import type { App } from '../../app.ts'
import type { Connection } from '../../domain/connection.ts'
import { KEY_NOT_FOUND, type LoginRecord } from '../../domain/login.ts'
import { Problem } from '../../problem.ts'
import { refresh } from '../refresh.ts'
import { tokenOf } from '../token.ts'
import { againCommand } from './again.ts'
import type { Report } from './events.ts'
import { Journal } from './journal.ts'
import { land } from './land.ts'
import type { Landing } from './landing.ts'
import { MOST_SENDINGS, redeem } from './redeem.ts'
import { tidyUp } from './tidy.ts'

export async function recover(app: App, report: Report, { online }: { online: boolean }): Promise<void> {
  for (const loginId of await app.store.logins.unfinished()) {
    let record: LoginRecord | null = null
    try {
      record = await app.store.logins.find(loginId)
      if (record === null || !isOurs(app, record)) continue
      const connection = await recoverOne(app, loginId, report, online)
      if (connection !== null) report({ kind: 'recovered', login: record, connection })
    } catch (error) {
      if (!(error instanceof Problem) || error.kind === 'stopped') throw error
      // Whatever is wrong with this one login, it must not keep every other connection from being used.
      report({ kind: 'not_recovered', login: record, why: error.message })
    }
  }
  if (online) await verifyAgain(app)
}

/** Another environment's or application's login waits for a command of its own: its code and token must not go elsewhere. */
function isOurs({ config, origin }: App, record: LoginRecord): boolean {
  const sameApplication = config.clientId === null || record.clientId === config.clientId
  return record.environment === config.environment && record.origin === origin && sameApplication
}

async function recoverOne(app: App, loginId: string, report: Report, online: boolean): Promise<Connection | null> {
  const vault = await app.vault()
  const taken = await Journal.takeUp({ store: app.store, host: app.host, vault }, loginId)
  if (taken === null) return null
  const { record, journal } = taken
  try {
    if (journal === null) {
      if (await isOverWithoutKey(app, record, vault.place, report)) taken.remove()
      return null
    }
    const landing: Landing = { app, report, vault, journal, record: record, lockedConnection: null }
    return await resume(landing, online)
  } finally {
    taken.release()
  }
}

/** One step per phase it can have stopped in; see the order of writes. An answer that was saved comes before any of them. */
async function resume(landing: Landing, online: boolean): Promise<Connection | null> {
  const { app, journal, record } = landing
  if (record.phase === 'committed') {
    await tidyUp(landing, 'done')
    return null
  }
  if (record.phase === 'quarantined') return null
  const saved = await journal.answer(record)
  if (saved !== null) return finish(landing, saved, online)
  const code = journal.code(record)
  if (code === null && (record.phase === 'proving' || record.phase === 'started')) {
    await tidyUp(landing, 'abandoned', 'interrupted')
    return null
  }
  // However old the code looks, Finch is asked: its no is definite, and this machine's clock is not.
  if (code === null || record.sent >= MOST_SENDINGS) {
    await tidyUp(landing, 'abandoned', 'the answer was lost')
    landing.report({ kind: 'lost', login: record, why: "Finch's answer was lost", again: againCommand(record) })
    return null
  }
  if (!online) return null
  return finish(landing, await redeem(landing, await app.finch(), code), online)
}

/** Null where it has to wait for Finch: a token that takes another one's place is confirmed first. */
async function finish(landing: Landing, response: Buffer, online: boolean): Promise<Connection | null> {
  const { app } = landing
  const landed = await land(landing, online ? await app.finch() : null, response)
  if (landed === null) return null
  await tidyUp(landing, 'done')
  return (await app.store.connections.find(landed.connection.connectionId)) ?? landed.connection
}

/**
 * Without its key nothing sealed in the row can be opened. Where something is sealed, the login stays in its phase and
 * is looked at again: a keychain may show another collection for an hour. The person is told once. Answers whether the
 * login is over.
 */
async function isOverWithoutKey(app: App, record: LoginRecord, place: string, report: Report): Promise<boolean> {
  const { store } = app
  const somethingKept =
    record.sealedCode !== null || record.sealedAnswer !== null || store.spill.read(record.loginId) !== null
  const needsIt = record.phase !== 'proving' && record.phase !== 'committed' && record.phase !== 'started'
  if (needsIt || (record.phase === 'started' && somethingKept)) {
    if (record.reason === KEY_NOT_FOUND) return false
    await store.logins.move(record.loginId, record.phase, record.phase, { reason: KEY_NOT_FOUND })
    report({ kind: 'key_not_found', login: record, place })
    return false
  }
  store.spill.remove(record.loginId)
  store.spareLock.remove(record.loginId)
  const end = record.phase === 'committed' ? 'done' : 'abandoned'
  if (end === 'abandoned' && record.sessionId !== null) await store.sessions.mark(record.sessionId, 'canceled')
  return store.logins.move(record.loginId, record.phase, end, {
    reason: 'interrupted',
    sealedAnswer: null,
    sealedCode: null,
  })
}

/** Connections that Finch could not be asked about, or did not know yet, when they were made. */
async function verifyAgain(app: App): Promise<void> {
  for (const connection of await app.store.connections.unverified()) {
    if (connection.environment !== app.config.environment || connection.origin !== app.origin) continue
    try {
      await refresh(app, await app.reader(), connection, await tokenOf(app, connection))
    } catch (error) {
      if (!(error instanceof Problem) || error.kind === 'stopped') throw error
      // Where Finch is silent or cannot be asked, the others would learn nothing either.
      if (error.code !== 'unverified' && (error.kind === 'undetermined' || error.kind === 'credentials')) return
    }
  }
}
