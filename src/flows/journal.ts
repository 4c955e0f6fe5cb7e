/**
 * The journal of one attempt, P0 to P9 of the order of writes: each phase is committed before the next one begins, so
 * that a process killed anywhere leaves behind what another one needs to go on. Code and answer are sealed with a key
 * that lives in the vault only; when the attempt is over, that key is destroyed and every remnant with it.
 */
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { App } from '../app.ts'
import type { Flow, FlowPhase } from '../domain/flow.ts'
import { Secret } from '../domain/secret.ts'
import type { FlowChange } from '../store/flows.ts'
import { type Lock, ownFile, ownFolder } from '../store/sqlite.ts'
import { putProven } from '../vault/prove.ts'
import { associated, open, pack, seal, unpack } from '../vault/seal.ts'
import type { Vault } from '../vault/vault.ts'
import type { Tell } from './news.ts'

const PENDING_BYTES = 16 * 1024
const RETRY_MS = 2_000
const INFO = 'finchconn/flow/1'

type Parts = Pick<App, 'store' | 'host'> & { readonly vault: Vault }
type SealedPart = 'code' | 'answer'

export class Journal {
  readonly flowId: string
  readonly #parts: Parts
  readonly #key: Buffer
  readonly #lock: Lock

  private constructor(parts: Parts, flowId: string, key: Buffer, lock: Lock) {
    this.#parts = parts
    this.flowId = flowId
    this.#key = key
    this.#lock = lock
  }

  /** P0 prove, the vault's half: a flow key is written, read back and compared while nothing is at stake yet. */
  static async prove(parts: Parts): Promise<Journal> {
    const flowId = randomBytes(12).toString('hex')
    const lock = parts.store.lock(`flow.${flowId}`)
    if (lock === null) throw new Error('a new flow id is already locked')
    const key = randomBytes(32)
    await putProven(parts.vault, keyName(flowId), 'flow', new Secret(key.toString('base64')))
    parts.host.onPhase?.('P0')
    return new Journal(parts, flowId, key, lock)
  }

  /** Takes up another process's attempt, unless that process lives or the vault has lost the flow key. */
  static async takeUp(parts: Parts, flowId: string): Promise<Journal | 'running' | 'key lost'> {
    const lock = parts.store.lock(`flow.${flowId}`)
    if (lock === null) return 'running'
    const written = await parts.vault.get(keyName(flowId), 'flow')
    if (written === null) {
      lock.release()
      return 'key lost'
    }
    return new Journal(parts, flowId, Buffer.from(written.reveal(), 'base64'), lock)
  }

