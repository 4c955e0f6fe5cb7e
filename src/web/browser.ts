/** The one door to `open`. Opening is best effort: the address is always printed too, and nobody trusts an opener's exit code. */
import { spawn } from 'node:child_process'
import { childEnvironment } from '../domain/child-environment.ts'

export type Opened = { readonly opened: true } | { readonly opened: false; readonly why: string }

/** Opens our own launcher address, with `command` (argv, the address added last, no shell) or the system's browser. */
export async function openBrowser(
  address: string,
  command: readonly string[] | null,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Opened> {
  try {
    return command === null ? await openSystemBrowser(address) : await run(command, address, env)
  } catch (error) {
    return { opened: false, why: error instanceof Error ? error.message : String(error) }
  }
}

async function openSystemBrowser(address: string): Promise<Opened> {
  const { default: open } = await import('open')
  const child = await open(address)
  return settle(child)
}

async function run(
  [file, ...args]: readonly string[],
  address: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Opened> {
  if (file === undefined) return { opened: false, why: 'the browser command is empty' }
  const child = spawn(file, [...args, address], { stdio: 'ignore', detached: true, env: childEnvironment(env) })
  child.unref()
  return settle(child)
}

/** Started is all that can be known; a program that is missing says so at once. */
function settle(child: ReturnType<typeof spawn>): Promise<Opened> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ opened: false, why: error.message }))
    child.once('spawn', () => resolve({ opened: true }))
    if (child.pid !== undefined) resolve({ opened: true })
  })
}
