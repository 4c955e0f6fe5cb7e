import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { remoteCommand } from '../src/flows/login/ssh-forward.ts'
import { cacheFolder, dataFolder, homeFolder } from '../src/folders.ts'
import { BIN, folder } from './harness.ts'
import { folderOf, rootOrSaySo, runAs, STRANGER } from './root.ts'

describe.runIf(process.platform === 'linux')('folders', () => {
  const known = userInfo().homedir

  it.each([
    [{ HOME: '/h' }, '/h'],
    [{ HOME: '' }, known],
    [{ HOME: 'h' }, known],
    [{ HOME: '~' }, known],
    [{}, known],
  ])('home of %j is %s', (env, expected) => {
    expect(homeFolder(env)).toBe(expected)
  })

  it.each([
    [{ HOME: '/h' }, '/h/.local/share/finchconn'],
    [{ HOME: '/h', XDG_DATA_HOME: '/d' }, '/d/finchconn'],
    [{ HOME: '/h', XDG_DATA_HOME: '' }, '/h/.local/share/finchconn'],
    [{ HOME: '/h', XDG_DATA_HOME: 'data' }, '/h/.local/share/finchconn'],
    [{ HOME: '/h', XDG_DATA_HOME: '~/.local/share' }, '/h/.local/share/finchconn'],
  ])('data of %j goes to %s', (env, expected) => {
    expect(dataFolder(env)).toBe(expected)
  })

  it('compiled code is never kept in the folder one stands in', () => {
    expect(cacheFolder({ HOME: '/h', XDG_CACHE_HOME: 'cache' })).toBe('/h/.cache/finchconn')
  })

  it('a key file has an absolute path, as the home has', () => {
    const ran = list({ FINCHCONN_HOME: folder(), FINCHCONN_VAULT_KEY_FILE: 'vault.key' }, folder(), [])
    expect(ran).toMatchObject({ code: 2, error: { code: 'bad_settings' } })
    expect(ran.error?.message).toContain('FINCHCONN_VAULT_KEY_FILE must be an absolute path')
  })

  it('a home that is too long for SQLite is named', () => {
    const ran = list({ FINCHCONN_HOME: join(folder(), 'x'.repeat(200), 'y'.repeat(250)) }, folder())
    expect(ran).toMatchObject({ code: 2, error: { code: 'bad_settings' } })
    expect(ran.error?.message).toContain('bytes long')
  })

  it('a name that is too long for the disk is named', () => {
    const ran = list({ FINCHCONN_HOME: join('/tmp', 'x'.repeat(300)) }, folder())
    expect(ran.code).toBe(7)
    expect(ran.error?.message).toContain('the path is too long')
  })

  it('two working directories see one store and find nothing in them', () => {
    const env = { HOME: folder(), XDG_DATA_HOME: 'data', XDG_CACHE_HOME: 'cache' }
    const [one, other] = [folder(), folder()]
    const made = spawnSync(process.execPath, [BIN, '--profile', 'emulator', 'customers', 'create', 'acme'], {
      env,
      cwd: one,
    })
    expect(made.status).toBe(0)
    const listed = spawnSync(process.execPath, [BIN, '--profile', 'emulator', 'customers', 'list', '--plain'], {
      env,
      cwd: other,
      encoding: 'utf8',
    })
    expect(listed.stdout).toContain('acme')
    expect([...readdirSync(one), ...readdirSync(other)]).toEqual([])
    expect(existsSync(join(env.HOME, '.local', 'share', 'finchconn', 'emulator', 'store.db'))).toBe(true)
  })

  it('names a stand-in for the user over SSH where nothing names the user', () => {
    const env = { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }
    expect(remoteCommand(env, 'http://localhost:4179/callback')).toMatch(/^ssh -N -L 4179:localhost:4179 \S+@10.0.0.2$/)
  })
})

function list(env: Record<string, string>, cwd: string, flags: readonly string[] = ['--profile', 'emulator']) {
  const ran = spawnSync(process.execPath, [BIN, ...flags, 'list', '--json'], { env, cwd, encoding: 'utf8' })
  return { code: ran.status, error: JSON.parse(ran.stdout).error as { code: string; message: string } | undefined }
}

describe.runIf(rootOrSaySo('a user without an entry in the user database'))('a user without an entry', () => {
  const PATH = process.env.PATH ?? ''

  it('works in a home of its own', () => {
    const home = folderOf(STRANGER)
    const connect = 'connect --customer acme --create --browser robot --json'.split(' ')
    const ran = runAs(STRANGER, [process.execPath, BIN, '--profile', 'emulator', ...connect], {
      PATH,
      HOME: home,
      FINCHCONN_HOME: join(home, 'fc'),
      FINCHCONN_REDIRECT_URI: 'http://localhost:41792/callback',
      SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22',
    })
    expect(ran.stderr).not.toContain('bug')
    expect(ran.status).toBe(0)
    expect(JSON.parse(ran.stdout)).toMatchObject({ connection: { customer_id: 'acme' } })
  })

  it('is told what to set where no home is named at all', () => {
    const ran = runAs(STRANGER, [process.execPath, BIN, 'list', '--json'], { PATH })
    expect(ran.status).toBe(2)
    expect(JSON.parse(ran.stdout)).toMatchObject({ error: { code: 'no_home' } })
  })

  it('learns the version even so', () => {
    const ran = runAs(STRANGER, [process.execPath, BIN, '--version'], { PATH })
    expect([ran.status, ran.stderr]).toEqual([0, ''])
  })
})
