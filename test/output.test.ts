/** Answers that cannot be written, or not whole: a failure, and what was there before stays. Most of it through the built command. */
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readConfigFile, saveProfile } from '../src/config-file.ts'
import type { Problem } from '../src/problem.ts'
import { BIN, folder, freePort, world } from './harness.ts'
import { rootOrSaySo, smallDisk } from './root.ts'

/** People whose answer is about 90 bytes each. */
function peopleFile(count: number): string {
  const path = join(folder(), 'people.jsonl')
  const lines = Array.from({ length: count }, (_, index) =>
    JSON.stringify({ connection_id: `c${index % 2}`, id: `individual-${index}`, first_name: `Name${index}` }),
  )
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

/** Runs the command with its stdout in a file, as `>` does. */
function into(path: string, args: readonly string[], env: Record<string, string | undefined> = {}) {
  const stdout = openSync(path, 'w')
  try {
    const ran = spawnSync(process.execPath, [BIN, ...args], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', stdout, 'pipe'],
      encoding: 'utf8',
      timeout: 50_000,
    })
    return { code: ran.status, stderr: ran.stderr }
  } finally {
    closeSync(stdout)
  }
}

describe.runIf(rootOrSaySo('small disks'))('a disk with too little room', () => {
  it.each([
    ['as JSON', []],
    ['as CSV', ['--csv']],
  ])('keeps the old file of --out %s', (_, flags) => {
    const disk = smallDisk('32k')
    const out = join(disk, 'out')
    writeFileSync(out, 'the old answer')
    const ran = into('/dev/null', ['reconcile', '--people', peopleFile(600), '--out', out, ...flags])
    expect(ran.code).toBe(7)
    expect(ran.stderr).toContain('no space left')
    expect(ran.stderr).not.toContain('Written')
    expect(readFileSync(out, 'utf8')).toBe('the old answer')
    expect(readdirSync(disk)).toEqual(['out'])
  })

  it.each([['--json'], ['--csv']])('makes reconcile %s into a file a failure', (flag) => {
    const out = join(smallDisk('32k'), 'out')
    const ran = into(out, ['reconcile', '--people', peopleFile(600), flag])
    expect(ran.code).toBe(7)
    expect(ran.stderr).toContain('no space left')
    expect(statSync(out).size).toBeGreaterThan(0)
  })

  it.each([['--json'], ['--plain'], ['']])('makes a list %s into a file a failure', async (flag) => {
    const place = await world()
    for (let number = 0; number < 60; number += 1)
      await place.runWords(['customers', 'create', `acme-${number}`, '--name', 'A'.repeat(200)])
    const out = join(smallDisk('8k'), 'out')
    const ran = into(out, ['customers', 'list', ...(flag === '' ? [] : [flag])], place.env)
    expect(ran.code).toBe(7)
    expect(ran.stderr).toContain('no space left')
    expect(statSync(out).size).toBe(8_192)
  })

  it('keeps the settings of all profiles', () => {
    const home = smallDisk('12k')
    const client_id = 'x'.repeat(2_000)
    saveProfile(home, 'one', { client_id })
    const before = readConfigFile(home)
    const fill = () => {
      for (const name of ['two', 'three', 'four', 'five']) saveProfile(home, name, { client_id })
    }
    expect(fill).toThrow(expect.objectContaining({ code: 'disk_full', kind: 'unavailable' } satisfies Partial<Problem>))
    expect(readConfigFile(home)).toMatchObject(before)
    expect(readdirSync(home)).toEqual(['config.json'])
  })
})

describe('an output that takes nothing', () => {
  it.each([[['--version']], [['vault', 'keygen']], [['config', '--json']], [['--help']]])(
    'fails %j in words',
    (args) => {
      const ran = into('/dev/full', args, { FINCHCONN_HOME: folder() })
      expect(ran).toMatchObject({
        code: 7,
        stderr: expect.stringMatching(/^finchconn: no space left on the disk of the output\n/),
      })
    },
  )

  it('fails a long answer that is written part by part', () => {
    expect(into('/dev/full', ['reconcile', '--people', peopleFile(3_000), '--json']).code).toBe(7)
  })
})

describe('a reader that has seen enough', () => {
  it.each(['head -c 5', 'true'])(
    '(%s) ends a long answer at once, also beside the built-in emulator',
    async (reader) => {
      const env = {
        PATH: process.env.PATH,
        FINCHCONN_HOME: folder(),
        FINCHCONN_REDIRECT_URI: `http://localhost:${await freePort()}/callback`,
      }
      const emulated = `"${process.execPath}" "${BIN}" --profile emulator`
      const connect = `${emulated} connect --customer acme --create --browser robot --provider`
      const answer = `timeout -k 1 20 ${emulated} reconcile --customer acme --json 2>err`
      const script = `${connect} gusto &>log && ${connect} justworks &>log && { ${answer} | ${reader} >seen; echo "\${PIPESTATUS[0]}"; }`
      const ran = spawnSync('bash', ['-c', script], { env, encoding: 'utf8', cwd: folder() })
      expect(ran.stdout).toBe('0\n')
    },
  )
})

it('--out says what is wrong with a path that cannot be a file', () => {
  const ran = into('/dev/null', ['reconcile', '--people', peopleFile(4), '--out', join(folder(), 'none', 'out')])
  expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be written') })
})

it('--out writes into a pipe and leaves it in its place', () => {
  const ran = spawnSync(
    'bash',
    [
      '-c',
      `mkfifo out && { cat out > got & "${process.execPath}" "${BIN}" reconcile --people "${peopleFile(4)}" --out out >table; wait; test -p out && cat got; }`,
    ],
    { env: { PATH: process.env.PATH }, encoding: 'utf8', cwd: folder() },
  )
  expect(JSON.parse(ran.stdout)).toMatchObject({ schema_version: 1, people: expect.any(Array) })
})

it('a command that ends before its work is done does not look like success', async () => {
  // Its stdin stays open and no longer keeps it alive.
  const unref = ['--import', 'data:text/javascript,process.stdin.unref()']
  const setup = ['setup', '--environment', 'sandbox', '--client-id', 'a', '--client-secret-stdin', '--vault', 'sealed']
  const child = spawn(process.execPath, [...unref, BIN, ...setup], {
    env: { PATH: process.env.PATH, FINCHCONN_HOME: folder() },
  })
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  expect(code).toBe(70)
  expect(stderr).toContain('it ended before its work was done')
})
