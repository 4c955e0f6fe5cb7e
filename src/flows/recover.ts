/**
 * Finishes what was cut short: any command that opens the vault first looks for attempts whose process is gone and takes
 * each as far as it can go. What needs Finch is left for later when `online` is false.
 */
import type { App } from '../app.ts'
import type { Connection } from '../domain/connection.ts'
import type { Flow } from '../domain/flow.ts'
import { Problem } from '../problem.ts'
import type { Vault } from '../vault/vault.ts'
import { type Completion, rollForward, tidyUp } from './complete.ts'
import { againCommand, exchange, MOST_SENDINGS } from './exchange.ts'
import { Journal, keyName } from './journal.ts'
import type { Tell } from './news.ts'

/** Finch's codes live ten minutes; the last one is not worth a try. */
const YOUNG_MS = 9 * 60_000

export async function recover(app: App, tell: Tell, { online }: { online: boolean }): Promise<void> {
  for (const flow of await app.store.flows.unfinished()) {
    // Another environment's attempt waits for a command of that environment: its code and token must not go elsewhere.
    if (flow.environment !== app.config.environment || flow.origin !== app.origin) continue
    try {
      const connection = await recoverOne(app, flow, tell, online)
      if (connection !== null) tell({ kind: 'recovered', flow, connection })
    } catch (error) {
      if (error instanceof Problem && error.kind === 'stopped') throw error
      // Whatever is wrong with this one attempt, it must not keep every other connection from being used.
      tell({ kind: 'not_recovered', flow, why: error instanceof Error ? error.message : String(error) })
    }
  }
}

async function recoverOne(app: App, found: Flow, tell: Tell, online: boolean): Promise<Connection | null> {
  const vault = await app.vault()
  const journal = await Journal.takeUp({ store: app.store, host: app.host, vault }, found.flowId)
  if (journal === 'running') return null
  if (journal === 'key lost') return withoutKey(app, found, vault)
  try {
    // Its process may have gone on between our list and our lock.
    const flow = await app.store.flows.find(found.flowId)
    return flow === null ? null : await goOn({ app, vault, journal, tell, locked: null }, flow, online)
  } finally {
    journal.release()
  }
}

/** One step per phase it can have stopped in; see the order of writes. */
async function goOn(completion: Completion, flow: Flow, online: boolean): Promise<Connection | null> {
  const { app, journal } = completion
  if (flow.phase === 'started') {
    await tidyUp(completion, 'abandoned', 'interrupted')
    return null
  }
  if (flow.phase === 'committed') {
    await tidyUp(completion, 'done')
    return null
  }
  if (flow.phase !== 'code' && flow.phase !== 'sent' && flow.phase !== 'token') return null

  const saved = flow.phase === 'code' ? null : await journal.answer(flow)
  if (saved !== null) return finish(completion, flow, saved, online)
  const code = journal.code(flow)
  // A clock that was set back makes it look younger than it is; then Finch says so, and nothing is lost by asking.
  const age = app.host.now().getTime() - Date.parse(flow.codeAt ?? flow.startedAt)
  if (code === null || flow.sent >= MOST_SENDINGS || age > YOUNG_MS) {
    const why = flow.phase === 'code' ? 'its code has expired' : "Finch's answer was lost"
    await tidyUp(completion, 'abandoned', why)
    completion.tell({ kind: 'lost', flow, why, again: againCommand(flow) })
    return null
  }
  if (!online) return null
  return finish(completion, flow, await exchange(completion, await app.finch(), flow, code), online)
}

async function finish(completion: Completion, flow: Flow, raw: Buffer, online: boolean): Promise<Connection> {
  const { app } = completion
  const { connection } = await rollForward(completion, online ? await app.finch() : null, flow, raw)
  await tidyUp(completion, 'done')
  return (await app.store.connections.find(connection.connectionId)) ?? connection
}

/** Without its key nothing sealed in the row can be opened here, now or later. */
async function withoutKey(app: App, flow: Flow, vault: Vault): Promise<null> {
  const nothingKept =
    flow.phase === 'started' || flow.phase === 'committed' || (flow.sealedCode === null && flow.sealedAnswer === null)
  if (!nothingKept) {
    // It stays, in case the vault comes back, and is not tried or told again.
    await app.store.flows.move(flow.flowId, 'quarantined', { reason: 'flow key lost' })
    throw new Problem('unavailable', `its key ${keyName(flow.flowId)} is not in the ${vault.place}`, {
      code: 'flow_key_lost',
    })
  }
  await app.store.flows.move(flow.flowId, flow.phase === 'committed' ? 'done' : 'abandoned', {
    reason: 'interrupted',
    sealedAnswer: null,
    sealedCode: null,
  })
  return null
}
