/**
 * Secrets in the operating system's keychain: service `finchconn.<profile>.<store id>`, account = the name.
 * Every call has a deadline, at which the child that makes it is killed. The texts of the underlying library are shown,
 * never interpreted: they differ by system and version. `null` from the library means "missing or locked", so it is
 * believed only after a trial write has shown the keychain to be open.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { Secret } from '../domain/secret.ts'
import { Problem } from '../problem.ts'
import type { CodeOf } from '../problem-codes.ts'
import { trialName } from './own-names.ts'
import type { Vault } from './vault.ts'

type Call = { op: 'get' | 'delete' } | { op: 'set'; value: string }
export type KeychainRequest = { id: number; service: string; account: string } & Call
export type KeychainAnswer = { id: number; value: string | null } | { id: number; error: string }

/** Windows keeps at most 2,560 bytes in a credential, in UTF-16. */
const LONGEST_ON_WINDOWS = 1_280
const SLOW_MS = 1_500

export interface KeychainOptions {
  readonly service: string
  /** The program that talks to the keychain: file and arguments. */
  readonly child: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: string
  /** 3 s where nobody answers a dialog, longer where somebody may be typing into one. */
  readonly deadlineMs: number
  /** Ctrl-C: a call that waits for a dialog is given up. */
  readonly signal: AbortSignal
  /** Told once, when a call takes so long that a dialog is likely waiting. */
  readonly onSlow?: () => void
}

export function keychainPlace(platform: string): string {
  if (platform === 'darwin') return 'macOS Keychain'
  if (platform === 'win32') return 'Windows Credential Manager'
  return 'Secret Service'
}

/** Nothing is started until the first call. */
export function openKeychain(options: KeychainOptions): Vault {
  const line = new KeychainLine(options)
  const place = keychainPlace(options.platform)

  async function isOpen(): Promise<void> {
    const canary = trialName(randomBytes(6).toString('hex'))
    const value = randomBytes(12).toString('hex')
    await line.call(canary, { op: 'set', value })
    const back = await line.call(canary, { op: 'get' })
    await line.call(canary, { op: 'delete' })
    if (back !== value) throw unavailable(place, 'it did not return what was just written')
  }

  async function get(name: string): Promise<Secret | null> {
    const value = await line.call(name, { op: 'get' })
    if (value !== null && value !== '') return new Secret(value)
    await isOpen()
    const again = await line.call(name, { op: 'get' })
    return again === null || again === '' ? null : new Secret(again)
  }

  return {
    kind: 'keychain',
    place,
    async put(name, _kind, secret) {
      const value = secret.reveal()
      if (value.includes('\0')) throw unavailable(place, 'a secret with a NUL byte would be cut')
      if (options.platform === 'win32' && value.length > LONGEST_ON_WINDOWS) {
        throw unavailable(place, `it takes ${LONGEST_ON_WINDOWS} characters and the secret has ${value.length}`)
      }
      await line.call(name, { op: 'set', value })
    },
    get,
    async remove(name) {
      await line.call(name, { op: 'delete' })
    },
    close: () => line.end(),
  }
}

function unavailable(place: string, why: string, code: CodeOf<'unavailable'> = 'keychain_unavailable'): Problem {
  return new Problem('unavailable', `the keychain (${place}) cannot be used: ${why}`, {
    code,
    hint: 'if it is locked, unlock it and try again; if this machine has no keychain, use a sealed vault: finchconn setup --vault sealed',
  })
}

/** The line to the child process: requests out, answers in, one deadline each. */
class KeychainLine {
  readonly #options: KeychainOptions
  readonly #place: string
  readonly #waiting = new Map<
    number,
    { settle: (answer: KeychainAnswer) => void; fail: (why: string, code?: CodeOf<'unavailable'>) => void }
  >()
  #child: ChildProcessByStdio<Writable, Readable, null> | null = null
  #last = 0
  #saidSlow = false

