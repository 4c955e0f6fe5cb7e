import { describe, expect, it } from 'vitest'
import { COMMAND_NAMES } from '../../src/commands/catalog.ts'
import { withProfile } from '../../src/commands/spelling.ts'
import { stopped } from '../../src/problem.ts'
import { connected, folder, freePort, runCli, world } from '../harness.ts'

/** Commands inside what is said, as a person would copy them. */
function commandsIn(words: string): string[] {
  return words.match(/finchconn (?=[a-z-])[^\n]*/g) ?? []
}

describe('a command that is suggested', () => {
  it('keeps the profile the person is using', async () => {
    const env = {
      FINCHCONN_HOME: folder(),
      PATH: process.env.PATH,
      FINCHCONN_REDIRECT_URI: `http://localhost:${await freePort()}/callback`,
    }
    const run = (words: string) => runCli(['--profile', 'emulator', ...words.split(' ')], { env })
    const said: string[] = []
    for (const words of [
      'list',
      'customers list',
      'customers create acme',
      'customers create acme',
      'customers show acme',
      'show nobody',
      'connect --customer nobody',
      'connect --customer acme --provider gusto --browser robot',
      'connect --customer acme --provider gusto --browser robot',
      'show acme/gusto',
      'reauth acme/gusto --browser robot',
      'sandbox status acme/gusto reauth',
      'list',
      'show acme/gusto',
      'customers remove acme',
      'reconcile --customer acme',
      'reconcile review --customer acme',
      'vault status',
    ]) {
      const { stdout, stderr } = await run(words)
      said.push(`${stdout}${stderr}`)
    }
    const commands = said.flatMap(commandsIn)
    expect(commands.length).toBeGreaterThan(10)
    expect(commands.filter((one) => !one.includes('--profile emulator'))).toEqual([])
  })

  it.each([
    ['finchconn list', 'finchconn --profile eu list'],
    [
      'run finchconn show 7f3a; or finchconn setup',
      'run finchconn --profile eu show 7f3a; or finchconn --profile eu setup',
    ],
    ['finchconn --profile emulator list', 'finchconn --profile emulator list'],
    ['npm install --prefix /opt/finchconn better-sqlite3', 'npm install --prefix /opt/finchconn better-sqlite3'],
    ['npm rebuild --prefix finchconn better-sqlite3', 'npm rebuild --prefix finchconn better-sqlite3'],
    ['finchconn list-of-things', 'finchconn list-of-things'],
  ])('%s', (words, spelled) => {
    expect(withProfile(words, 'eu', COMMAND_NAMES)).toBe(spelled)
  })

  it('leads to setup where nothing is set up', async () => {
    const env = { FINCHCONN_HOME: folder(), PATH: process.env.PATH }
    expect((await runCli(['list'], { env })).stderr).toContain('finchconn setup')
  })
})

describe('Ctrl-C while the employer is waited for', () => {
  const stopping = async (command: string) => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const stop = new AbortController()
    return place.run(command, {
      signal: stop.signal,
      employer: async () => stop.abort(stopped()),
    })
  }

  it('says that nothing was saved', async () => {
    const ran = await stopping('connect --customer acme --provider justworks')
    expect(ran.code).toBe(130)
    expect(ran.stderr).toMatch(/Nothing was saved, and the link no longer works\.\nfinchconn: stopped\n$/)
  })

  it('says that the old token stays', async () => {
    const ran = await stopping('reauth acme/gusto --force')
    expect(ran.code).toBe(130)
    expect(ran.stderr).toContain('Nothing was saved, and the link no longer works. The old token stays in use.')
  })
})
