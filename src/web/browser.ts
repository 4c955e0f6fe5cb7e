/** The one door to `open`. Opening is best effort: the address is always printed too. */
import { type ChildProcess, spawn } from 'node:child_process'
import { childEnvironment } from '../domain/child-environment.ts'
import { browserList, withAddress } from './browser-command.ts'

export type Opened = { readonly opened: true } | { readonly opened: false; readonly why: string }

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: string
  /** `BROWSER`: commands to try before the system's own. */
  readonly usual: string | null
  /** A browser has arrived at the address: whatever its opener does now, it is open. */
  readonly reached: Promise<void>
}

/** An opener that fails does so at once; a browser that is started in its place runs for as long as it is used. */
const WATCH_MS = 1_000

/** Opens our own launcher address, with `command` or the usual browsers, one after the other until one opens. No shell. */
export async function openBrowser(
  address: string,
  command: readonly string[] | null,
  surroundings: Surroundings,
): Promise<Opened> {
  const { env, platform, usual, reached } = surroundings
  const commands = command === null ? browserList(usual ?? '', platform) : [command]
  const openers = commands.map((words) => () => start(withAddress(words, address), env))
  if (command === null) openers.push(() => startSystemBrowser(address))
  let opened: Opened = { opened: false, why: 'no browser is set' }
  for (const opener of openers) {
    const failed = (error: unknown): Opened => ({ opened: false, why: reason(error) })
    opened = await Promise.race([reached.then(() => ({ opened: true as const })), opener().catch(failed)])
    if (opened.opened) break
  }
  return opened
}

async function startSystemBrowser(address: string): Promise<Opened> {
  const { default: open } = await import('open')
  const child = await open(address)
  return outcome(child.spawnfile, child)
}

function start([file = '', ...args]: readonly string[], env: Surroundings['env']): Promise<Opened> {
  const child = spawn(file, args, { stdio: 'ignore', detached: true, env: childEnvironment(env) })
  child.unref()
  return outcome(file, child)
}

function outcome(name: string, child: ChildProcess): Promise<Opened> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      resolve(code === 0 ? { opened: true } : { opened: false, why: `${name} ended with ${signal ?? code}` })
    })
    setTimeout(() => resolve({ opened: true }), WATCH_MS).unref()
  })
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, path } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return `${path ?? 'the opener'} is not installed`
  if (code === 'EACCES') return `${path ?? 'the opener'} may not be run`
  return error.message
}
