/**
 * Finishes what was cut short: any command that opens the vault first looks for attempts whose process is gone and takes
 * each as far as it can go. What needs Finch is left for later when `online` is false.
 */
import type { App } from '../app.ts'
import type { Connection } from '../domain/connection.ts'
import { type Flow, KEY_NOT_FOUND } from '../domain/flow.ts'
import { Problem } from '../problem.ts'
import { againCommand } from './again.ts'
import { type Completion, rollForward, tidyUp } from './complete.ts'
import { exchange, MOST_SENDINGS } from './exchange.ts'
import { Journal } from './journal.ts'
import type { Tell } from './news.ts'
import { refresh } from './refresh.ts'
import { tokenOf } from './token.ts'

export async function recover(app: App, tell: Tell, { online }: { online: boolean }): Promise<void> {
  for (const flowId of await app.store.flows.unfinished()) {
    let flow: Flow | null = null
    try {
      flow = await app.store.flows.find(flowId)
      if (flow === null || !isOurs(app, flow)) continue
      const connection = await recoverOne(app, flowId, tell, online)
      if (connection !== null) tell({ kind: 'recovered', flow, connection })
    } catch (error) {
      if (!(error instanceof Problem) || error.kind === 'stopped') throw error
      // Whatever is wrong with this one attempt, it must not keep every other connection from being used.
      tell({ kind: 'not_recovered', flow, why: error.message })
    }
  }
  if (online) await verifyAgain(app)
}

/** Another environment's or application's attempt waits for a command of its own: its code and token must not go elsewhere. */
function isOurs({ config, origin }: App, flow: Flow): boolean {
  const sameApplication = config.clientId === null || flow.clientId === config.clientId
  return flow.environment === config.environment && flow.origin === origin && sameApplication
}

async function recoverOne(app: App, flowId: string, tell: Tell, online: boolean): Promise<Connection | null> {
  const vault = await app.vault()
  const taken = await Journal.takeUp({ store: app.store, host: app.host, vault }, flowId)
  if (taken === null) return null
  const { flow, journal } = taken
  try {
    if (journal === null) {
      if (await isOverWithoutKey(app, flow, vault.place, tell)) taken.remove()
      return null
    }
    const completion: Completion = { app, vault, journal, tell, locked: null }
    return await goOn(completion, flow, online)
  } finally {
    taken.release()
  }
}

/** One step per phase it can have stopped in; see the order of writes. An answer that was saved comes before any of them. */
async function goOn(completion: Completion, flow: Flow, online: boolean): Promise<Connection | null> {
  const { app, journal } = completion
  if (flow.phase === 'committed') {
    await tidyUp(completion, 'done')
    return null
  }
  if (flow.phase === 'quarantined') return null
  const saved = await journal.answer(flow)
  if (saved !== null) return finish(completion, flow, saved, online)
  const code = journal.code(flow)
  if (code === null && (flow.phase === 'proving' || flow.phase === 'started')) {
    await tidyUp(completion, 'abandoned', 'interrupted')
    return null
  }
  // However old the code looks, Finch is asked: its no is definite, and this machine's clock is not.
  if (code === null || flow.sent >= MOST_SENDINGS) {
    await tidyUp(completion, 'abandoned', 'the answer was lost')
    completion.tell({ kind: 'lost', flow, why: "Finch's answer was lost", again: againCommand(flow) })
    return null
  }
  if (!online) return null
  return finish(completion, flow, await exchange(completion, await app.finch(), flow, code), online)
}

/** Null where it has to wait for Finch: a token that takes another one's place is confirmed first. */
async function finish(completion: Completion, flow: Flow, raw: Buffer, online: boolean): Promise<Connection | null> {
  const { app } = completion
  const gained = await rollForward(completion, online ? await app.finch() : null, flow, raw)
  if (gained === null) return null
  await tidyUp(completion, 'done')
  return (await app.store.connections.find(gained.connection.connectionId)) ?? gained.connection
}

/**
 * Without its key nothing sealed in the row can be opened. Where something is sealed, the attempt stays in its phase and
 * is looked at again: a keychain may show another collection for an hour. The person is told once. Answers whether the
 * attempt is over.
 */
async function isOverWithoutKey(app: App, flow: Flow, place: string, tell: Tell): Promise<boolean> {
  const { store } = app
  const somethingKept = flow.sealedCode !== null || flow.sealedAnswer !== null || store.spill.read(flow.flowId) !== null
  const needsIt = flow.phase !== 'proving' && flow.phase !== 'committed' && flow.phase !== 'started'
  if (needsIt || (flow.phase === 'started' && somethingKept)) {
    if (flow.reason === KEY_NOT_FOUND) return false
    await store.flows.move(flow.flowId, flow.phase, flow.phase, { reason: KEY_NOT_FOUND })
    tell({ kind: 'key_not_found', flow, place })
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
