/**
 * The journal of one login, P0 to P9 of the order of writes: each phase is committed before the next one begins, so
 * that a process killed anywhere leaves behind what another one needs to go on. Code and answer are sealed with a key
 * that lives in the vault only; when the login is over, that key is destroyed and every remnant with it.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from '../../app.ts'
import type { LoginPhase, LoginRecord, NewLogin } from '../../domain/login.ts'
import { Secret } from '../../domain/secret.ts'
import { Problem } from '../../problem.ts'
import type { Lock } from '../../store/locks.ts'
import type { LoginChange } from '../../store/logins.ts'
import { flowAnswerName, flowKeyName } from '../../vault/own-names.ts'
import { putProven } from '../../vault/prove.ts'
import { associated, open, pack, seal, unpack } from '../../vault/seal.ts'
import type { Vault } from '../../vault/vault.ts'
import type { Report } from './events.ts'

const RETRY_MS = 2_000
const INFO = 'finchconn/flow/1'

type Parts = Pick<App, 'store' | 'host'> & { readonly vault: Vault }
type SealedPart = 'code' | 'answer'

/** A login of another process, read and held under its lock. */
export interface TakenUp {
  readonly record: LoginRecord
  /** Null when the vault does not have the flow key. */
  readonly journal: Journal | null
  release(): void
  /** The login is over: its lock's file goes too. */
  remove(): void
}

const SWEEP_MS = 5_000

export class Journal {
  readonly loginId: string
  readonly #parts: Parts
  readonly #key: Buffer
  readonly #lock: Lock
  #phase: LoginPhase

  private constructor(parts: Parts, record: { loginId: string; phase: LoginPhase }, key: Buffer, lock: Lock) {
    this.#parts = parts
    this.loginId = record.loginId
    this.#phase = record.phase
    this.#key = key
    this.#lock = lock
  }

  /**
   * P0 prove and P1 started. The row comes first, so that whatever is left by a kill is found through it; then a flow key
   * is written to the vault, read back and compared, and a file is made that will take the answer on a full disk.
   */
  static async begin(parts: Parts, record: Omit<NewLogin, 'loginId'>): Promise<Journal> {
    const { store, host, vault } = parts
    const loginId = randomBytes(12).toString('hex')
    // Another command's sweep may hold it for the moment in which it finds nothing recorded under this id.
    const lock = await store.lockSoon(lockName(loginId), SWEEP_MS)
    if (lock === null) throw new Error('a new login id is already locked')
    const key = randomBytes(32)
    const journal = new Journal(parts, { loginId, phase: 'proving' }, key, lock)
    try {
      await store.logins.start({ ...record, loginId })
      host.onPhase?.('P0')
      await putProven(vault, flowKeyName(loginId), 'flow', new Secret(key.toString('base64')))
      store.spill.reserve(loginId)
      store.spareLock.make(loginId)
      await journal.#move('started')
      host.onPhase?.('P1')
      return journal
    } catch (error) {
      journal.release()
      throw error
    }
  }

  /** Takes up another process's login; null while that process lives, or when it has ended the login meanwhile. */
  static async takeUp(parts: Parts, loginId: string): Promise<TakenUp | null> {
    const lock = parts.store.lock(lockName(loginId))
    if (lock === null) return null
    try {
      // Read under the lock: its process may have gone on between any earlier look and now.
      const record = await parts.store.logins.find(loginId)
      if (record === null || record.phase === 'done' || record.phase === 'abandoned') {
        lock.remove()
        return null
      }
      const written = await parts.vault.get(flowKeyName(loginId), 'flow')
      const key = written === null ? null : Buffer.from(written.reveal(), 'base64')
      return {
        record,
        journal: key === null ? null : new Journal(parts, record, key, lock),
        release() {
          lock.release()
          key?.fill(0)
        },
        remove: () => lock.remove(),
      }
    } catch (error) {
      lock.release()
      throw error
    }
  }

  /** The connection is known: its lock's file comes out of what was made in P0. */
  giveLockFile(name: string): void {
    this.#parts.store.spareLock.become(this.loginId, name)
  }

