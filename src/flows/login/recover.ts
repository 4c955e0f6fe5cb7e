/**
 * Finishes what was cut short: any command that opens the vault first looks for attempts whose process is gone and takes
 * each as far as it can go. What needs Finch is left for later when `online` is false.
 */
import type { App } from '../../app.ts'
import type { Connection } from '../../domain/connection.ts'
import { type Flow, KEY_NOT_FOUND } from '../../domain/flow.ts'
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
  for (const flowId of await app.store.flows.unfinished()) {
    let flow: Flow | null = null
    try {
      flow = await app.store.flows.find(flowId)
      if (flow === null || !isOurs(app, flow)) continue
      const connection = await recoverOne(app, flowId, report, online)
      if (connection !== null) report({ kind: 'recovered', flow, connection })
    } catch (error) {
      if (!(error instanceof Problem) || error.kind === 'stopped') throw error
      // Whatever is wrong with this one attempt, it must not keep every other connection from being used.
      report({ kind: 'not_recovered', flow, why: error.message })
    }
  }
  if (online) await verifyAgain(app)
}

/** Another environment's or application's attempt waits for a command of its own: its code and token must not go elsewhere. */
function isOurs({ config, origin }: App, flow: Flow): boolean {
  const sameApplication = config.clientId === null || flow.clientId === config.clientId
  return flow.environment === config.environment && flow.origin === origin && sameApplication
}

async function recoverOne(app: App, flowId: string, report: Report, online: boolean): Promise<Connection | null> {
  const vault = await app.vault()
  const taken = await Journal.takeUp({ store: app.store, host: app.host, vault }, flowId)
  if (taken === null) return null
  const { flow, journal } = taken
  try {
    if (journal === null) {
      if (await isOverWithoutKey(app, flow, vault.place, report)) taken.remove()
      return null
    }
    const landing: Landing = { app, report, vault, journal, record: flow, lockedConnection: null }
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
    landing.report({ kind: 'lost', flow: record, why: "Finch's answer was lost", again: againCommand(record) })
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
 * Without its key nothing sealed in the row can be opened. Where something is sealed, the attempt stays in its phase and
 * is looked at again: a keychain may show another collection for an hour. The person is told once. Answers whether the
 * attempt is over.
 */
async function isOverWithoutKey(app: App, flow: Flow, place: string, report: Report): Promise<boolean> {
  const { store } = app
  const somethingKept = flow.sealedCode !== null || flow.sealedAnswer !== null || store.spill.read(flow.flowId) !== null
  const needsIt = flow.phase !== 'proving' && flow.phase !== 'committed' && flow.phase !== 'started'
  if (needsIt || (flow.phase === 'started' && somethingKept)) {
    if (flow.reason === KEY_NOT_FOUND) return false
    await store.flows.move(flow.flowId, flow.phase, flow.phase, { reason: KEY_NOT_FOUND })
    report({ kind: 'key_not_found', flow, place })
    return false
  }
  store.spill.remove(flow.flowId)
  store.spareLock.remove(flow.flowId)
  const end = flow.phase === 'committed' ? 'done' : 'abandoned'
  if (end === 'abandoned' && flow.sessionId !== null) await store.sessions.mark(flow.sessionId, 'canceled')
  return store.flows.move(flow.flowId, flow.phase, end, {
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
      if (error.kind === 'undetermined' || error.kind === 'credentials') return
    }
  }
}
