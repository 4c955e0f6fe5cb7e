/** The real world: streams, environment, clock and signals in; an exit code out. The only file that touches `process`. */
import module from 'node:module'
import { isatty } from 'node:tty'
import { fileURLToPath } from 'node:url'
import type { Host } from './app.ts'
import { withThisMachine } from './domain/proxy.ts'
import { cacheFolder } from './folders.ts'
import { EXIT_BUG, EXIT_CODES, stopped, systemProblem } from './problem.ts'
import { answerStream, unwritten } from './terminal/answer-stream.ts'
import { VERSION } from './version.ts'

// With nobody listening to it, this signal makes Node open its inspector to every user of the machine.
process.on('SIGUSR1', () => {})

function hostOf(stop: AbortSignal): Host {
  const env = { ...process.env }
  // The SDK would read these by itself: they redirect secrets, add headers to them, or print them.
  for (const name of [
    'FINCH_BASE_URL',
    'FINCH_CUSTOM_HEADERS',
    'FINCH_LOG',
    'FINCHCONN_VAULT_KEY',
    'FINCH_CLIENT_SECRET',
  ])
    delete process.env[name]
  // Node sends what it fetches through a proxy under NODE_USE_ENV_PROXY, our own callback and emulator included.
  process.env.NO_PROXY = process.env.no_proxy = withThisMachine(env)
  if (process.report !== undefined)
    Object.assign(process.report, {
      reportOnFatalError: false,
      reportOnSignal: false,
      reportOnUncaughtException: false,
    })
  return {
    argv: process.argv.slice(2),
    env,
    execArgv: process.execArgv,
    platform: process.platform,
    stdin: process.stdin,
    stdout,
    stderr: process.stderr,
    signal: stop,
    now: () => new Date(),
    keychainChild: [process.execPath, fileURLToPath(new URL('./keychain-child.cjs', import.meta.url))],
    matcherWorker: new URL('./matcher-worker.cjs', import.meta.url),
    self: [process.execPath, fileURLToPath(new URL('../bin/finchconn.js', import.meta.url))],
    version: VERSION,
  }
}

/** As shells have it: 128 and the signal's number. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
let endedBy: number | null = null

/** The first signal ends waits in good order. A second one ends the process, whatever it is doing. */
function listenToSignals(): AbortSignal {
  const stop = new AbortController()
  // Node undoes what `nohup` did. A program that no terminal holds does not end with one.
  const mayHangUp = [0, 1, 2].some((descriptor) => isatty(descriptor))
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      if (signal === 'SIGHUP' && !mayHangUp) return
      if (stop.signal.aborted) process.exit(code)
      endedBy = code
      stop.abort(stopped())
    })
  }
  return stop.signal
}

/** In a folder of the user's own: code from a cache that others can write would run with our secrets. */
function keepCompiledCode(): void {
  const folder = cacheFolder(process.env)
  const { enableCompileCache } = module as { enableCompileCache?: (folder: string) => unknown }
  if (folder !== null) enableCompileCache?.(folder)
}

// Nothing that happens to our output may end the process: it may be holding a token. A reader that has seen enough
// (`| head`) closes the pipe, which is no failure; an answer that could not be written is one.
let outputFailure: NodeJS.ErrnoException | null = null
const stdout = answerStream(process.stdout)
process.stderr.on('error', () => {})
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') outputFailure ??= error
})
// The failure of a last write comes after everything else.
process.on('exit', (code) => {
  if (outputFailure === null) return
  const { message, hint, exitCode } = unwritten(outputFailure)
  process.stderr.write(`finchconn: ${message}\n${hint === null ? '' : `hint: ${hint}\n`}`)
  if (code === 0) process.exitCode = exitCode
})

/** What `run` cannot answer for, its own loading: a file of the program is missing, damaged, or cannot be opened. */
function notLoaded(error: unknown): number {
  const problem = systemProblem(error, 'finchconn')
  const [firstLine] = String(error instanceof Error ? error.message : error).split('\n')
  const message = problem?.message ?? `finchconn cannot be loaded: ${firstLine}`
  const hint = problem?.hint ?? 'reinstall finchconn'
  if (process.argv.includes('--json')) {
    const code = problem?.code ?? 'bug'
    stdout.write(`${JSON.stringify({ error: { code, message, hint, request_id: null, retryable: false } })}\n`)
  } else process.stderr.write(`finchconn: ${message}\nhint: ${hint}\n`)
  return problem?.exitCode ?? EXIT_BUG
}

const [word, ...rest] = process.argv.slice(2)
if (['--version', '-v', '-V', 'version'].includes(word ?? '') && rest.length === 0) {
  // Asked by scripts at every turn: answered before the rest is even loaded.
  stdout.write(`${VERSION}\n`)
} else {
  process.umask(0o077)
  keepCompiledCode()
  // A promise that never settles would end the process early, and must not look like success.
  process.exitCode = EXIT_BUG
  let returned = false
  process.on('exit', (code) => {
    if (code === EXIT_BUG && !returned)
      process.stderr.write('finchconn: this is a bug in finchconn: it ended before its work was done.\n')
  })
  import('./cli.ts')
    .then(({ run }) => run(hostOf(listenToSignals())), notLoaded)
    .catch((bug: unknown) => {
      process.stderr.write(`finchconn: this is a bug in finchconn: ${bug instanceof Error ? bug.stack : String(bug)}\n`)
      return EXIT_BUG
    })
    .then((code) => {
      returned = true
      process.exitCode = code === EXIT_CODES.stopped ? (endedBy ?? code) : code
    })
}