  /** The session is known: recorded before anybody can use its link. */
  async noteSession(sessionId: string, finchCustomerId: string): Promise<void> {
    await this.#move('started', { sessionId, finchCustomerId })
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
   * P5 token: the raw answer, sealed, on the disk. Nothing else happens in here: no network, prompt, keychain or parser
   * stands between Finch's answer and the disk. First it goes over the file made for it, which needs neither new space nor
   * another process's patience; then into the row. Where neither takes it the vault is tried, and if that fails too it is
   * held and tried again until one does, because ending now would lose the token.
   */
  async saveAnswer(raw: Buffer, report: Report): Promise<void> {
    const sealedAnswer = this.#seal('answer', raw)
    const inFile = this.#spill(sealedAnswer)
    if (inFile) this.#parts.host.onPhase?.('P5')
    for (;;) {
      try {
        await this.#move('token', { sealedAnswer })
        break
      } catch (error) {
        if (inFile || this.#spill(sealedAnswer) || (await this.#saveInVault(sealedAnswer))) break
        report({ kind: 'holding', why: error instanceof Error ? error.message : String(error) })
        await sleep(RETRY_MS)
      }
    }
    this.#parts.host.onPhase?.(inFile ? 'P5 row' : 'P5')
  }

  /** The code, or null when there is none or it does not open. */
  code(record: LoginRecord): Secret | null {
    const opened = record.sealedCode === null ? null : this.#open('code', record.sealedCode)
    return opened === null ? null : new Secret(opened.toString('utf8'))
  }

  /** The raw answer from wherever P5 could put it, whatever the phase says; null when none was saved. */
  async answer(record: LoginRecord): Promise<Buffer | null> {
    const inRow = record.sealedAnswer === null ? null : this.#open('answer', record.sealedAnswer)
    if (inRow !== null) return inRow
    const spilled = this.#parts.store.spill.read(this.loginId)
    const inFile = spilled === null ? null : this.#open('answer', spilled)
    if (inFile !== null) return inFile
    const kept = await this.#parts.vault.get(flowAnswerName(this.loginId), 'flow')
    return kept === null ? null : this.#open('answer', Buffer.from(kept.reveal(), 'base64'))
  }

  /** A new token that Finch has not confirmed yet stays sealed beside the old one, and is tried again. */
  async keepUnverified(reason: string): Promise<void> {
    await this.#move('unverified', { reason })
    this.#parts.host.onPhase?.('P6')
  }

  /** A token that failed its checks stays sealed, with the reason; its key stays too. */
  async quarantine(reason: string): Promise<void> {
    await this.#move('quarantined', { reason })
    this.#parts.host.onPhase?.('P6')
  }

  /** P8: whatever `save` writes and the mark that this login has its connection, in one transaction. */
  async commit(connectionId: string, save: () => Promise<void>): Promise<void> {
    await this.#parts.store.atomically(async () => {
      await save()
      await this.#write('committed', { connectionId })
    })
    this.#phase = 'committed'
  }

  /** P9 tidy, and the end of a login without a token. Can be repeated. */
  async tidy(phase: 'done' | 'abandoned', reason: string | null = null): Promise<void> {
    const { store, vault, host } = this.#parts
    await vault.remove(flowKeyName(this.loginId))
    await vault.remove(flowAnswerName(this.loginId))
    store.spill.remove(this.loginId)
    store.spareLock.remove(this.loginId)
    const record = await store.logins.find(this.loginId)
    await store.atomically(async () => {
      await this.#write(phase, { sealedCode: null, sealedAnswer: null, ...(reason === null ? {} : { reason }) })
      if (phase === 'abandoned' && record?.sessionId) await store.sessions.mark(record.sessionId, 'canceled')
      await store.sessions.expire(host.now())
    })
    this.#phase = phase
    host.onPhase?.('done')
    // Only of a login that is over: while it is not, all must mean the same file by this lock.
    this.#lock.remove()
    store.trim()
    host.onPhase?.('P9')
  }

  release(): void {
    this.#lock.release()
    this.#key.fill(0)
  }

  async #move(phase: LoginPhase, change: LoginChange = {}): Promise<void> {
    await this.#write(phase, change)
    this.#phase = phase
  }

  /** The lock keeps others away; comparing the phase proves that it did. */
  async #write(phase: LoginPhase, change: LoginChange): Promise<void> {
    if (await this.#parts.store.logins.move(this.loginId, this.#phase, phase, change)) return
    throw new Problem('conflict', 'another process has changed this login', {
      code: 'in_progress',
      hint: 'nothing was overwritten; look: finchconn list',
      retryable: true,
    })
  }

  #spill(sealed: Buffer): boolean {
    try {
      this.#parts.store.spill.write(this.loginId, sealed)
      return true
    } catch {
      // The next place is tried; if all fail, the row's reason is the one that is told.
      return false
    }
  }

  async #saveInVault(sealed: Buffer): Promise<boolean> {
    try {
      await putProven(this.#parts.vault, flowAnswerName(this.loginId), 'flow', new Secret(sealed.toString('base64')))
      return true
    } catch {
      // A token is held: nothing may end the process here, and the row's reason is told.
      return false
    }
  }

  #seal(part: SealedPart, plain: Buffer): Buffer {
    return pack(seal(this.#key, INFO, associated('finchconn/flow', this.loginId, part), plain))
  }

  #open(part: SealedPart, packed: Buffer): Buffer | null {
    const sealed = unpack(packed)
    return sealed === null ? null : open(this.#key, INFO, associated('finchconn/flow', this.loginId, part), sealed)
  }
}

export function lockName(loginId: string): string {
  return `flow.${loginId}`
}
