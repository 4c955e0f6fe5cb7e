/**
 * What tests stand on: a throw-away home, a host that is captured, the real command line run in this process, and an
 * employer who goes through Connect when the address is printed. Nothing of ours is mocked.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterEach } from 'vitest'
import type { Host } from '../src/app.ts'
import { run } from '../src/cli.ts'
import { type Emulator, type EmulatorOptions, startEmulator } from '../src/emulator/emulator.ts'
import { type RobotAnswers, type RobotResult, walkConnect } from '../src/emulator/robot.ts'
import { newVaultKey } from '../src/vault/seal.ts'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))
export const BIN = join(ROOT, 'bin', 'finchconn.js')
export const KEYCHAIN_CHILD = join(ROOT, 'dist', 'keychain-child.cjs')

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

/** Runs after the current test, whatever became of it. */
export function later(clean: () => unknown): void {
  cleanups.push(clean)
}

export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'finchconn-test-'))
  later(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Two runs at once are each given a range of their own. */
const FIRST_PORT = Number(process.env.TEST_PORTS ?? 20_000)
let lastPort = 0

/**
 * A port that is free on both loopback addresses now. Below the range the system hands out by itself, and another part
 * of it for each test worker: a port that was only looked at is soon somebody else's otherwise.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    lastPort += 1
    const port = FIRST_PORT + Number(process.env.VITEST_POOL_ID ?? 0) * 1_000 + (lastPort % 1_000)
    const both = await Promise.all(['127.0.0.1', '::1'].map((host) => listenOnce(host, port).catch(() => null)))
    if (both.every((got) => got === port)) return port
  }
}

function listenOnce(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ host, port }, () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** The one JSON document on stdout. */
  readonly json: () => Record<string, never> & { [key: string]: unknown }
  /** What the employer's browser ended at, when one was sent. */
  readonly browser: RobotResult | null
}

export interface RunOptions {
  readonly env?: Record<string, string | undefined>
  /** All of it, or a stream that the test ends. */
  readonly stdin?: string | PassThrough
  /** Who opens the printed address: a robot's answers, a function, or nobody. */
  readonly employer?: RobotAnswers | ((address: string) => Promise<unknown>) | null
  readonly signal?: AbortSignal
  readonly onPhase?: (phase: string) => void
  readonly onStderr?: (words: string) => void
  readonly tty?: boolean
  /** Of a terminal; 80 where a test does not say. */
  readonly columns?: number
  /** What a person at the terminal types: each once the words before it have been seen. */
  readonly typed?: readonly (readonly [seen: string, keys: string])[]
  readonly now?: () => Date
}

export interface World {
  readonly home: string
  readonly env: Record<string, string | undefined>
  readonly redirectUri: string
  /** Registered too, for a second process at the same time. */
  readonly otherRedirectUri: string
  readonly finch: Emulator
  run(args: string, options?: RunOptions): Promise<Ran>
  runWords(args: readonly string[], options?: RunOptions): Promise<Ran>
}

/** A home with a sealed vault and its own emulator, reached as any Finch is: by addresses and credentials. */
export async function world(emulator: EmulatorOptions = {}, vault: 'sealed' | 'keychain' = 'sealed'): Promise<World> {
  const home = folder()
  const redirectUri = `http://localhost:${await freePort()}/callback`
  const otherRedirectUri = `http://localhost:${await freePort()}/callback`
  const finch = await startEmulator({ redirectUris: [redirectUri, otherRedirectUri], ...emulator })
  later(() => finch.close())
  const env = {
    FINCHCONN_HOME: home,
    FINCHCONN_API_URL: finch.url,
    FINCHCONN_CONNECT_URL: finch.url,
    FINCH_CLIENT_ID: finch.clientId,
    FINCH_CLIENT_SECRET: finch.clientSecret,
    FINCHCONN_REDIRECT_URI: redirectUri,
    ...(vault === 'sealed'
      ? { FINCHCONN_VAULT_KEY: newVaultKey().reveal() }
      : { FINCHCONN_VAULT: 'keychain', TEST_KEYCHAIN: join(home, 'keychain.json') }),
    PATH: process.env.PATH,
  }
  const runWords = (args: readonly string[], options: RunOptions = {}) =>
    runCli(args, { ...options, env: { ...env, ...options.env } })
  return {
    home,
    env,
    redirectUri,
    otherRedirectUri,
    finch,
    runWords,
    run: (args, options) => runWords(split(args), options),
  }
}

function split(args: string): string[] {
  return args.split(' ').filter((word) => word !== '')
}