  /** P1 started. Beside the row a file is filled with noise, as a second place for the answer should the disk fill up. */
  async start(flow: Parameters<App['store']['flows']['start']>[0]): Promise<void> {
    await this.#parts.store.flows.start(flow)
    ownFolder(join(this.#parts.store.folder, 'pending'))
    ownFile(this.#pendingPath())
    writeDown(this.#pendingPath(), randomBytes(PENDING_BYTES))
    this.#parts.host.onPhase?.('P1')
  }

  /** P3 code: saved before the browser is answered. */
  async saveCode(code: Secret): Promise<void> {
    await this.#move('code', {
      sealedCode: this.#seal('code', Buffer.from(code.reveal())),
      codeAt: this.#parts.host.now().toISOString(),
    })
    this.#parts.host.onPhase?.('P3')
  }

  /** P4 sent: marked before the bytes leave. */
  async markSent(times: number): Promise<void> {
    await this.#move('sent', { sent: times })
    this.#parts.host.onPhase?.('P4')
  }

  /**
   * P5 token: the raw answer, sealed, in one commit. Nothing else happens in here: no network, prompt, keychain or
   * parser stands between Finch's answer and the disk. If the row does not take it, the other places are tried; if none
   * does, it is held and tried again until one does, because ending now would lose the token.
   */
  async saveAnswer(raw: Buffer, tell: Tell): Promise<void> {
    const sealedAnswer = this.#seal('answer', raw)
    for (;;) {
      try {
        await this.#move('token', { sealedAnswer })
        break
      } catch (error) {
        if (this.#saveAside(sealedAnswer) || (await this.#saveInVault(sealedAnswer))) break
        tell({ kind: 'holding', why: error instanceof Error ? error.message : String(error) })
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      }
    }
    this.#parts.host.onPhase?.('P5')
  }

  /** The code, or null when there is none or it does not open. */
  code(flow: Flow): Secret | null {
    const opened = flow.sealedCode === null ? null : this.#open('code', flow.sealedCode)
    return opened === null ? null : new Secret(opened.toString('utf8'))
  }

  /** The raw answer from wherever P5 could put it; null when none was saved. */
  async answer(flow: Flow): Promise<Buffer | null> {
    const inRow = flow.sealedAnswer === null ? null : this.#open('answer', flow.sealedAnswer)
    if (inRow !== null) return inRow
    const aside = existsSync(this.#pendingPath()) ? readLengthed(readFileSync(this.#pendingPath())) : null
    const inFile = aside === null ? null : this.#open('answer', aside)
    if (inFile !== null) return inFile
    const kept = await this.#parts.vault.get(answerName(this.flowId), 'flow')
    return kept === null ? null : this.#open('answer', Buffer.from(kept.reveal(), 'base64'))
  }

  /** A token that failed its checks stays sealed, with the reason; its key stays too. */
  async quarantine(reason: string): Promise<void> {
    await this.#move('quarantined', { reason })
    this.#parts.host.onPhase?.('P6')
  }

  /** P8's half of the transaction: the attempt has its connection. */
  async commit(connectionId: string): Promise<void> {
    await this.#move('committed', { connectionId })
  }

  /** P9 tidy, and the end of an attempt without a token. Can be repeated. */
  async tidy(phase: 'done' | 'abandoned', reason: string | null = null): Promise<void> {
    const { store, vault, host } = this.#parts
    await vault.remove(keyName(this.flowId))
    await vault.remove(answerName(this.flowId))
    await this.#move(phase, { sealedCode: null, sealedAnswer: null, ...(reason === null ? {} : { reason }) })
    rmSync(this.#pendingPath(), { force: true })
    // Only of an attempt that is over: while it is not, all must mean the same file by this lock.
    rmSync(join(store.folder, 'locks', `flow.${this.flowId}`), { force: true })
    store.trim()
    host.onPhase?.('P9')
  }

  release(): void {
    this.#lock.release()
    this.#key.fill(0)
  }

  #move(phase: FlowPhase, change: FlowChange): Promise<void> {
    return this.#parts.store.flows.move(this.flowId, phase, change)
  }

  #saveAside(sealed: Buffer): boolean {
    try {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(sealed.length)
      writeDown(this.#pendingPath(), Buffer.concat([length, sealed]))
      return true
    } catch {
      // The next place is tried; if all fail, the first place's reason is the one that is told.
      return false
    }
  }

  async #saveInVault(sealed: Buffer): Promise<boolean> {
    try {
      await putProven(this.#parts.vault, answerName(this.flowId), 'flow', new Secret(sealed.toString('base64')))
      return true
    } catch {
      return false
    }
  }

  #seal(part: SealedPart, plain: Buffer): Buffer {
    return pack(seal(this.#key, INFO, associated('finchconn/flow', this.flowId, part), plain))
  }

  #open(part: SealedPart, packed: Buffer): Buffer | null {
    const sealed = unpack(packed)
    return sealed === null ? null : open(this.#key, INFO, associated('finchconn/flow', this.flowId, part), sealed)
  }

  #pendingPath(): string {
    return join(this.#parts.store.folder, 'pending', this.flowId)
  }
}

export function keyName(flowId: string): string {
  return `flow.${flowId}`
}

function answerName(flowId: string): string {
  return `answer.${flowId}`
}

/** Writes over an existing file without changing its size, and does not return before the disk has it. */
function writeDown(path: string, bytes: Buffer): void {
  const file = openSync(path, 'r+')
  try {
    writeSync(file, bytes, 0, bytes.length, 0)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function readLengthed(bytes: Buffer): Buffer | null {
  const length = bytes.length < 4 ? Number.POSITIVE_INFINITY : bytes.readUInt32BE(0)
  return length > bytes.length - 4 ? null : bytes.subarray(4, 4 + length)
}
