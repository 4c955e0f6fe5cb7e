/** The command line as a process of its own that dies by SIGKILL at a given phase. Bundled by the test that uses it. */
import { run } from '../../src/cli.ts'

const killAt = process.env.KILL_AT
process.exitCode = await run({
  argv: process.argv.slice(2),
  env: process.env,
  execArgv: [],
  platform: process.platform,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: new AbortController().signal,
  now: () => new Date(),
  keychainChild: JSON.parse(process.env.KEYCHAIN_CHILD ?? '["false"]'),
  matcherWorker: new URL('../../dist/matcher-worker.cjs', import.meta.url),
  self: [process.execPath],
  version: '0.0.0-test',
  onPhase: (phase) => {
    if (phase === killAt) process.kill(process.pid, 'SIGKILL')
  },
})
