import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { folder, runCli } from '../harness.ts'

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