/** As it is read on a terminal: without colors and cursor movements. */
function unpainted(words: string): string {
  return words.replaceAll(/\u001b\[[\d;?]*[A-Za-z]/g, '')
}

const ADDRESS = /http:\/\/localhost:\d+\/go\/[\w-]+/

/** Runs the command line in this process. */
export async function runCli(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  let stdout = ''
  let stderr = ''
  let browser: Promise<unknown> | null = null
  const { employer, typed = [] } = options
  const waiting = [...typed]
  let read = 0
  const hear = (words: string) => {
    stderr += words
    const [next] = waiting
    const found = next === undefined ? -1 : unpainted(stderr).indexOf(next[0], read)
    if (next !== undefined && found !== -1) {
      read = found + next[0].length
      waiting.shift()
      setImmediate(() => stdin.write(next[1]))
    }
    options.onStderr?.(words)
    const address = ADDRESS.exec(stderr)?.[0]
    if (address === undefined || browser !== null || employer === null || employer === undefined) return
    browser = typeof employer === 'function' ? employer(address) : walkConnect(address, employer)
    browser.catch(() => {
      // Looked at when the command has ended.
    })
  }
  const output = (take: (words: string) => void) =>
    Object.assign(new PassThrough(), {
      write: (words: string) => take(String(words)) === undefined,
      // A prompt ends what it wrote to; the process's own streams stay open all the same.
      end: () => {},
      isTTY: options.tty,
      columns: options.columns,
    })
  const stdin = Object.assign(typeof options.stdin === 'object' ? options.stdin : new PassThrough(), {
    isTTY: options.tty,
  })
  if (typeof options.stdin !== 'object' && options.typed === undefined) stdin.end(options.stdin ?? '')
  const host: Host = {
    argv: employer === undefined ? args : [...args, '--no-browser'],
    env: options.env ?? {},
    execArgv: [],
    platform: process.platform,
    stdin,
    stdout: output((words) => {
      stdout += words
    }),
    stderr: output(hear),
    signal: options.signal ?? new AbortController().signal,
    now: options.now ?? (() => new Date()),
    keychainChild: keychainChild(options.env?.TEST_KEYCHAIN),
    matcherWorker: new URL('../dist/matcher-worker.cjs', import.meta.url),
    self: [process.execPath, BIN],
    version: '0.0.0-test',
    ...(options.onPhase === undefined ? {} : { onPhase: options.onPhase }),
  }
  const code = await run(host)
  // A robot that was turned away is the test's to look at; a test's own employer that failed has failed the test.
  const walked = await Promise.resolve(browser).catch((error: unknown) => {
    if (typeof employer === 'function') throw error
    return error
  })
  return {
    code,
    stdout,
    stderr,
    json: () => JSON.parse(stdout),
    browser: isWalk(walked) ? walked : null,
  }
}

/** The real helper, or the stand-in where a test keeps its keychain in a file. */
export function keychainChild(file: string | undefined): [string, ...string[]] {
  return file === undefined
    ? [process.execPath, KEYCHAIN_CHILD]
    : [process.execPath, join(ROOT, 'test', 'vault', 'file-keychain.mjs'), file]
}

function isWalk(value: unknown): value is RobotResult {
  return typeof value === 'object' && value !== null && 'ended' in value
}

/** Every byte of every file below a folder, as one buffer to search in. */
export function everyByte(path: string): Buffer {
  const inside = readdirSync(path).map((name) => join(path, name))
  return Buffer.concat(inside.map((one) => (statSync(one).isDirectory() ? everyByte(one) : readFileSync(one))))
}

/** A connection made by the robot employer; answers its JSON. */
export async function connected(
  place: World,
  customer: string,
  provider: string,
  answers: RobotAnswers = {},
): Promise<ConnectionJson> {
  const ran = await place.run(`connect --customer ${customer} --provider ${provider} --create --json`, {
    employer: answers,
  })
  if (ran.code !== 0) throw new Error(`connect ended with ${ran.code}: ${ran.stdout}${ran.stderr}`)
  return ran.json().connection as unknown as ConnectionJson
}

export interface ConnectionJson {
  readonly connection_id: string
  readonly customer_id: string
  readonly finch_customer_id: string
  readonly provider_id: string
  readonly status: string
  readonly entities: readonly { entity_id: string; name: string; status: string }[]
  readonly token: { fingerprint: string; place: string; saved_at: string }
  readonly [key: string]: unknown
}

export function errorOf(ran: Ran): {
  code: string
  message: string
  hint: string | null
  request_id: string | null
  retryable: boolean
} {
  return ran.json().error as never
}