  constructor(options: KeychainOptions) {
    this.#options = options
    this.#place = keychainPlace(options.platform)
  }

  call(account: string, call: Call): Promise<string | null> {
    const { signal } = this.#options
    if (signal.aborted) return Promise.reject(signal.reason)
    const child = this.#child ?? this.#start()
    this.#last += 1
    const id = this.#last
    return new Promise((resolve, reject) => {
      const slow = setTimeout(() => this.#saySlow(), SLOW_MS)
      const deadline = setTimeout(() => {
        // A signal is the only thing that ends a native thread that is stuck.
        child.kill('SIGKILL')
        this.#fail(
          `no answer within ${Math.round(this.#options.deadlineMs / 1000)} seconds; it may be locked or hanging`,
          'keychain_timeout',
        )
      }, this.#options.deadlineMs)
      const stop = () => {
        child.kill('SIGKILL')
        done()
        reject(signal.reason)
      }
      signal.addEventListener('abort', stop, { once: true })
      const done = () => {
        signal.removeEventListener('abort', stop)
        clearTimeout(slow)
        clearTimeout(deadline)
        this.#waiting.delete(id)
      }
      this.#waiting.set(id, {
        settle: (answer) => {
          done()
          if ('error' in answer) reject(unavailable(this.#place, answer.error))
          else resolve(answer.value)
        },
        fail: (why, code) => {
          done()
          reject(unavailable(this.#place, why, code))
        },
      })
      child.stdin.write(`${JSON.stringify({ id, service: this.#options.service, account, ...call })}\n`)
    })
  }

  end(): void {
    this.#child?.stdin.end()
    this.#child = null
  }

  #start(): ChildProcessByStdio<Writable, Readable, null> {
    const [file, ...args] = this.#options.child
    const child = spawn(file, args, {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: quietEnvironment(this.#options.env),
      windowsHide: true,
    })
    this.#child = child
    // A child that died between two calls must not bring the parent down; the call's own failure tells.
    child.stdin.on('error', () => {})
    createInterface({ input: child.stdout }).on('line', (text) => this.#hear(text))
    // A child that was given up (and perhaps replaced) has nothing more to say.
    const failIfCurrent = (why: string) => {
      if (this.#child === child) this.#fail(why)
    }
    child.on('error', (error) => failIfCurrent(`its helper process did not start (${error.message})`))
    child.on('close', (_code, signal) =>
      failIfCurrent(signal === null ? 'its helper process ended' : `its helper process was ended by ${signal}`),
    )
    return child
  }

  #hear(text: string): void {
    const answer = readAnswer(text)
    if (answer === null) return
    // Id 0: the library itself did not load, so no request will ever be answered.
    if (answer.id === 0) this.#fail('error' in answer ? answer.error : 'no keychain library')
    else this.#waiting.get(answer.id)?.settle(answer)
  }

  #fail(why: string, code?: CodeOf<'unavailable'>): void {
    this.#child = null
    for (const { fail } of [...this.#waiting.values()]) fail(why, code)
  }

  #saySlow(): void {
    if (this.#saidSlow) return
    this.#saidSlow = true
    this.#options.onSlow?.()
  }
}

/** A native library may write lines of its own; they are not answers. */
function readAnswer(line: string): KeychainAnswer | null {
  try {
    const answer: unknown = JSON.parse(line)
    return typeof answer === 'object' && answer !== null && 'id' in answer ? (answer as KeychainAnswer) : null
  } catch {
    return null
  }
}

/** The child talks to the keychain only: it gets no secret of ours through its environment. */
function quietEnvironment(env: KeychainOptions['env']): Record<string, string> {
  const kept = Object.entries(env).filter(
    ([name, value]) => value !== undefined && !/^FINCH/.test(name) && name !== 'NODE_OPTIONS',
  )
  return Object.fromEntries(kept) as Record<string, string>
}
