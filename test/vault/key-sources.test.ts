/** Where the sealed vault's key may come from, and from where it is refused. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readKeyFile } from '../../src/vault/key-file.ts'
import { newVaultKey } from '../../src/vault/seal.ts'
import { makeKeyFile } from '../../src/vault/vault-key.ts'
import { BIN, errorOf, folder, later, type RunOptions, runCli, type World, world } from '../harness.ts'
import { asRoot, folderOf, makeReadOnly, rootOrSaySo, runAs, STRANGER, smallDisk } from '../root.ts'

const KEY = newVaultKey().reveal()
const signal = new AbortController().signal

function keyFile(mode: number, content: string | Buffer = `${KEY}\n`, where = folder()): string {
  const path = join(where, 'vault.key')
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

const bare = (env: RunOptions['env']) => ({ env: { FINCHCONN_VAULT_KEY: undefined, ...env } })

describe('a key file', () => {
  it.each([
    ['a byte order mark and Windows line ends', Buffer.from(`\ufeff${KEY}\r\n\r\n`)],
    ['UTF-16, as PowerShell writes it', Buffer.from(`\ufeff${KEY}\r\n`, 'utf16le')],
    ['UTF-16 without its mark', Buffer.from(`${KEY}\r\n`, 'utf16le')],
    ['UTF-16 with the other byte order', Buffer.from(`\ufeff${KEY}\r\n`, 'utf16le').swap16()],
  ])('may be in %s', async (_, content) => {
    expect((await readKeyFile(keyFile(0o600, content), signal)).reveal()).toBe(KEY)
  })

  it.each(['644', '640', '604'])('of our own with mode %s is refused: others may read it', async (mode) => {
    await expect(readKeyFile(keyFile(parseInt(mode, 8)), signal)).rejects.toThrow('others may read')
  })

  it.each(['622', '602', '666'])('with mode %s is refused: others may write to it', async (mode) => {
    await expect(readKeyFile(keyFile(parseInt(mode, 8)), signal)).rejects.toThrow('others may write')
  })

  it('of a megabyte is not a key file', async () => {
    await expect(readKeyFile(keyFile(0o600, 'x'.repeat(1_000_000)), signal)).rejects.toThrow('not a vault key file')
  })

  it('may be a pipe whose writer comes late and writes in parts', async () => {
    const path = join(folder(), 'pipe')
    execFileSync('mkfifo', ['-m', '600', path])
    const reading = readKeyFile(path, signal)
    const writer = spawn('bash', [
      '-c',
      `exec > "${path}"; printf %s ${KEY.slice(0, 10)}; sleep 0.1; echo ${KEY.slice(10)}`,
    ])
    later(() => writer.kill())
    expect((await reading).reveal()).toBe(KEY)
  })

  it('that is a pipe nobody writes to is given up, in time or with the signal', async () => {
    const path = join(folder(), 'pipe')
    execFileSync('mkfifo', ['-m', '600', path])
    await expect(readKeyFile(path, signal, 50)).rejects.toThrow('timed out: no vault key came')
    const stop = new AbortController()
    const reading = readKeyFile(path, stop.signal)
    stop.abort(new Error('stopped'))
    await expect(reading).rejects.toThrow('stopped')
  })

  it('may be a descriptor that a shell opens', async () => {
    const place = await world()
    const ran = spawnSync(
      'bash',
      ['-c', `FINCHCONN_VAULT_KEY_FILE=<(echo "$KEY") "${process.execPath}" "${BIN}" vault status --json`],
      { env: { ...place.env, FINCHCONN_VAULT_KEY: undefined, KEY }, encoding: 'utf8' },
    )
    expect(ran.status).toBe(0)
  })

  it('is found where systemd puts credentials, unless another key is set', async () => {
    const place = await world()
    const credentials = folder()
    writeFileSync(join(credentials, 'finchconn.vault-key'), String(place.env.FINCHCONN_VAULT_KEY), { mode: 0o400 })
    const env = { CREDENTIALS_DIRECTORY: credentials }
    await seal(place)
    expect((await place.run('vault status --json', bare(env))).code).toBe(0)
    const other = newVaultKey().reveal()
    const ran = await place.run('vault status --json', { env: { ...env, FINCHCONN_VAULT_KEY: other } })
    expect(errorOf(ran).code).toBe('vault_key_wrong')
  })
})

/** Makes the vault of this place, so that another key is a wrong one from now on. */
async function seal(place: World): Promise<void> {
  const ran = await place.run('setup --environment sandbox --client-id abc --vault sealed --json')
  if (ran.code !== 0) throw new Error(ran.stdout)
}

