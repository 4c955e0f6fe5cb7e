import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { folder, type RunOptions, runCli } from '../harness.ts'

describe('a state file the emulator cannot use', () => {
  const DAMAGED = '{"format":1,"rules":{"alreadyEx'

  it.each([
    [
      'of `emulator --state`',
      (home: string) => [join(home, 'state.json'), ['emulator', '--port', '0', '--state', join(home, 'state.json')]],
    ],
    [
      'of the profile `emulator`',
      (home: string) => [
        join(home, 'emulator', 'finch.json'),
        ['--profile', 'emulator', 'connect', '--customer', 'acme', '--create'],
      ],
    ],
  ] as const)('%s: damaged is 9, with a way on, and stays as it is', async (_, words) => {
    const home = folder()
    const [path, args] = words(home) as [string, string[]]
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(path, DAMAGED)
    const ran = await runCli([...args, '--json'], { env: { FINCHCONN_HOME: home } })
    expect([ran.code, ran.json().error]).toEqual([
      9,
      expect.objectContaining({
        code: 'emulator_state_damaged',
        message: `${path} is not a state file of the Finch emulator, or is damaged`,
        hint: expect.stringContaining(`mv '${path}' '${path}.damaged'`),
      }),
    ])
    expect(readFileSync(path, 'utf8')).toBe(DAMAGED)
  })

  it('a folder in its place is 7', async () => {
    const path = folder()
    const ran = await runCli(['emulator', '--port', '0', '--state', path, '--json'], {
      env: { FINCHCONN_HOME: folder() },
    })
    expect([ran.code, ran.json().error]).toEqual([7, expect.objectContaining({ code: 'emulator_state_unusable' })])
  })
})

describe('the emulator as a server', () => {
  /** Starts it, reads its one document, and ends it as Ctrl-C does. */
  async function started(args: readonly string[], env: RunOptions['env'] = {}) {
    const stop = new AbortController()
    const running = runCli(['emulator', '--port', '0', ...args], {
      env: { FINCHCONN_HOME: folder(), ...env },
      signal: stop.signal,
      onStderr: () => stop.abort(),
    })
    return running
  }

  it('takes client id and secret from the environment, for applications that have theirs fixed', async () => {
    const env = { FINCHCONN_EMULATOR_CLIENT_ID: 'fixed-id', FINCHCONN_EMULATOR_CLIENT_SECRET: 'fixed secret' }
    const ran = await started([], env)
    expect(ran.stdout).toContain('export FINCH_CLIENT_ID=fixed-id\n')
    expect(ran.stdout).toContain("export FINCH_CLIENT_SECRET='fixed secret'\n")
  })

  it.each([
    [['--client-secret', 'x'], {}, 'secret_in_arguments'],
    [[], { FINCHCONN_EMULATOR_CLIENT_ID: 'a:b' }, 'bad_client_id'],
    [['--host', '203.0.113.7'], {}, 'bad_host'],
    [['--version-header', 'maybe'], {}, 'invalid_argument'],
    [['--missing-entity', 'last'], {}, 'invalid_argument'],
  ])('%j %j is refused with 2', async (args, env, code) => {
    const ran = await started([...args, '--json'], env)
    expect([ran.code, ran.json().error]).toEqual([2, expect.objectContaining({ code })])
  })
})
