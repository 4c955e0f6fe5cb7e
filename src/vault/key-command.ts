/** A vault key printed by a program of the person's choice, such as a password manager or a cloud's secret store. */
import { spawn } from 'node:child_process'
import { childEnvironment } from '../domain/child-environment.ts'
import { decodeText } from '../domain/decode.ts'
import { Secret } from '../domain/secret.ts'
import { Problem } from '../problem.ts'

const LARGEST = 4_096

export interface KeyCommandOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  readonly deadlineMs: number
}

/** Runs it without a shell. Throws Problem 7 when it is missing, fails, or prints no key in time. */
export function keyFromCommand(argv: readonly [string, ...string[]], options: KeyCommandOptions): Promise<Secret> {
  const [program, ...args] = argv
  const { signal, deadlineMs } = options
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      // Its questions and complaints are for the person; our stdin may be an answer to something else.
      stdio: ['ignore', 'pipe', 'inherit'],
      env: childEnvironment(options.env),
      windowsHide: true,
    })
    const chunks: Buffer[] = []
    let size = 0
    const end = (reason: unknown) => {
      clearTimeout(deadline)
      signal.removeEventListener('abort', stop)
      child.kill('SIGKILL')
      // A program it has started itself may hold the other end.
      child.stdout.destroy()
      reject(reason)
    }
    const stop = () => end(signal.reason)
    const deadline = setTimeout(
      () => end(trouble(`timed out: ${program} printed no vault key within ${Math.round(deadlineMs / 1000)} seconds`)),
      deadlineMs,
    )
    signal.addEventListener('abort', stop)
    child.once('error', (cause) => end(trouble(`${program} cannot be run`, cause)))
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size > LARGEST) end(trouble(`${program} prints more than a vault key`))
    })
    child.once('close', (code, killedBy) => {
      if (code !== 0) return end(trouble(`${program} ended with ${code ?? killedBy}`))
      clearTimeout(deadline)
      signal.removeEventListener('abort', stop)
      resolve(new Secret(decodeText(Buffer.concat(chunks)).trim()))
    })
  })
}

/** Only the program is named: its arguments may be nobody's business. */
function trouble(what: string, cause?: unknown): Problem {
  return new Problem('unavailable', `no vault key from FINCHCONN_VAULT_KEY_COMMAND: ${what}`, {
    code: 'vault_key_command',
    hint: 'run it by hand: it must print the key from finchconn vault keygen and nothing else',
    cause,
  })
}