describe.runIf(rootOrSaySo('key files of root'))('a key file that root has put there', () => {
  /** In a folder of root's that everybody may enter. */
  function mounted(mode: string, owner = 0): string {
    const where = folder()
    const path = keyFile(Number.parseInt(mode, 8), undefined, where)
    chmodSync(where, 0o755)
    asRoot('chown', String(owner), path, where)
    later(() => asRoot('rm', '-rf', where))
    return path
  }

  function vaultStatus(uid: number, path: string): { vault?: { usable: boolean }; error?: { message: string } } {
    const env = { PATH: process.env.PATH ?? '', FINCHCONN_HOME: folderOf(uid), FINCHCONN_VAULT_KEY_FILE: path }
    return JSON.parse(runAs(uid, [process.execPath, BIN, 'vault', 'status', '--json'], env).stdout)
  }

  it.each(['444', '644'])('with mode %s serves a user who cannot change it', (mode) => {
    expect(vaultStatus(STRANGER, mounted(mode))).toMatchObject({ vault: { usable: true } })
  })

  it('with mode 444 serves root as well, and with 644 it does not', () => {
    expect(vaultStatus(0, mounted('444'))).toMatchObject({ vault: { usable: true } })
    expect(vaultStatus(0, mounted('644')).error?.message).toContain('others may read')
  })

  it('and that another user owns is refused', () => {
    expect(vaultStatus(STRANGER, mounted('444', STRANGER + 1)).error?.message).toContain('belongs to another user')
  })

  it('on a read-only mount counts with any mode that others cannot write', async () => {
    const disk = smallDisk('64k')
    const path = keyFile(0o644, undefined, disk)
    makeReadOnly(disk)
    expect((await readKeyFile(path, signal)).reveal()).toBe(KEY)
  })

  it('through the links of a Kubernetes volume is judged where it lies', async () => {
    const volume = folder()
    chmodSync(volume, 0o1777)
    const version = join(volume, '..2026_11_25')
    mkdirSync(version, { mode: 0o755 })
    const path = keyFile(0o444, undefined, version)
    symlinkSync('..2026_11_25', join(volume, '..data'))
    symlinkSync('..data/vault.key', join(volume, 'vault.key'))
    asRoot('chown', '0', path, version)
    later(() => asRoot('rm', '-rf', volume))
    expect((await readKeyFile(join(volume, 'vault.key'), signal)).reveal()).toBe(KEY)
  })
})

describe('the key file of the profile emulator', () => {
  it('is made once by many processes, and is whole whenever it is there', async () => {
    const home = folder()
    const status = () => runCli('--profile emulator vault status --json'.split(' '), { env: { FINCHCONN_HOME: home } })
    const ran = await Promise.all(Array.from({ length: 8 }, status))
    expect(ran.map(({ code }) => code)).toEqual(ran.map(() => 0))
    expect(readdirSync(join(home, 'emulator')).filter((name) => name.startsWith('vault.key'))).toEqual(['vault.key'])
  })

  it.runIf(rootOrSaySo('the first key on a full disk'))('is not left empty by a full disk', () => {
    const disk = smallDisk('8k')
    writeFileSync(join(disk, 'ballast'), Buffer.alloc(8_192))
    const path = join(disk, 'vault.key')
    expect(() => makeKeyFile(path)).toThrow(/^no space left/)
    expect(readdirSync(disk)).toEqual(['ballast'])
  })
})

describe('FINCHCONN_VAULT_KEY_COMMAND', () => {
  it('prints the key; quotes keep an argument whole, and no shell looks at it', async () => {
    const place = await world()
    await seal(place)
    const file = keyFile(0o600, String(place.env.FINCHCONN_VAULT_KEY), folder())
    const odd = join(folder(), 'a $HOME; key')
    writeFileSync(odd, readFileSync(file))
    expect((await place.run('vault status --json', bare({ FINCHCONN_VAULT_KEY_COMMAND: `cat '${odd}'` }))).code).toBe(0)
  })

  it('comes after file and variable, and sees no secret of ours', async () => {
    const place = await world()
    const seen = join(folder(), 'seen')
    const command = `sh -c 'env > ${seen}; exit 3'`
    expect((await place.run('vault status --json', { env: { FINCHCONN_VAULT_KEY_COMMAND: command } })).code).toBe(0)
    const env = { FINCHCONN_VAULT_KEY_COMMAND: command, FINCH_CLIENT_SECRET: 'the-client-secret' }
    const ran = await place.run('vault status --json', bare(env))
    expect(ran.code).toBe(7)
    expect(errorOf(ran)).toMatchObject({
      code: 'vault_key_command',
      message: expect.stringMatching(/: sh ended with 3$/),
    })
    expect(readFileSync(seen, 'utf8')).toContain('PATH=')
    expect(readFileSync(seen, 'utf8')).not.toContain('the-client-secret')
  })

  it.each([
    ['no-such-program --x', 'no-such-program cannot be run'],
    ['cat /dev/zero', 'cat prints more than a vault key'],
  ])('%s fails with: %s', async (command, message) => {
    const place = await world()
    const ran = await place.run('vault status --json', bare({ FINCHCONN_VAULT_KEY_COMMAND: command }))
    expect(errorOf(ran)).toMatchObject({ code: 'vault_key_command', message: expect.stringContaining(message) })
  })

  it('that prints something else is not a key, and is not shown', async () => {
    const place = await world()
    const ran = await place.run('vault status --json', bare({ FINCHCONN_VAULT_KEY_COMMAND: 'echo hunter2' }))
    expect(errorOf(ran).code).toBe('vault_key_malformed')
    expect(ran.stdout + ran.stderr).not.toContain('hunter2')
  })

  it('that hangs is given up, also while a program it has started holds the pipe', async () => {
    const { keyFromCommand } = await import('../../src/vault/key-command.ts')
    const hanging = keyFromCommand(['sh', '-c', 'sleep 3 & wait'], { env: process.env, signal, deadlineMs: 50 })
    await expect(hanging).rejects.toThrow('timed out: sh printed no vault key')
  })

  it('of blanks only is a mistake', async () => {
    const place = await world()
    const ran = await place.run('vault status --json', bare({ FINCHCONN_VAULT_KEY_COMMAND: '""' }))
    expect(ran.code).toBe(2)
  })
})
