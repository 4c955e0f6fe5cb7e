/** Real processes and real signals. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { BIN, later, type World, world } from './harness.ts'

interface Waiting {
  readonly child: ChildProcess
  readonly words: () => string
  readonly ended: Promise<number | null>
}

const CONNECT = ['connect', '--customer', 'acme', '--create', '--no-browser', '--timeout', '60s']

function environment({ env }: World): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined))
}

/** A `connect` that waits for its employer. */
async function waiting(place: World, wrapper: readonly string[] = []): Promise<Waiting> {
  const [file = '', ...args] = [...wrapper, process.execPath, BIN, ...CONNECT]
  const child = spawn(file, args, { env: environment(place), stdio: ['ignore', 'pipe', 'pipe'] })
  later(() => child.kill('SIGKILL'))
  let words = ''
  const hear = (chunk: Buffer) => {
    words += chunk
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const ended = once(child, 'close').then(([code]) => code as number | null)
  await expect.poll(() => words, { timeout: 20_000 }).toContain('Waiting for')
  return { child, words: () => words, ended }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

describe('signals', () => {
  const codes: [signal: NodeJS.Signals, code: number][] = [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ]
  it.each(codes)('%s ends a wait with %i', async (signal, code) => {
    const { child, ended } = await waiting(await world())
    child.kill(signal)
    expect(await ended).toBe(code)
  })

  it('SIGHUP does not end what no terminal holds, as under nohup', async () => {
    const { child, ended, words } = await waiting(await world(), ['nohup'])
    child.kill('SIGHUP')
    // Signals arrive in no order of ours: the second one is sent once the first has been taken.
    await expect.poll(() => pendingSignals(child.pid)).toBe('0000000000000000')
    child.kill('SIGTERM')
    expect(await ended).toBe(143)
    expect(words()).toContain('stopped')
  })

  it.runIf(process.platform === 'linux')('SIGHUP ends what a terminal holds, with 129', async () => {
    const place = await world()
    const command = [process.execPath, BIN, ...CONNECT].join(' ')
    const terminal = spawn('script', ['-qefc', `exec ${command}`, '/dev/null'], {
      env: environment(place),
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    later(() => terminal.kill('SIGKILL'))
    let words = ''
    terminal.stdout.on('data', (chunk) => {
      words += chunk
    })
    await expect.poll(() => words, { timeout: 20_000 }).toContain('Waiting for')
    const ended = once(terminal, 'close')
    const [inside] = readFileSync(`/proc/${terminal.pid}/task/${terminal.pid}/children`, 'utf8').trim().split(' ')
    process.kill(Number(inside), 'SIGHUP')
    expect((await ended)[0]).toBe(129)
  })

  it('SIGUSR1 opens no inspector', async () => {
    const { child, ended, words } = await waiting(await world())
    child.kill('SIGUSR1')
    await expect.poll(() => pendingSignals(child.pid)).toBe('0000000000000000')
    child.kill('SIGUSR1')
    await expect.poll(() => pendingSignals(child.pid)).toBe('0000000000000000')
    expect(await listens(9229)).toBe(false)
    child.kill('SIGTERM')
    expect(await ended).toBe(143)
    expect(words()).not.toContain('Debugger')
  })
})

/** Of the whole process, in hex; none elsewhere than on Linux. */
function pendingSignals(pid: number | undefined): string {
  const file = `/proc/${pid}/status`
  if (!existsSync(file)) return '0000000000000000'
  return /^ShdPnd:\s*(\w+)/m.exec(readFileSync(file, 'utf8'))?.[1] ?? ''
}
