/** A person at a real terminal: types when the screen shows what they wait for. */
import { spawn } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'
import { BIN, later } from './harness.ts'

export interface Person {
  /** Waits until `words` appear after what was seen before, then types. */
  answers(words: string | RegExp, typed: string): Promise<void>
  /** Waits for the end; everything that was shown. */
  ended(): Promise<{ code: number | null; screen: string }>
}

export const ENTER = '\r'

/** Starts finchconn on a terminal of its own. */
export function atTerminal(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Person {
  // Wide enough that no sentence wraps.
  const command = `stty columns 300; exec ${[process.execPath, BIN, ...args].map((word) => `'${word}'`).join(' ')}`
  const child = spawn('script', ['--quiet', '--flush', '--return', '--command', command, '/dev/null'], {
    env: { TERM: 'xterm', SHELL: '/bin/sh', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  later(() => child.kill('SIGKILL'))
  let screen = ''
  let seen = 0
  let changed = () => {}
  child.stdout.on('data', (chunk: Buffer) => {
    screen += stripVTControlCharacters(chunk.toString())
    changed()
  })
  const end = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  const shows = (words: string | RegExp): number => {
    const found = new RegExp(words).exec(screen.slice(seen))
    return found === null ? -1 : seen + found.index + found[0].length
  }
  return {
    async answers(words, typed) {
      const appeared = new Promise<void>((resolve) => {
        changed = () => {
          if (shows(words) !== -1) resolve()
        }
        changed()
      })
      const gone = end.then((code) => {
        throw new Error(`ended with ${code} before showing ${String(words)}:\n${screen}`)
      })
      await Promise.race([appeared, gone])
      seen = shows(words)
      child.stdin.write(typed)
    },
    async ended() {
      const code = await end
      return { code, screen }
    },
  }
}
