/** One contract over both vaults: the sealed one in a real store, the keychain on a real Secret Service. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Secret } from '../../src/domain/secret.ts'
import { openStore } from '../../src/store/store.ts'
import { openKeychain } from '../../src/vault/keychain.ts'
import { proveVault, putProven } from '../../src/vault/prove.ts'
import { newVaultKey } from '../../src/vault/seal.ts'
import { openSealedVault } from '../../src/vault/sealed.ts'
import type { Vault } from '../../src/vault/vault.ts'
import { folder, KEYCHAIN_CHILD, later } from '../harness.ts'
import { type SecretService, secretServiceOrSaySo, startSecretService } from './secret-service.ts'

const now = () => new Date()

async function sealedVault(): Promise<Vault> {
  const store = await openStore(folder(), now)
  later(() => store.close())
  return openSealedVault({
    rows: store.vaultRows,
    belonging: { environment: 'sandbox', origin: 'https://api.example.com', clientId: 'c' },
    key: { raw: newVaultKey() },
    atomically: store.atomically,
    now,
  })
}

let service: SecretService | null = null

function keychainVault(
  change: { env?: Record<string, string>; deadlineMs?: number; signal?: AbortSignal } = {},
): Vault {
  const vault = openKeychain({
    service: `finchconn.test.${randomBytes(6).toString('hex')}`,
    child: [process.execPath, KEYCHAIN_CHILD],
    env: change.env ?? service?.env ?? {},
    platform: process.platform,
    deadlineMs: change.deadlineMs ?? 3_000,
    signal: change.signal ?? new AbortController().signal,
  })
  later(() => vault.close())
  return vault
}

const withKeychain = secretServiceOrSaySo('the keychain on a real Secret Service')

beforeAll(async () => {
  if (withKeychain) service = await startSecretService()
})
afterAll(() => service?.stop())

const kinds: [string, () => Promise<Vault>][] = [['sealed', sealedVault]]
if (withKeychain) kinds.push(['keychain', async () => keychainVault()])

describe.each(kinds)('the %s vault', (_kind, make) => {
  it('gives back what it was given', async () => {
    const vault = await make()
    for (const value of ['a-token', 'ünïcode 株式会社 🙂', 'x'.repeat(2_000), 'with "quotes" and\nlines']) {
      await vault.put('connection-1', 'token', new Secret(value))
      expect((await vault.get('connection-1', 'token'))?.reveal()).toBe(value)
    }
  })

  it('keeps names apart', async () => {
    const vault = await make()
    await vault.put('one', 'token', new Secret('first'))
    await vault.put('two', 'token', new Secret('second'))
    await vault.remove('one')
    expect(await vault.get('one', 'token')).toBeNull()
    expect((await vault.get('two', 'token'))?.reveal()).toBe('second')
  })

  it('says nothing is there, and removes what is not there', async () => {
    const vault = await make()
    expect(await vault.get('never', 'token')).toBeNull()
    await vault.remove('never')
  })

  it('replaces', async () => {
    const vault = await make()
    await vault.put('one', 'token', new Secret('old'))
    await vault.put('one', 'token', new Secret('new'))
    expect((await vault.get('one', 'token'))?.reveal()).toBe('new')
  })

  it('can be proved', async () => {
    const vault = await make()
    await proveVault(vault)
    await putProven(vault, 'flow.x', 'flow', new Secret('k'))
  })
})

describe('a vault that lies', () => {
  it.each([
    ['keeps nothing', () => null],
    ['cuts what it is given', (value: Secret) => new Secret(value.reveal().slice(0, 3))],
  ])('%s: found when it is written', async (_how, kept) => {
    const vault = await sealedVault()
    const lying: Vault = {
      ...vault,
      async put(name, kind, value) {
        const instead = kept(value)
        if (instead !== null) await vault.put(name, kind, instead)
      },
    }
    await expect(putProven(lying, 'one', 'token', new Secret('a token'))).rejects.toMatchObject({ code: 'vault_lies' })
  })
})

describe.runIf(withKeychain)('a keychain in trouble', () => {
  it('absent: named, at once', async () => {
    const vault = keychainVault({ env: { ...service?.env, DBUS_SESSION_BUS_ADDRESS: 'disabled:' } })
    await expect(vault.get('one', 'token')).rejects.toMatchObject({ kind: 'unavailable', code: 'keychain_unavailable' })
    await expect(vault.put('one', 'token', new Secret('x'))).rejects.toMatchObject({ kind: 'unavailable' })
  })

  it('hanging: given up at the deadline, and the helper is gone', async () => {
    const vault = keychainVault({ deadlineMs: 1_500 })
    await vault.put('one', 'token', new Secret('x'))
    service?.freeze()
    const begun = performance.now()
    try {
      await expect(vault.get('one', 'token')).rejects.toMatchObject({ code: 'keychain_timeout' })
    } finally {
      service?.thaw()
    }
    expect(performance.now() - begun).toBeLessThan(4_000)
    // A new helper is started for the next call.
    expect((await vault.get('one', 'token'))?.reveal()).toBe('x')
  })

  it('hanging, and Ctrl-C: given up at once', async () => {
    const { stopped } = await import('../../src/problem.ts')
    const stop = new AbortController()
    const vault = keychainVault({ deadlineMs: 60_000, signal: stop.signal })
    await vault.put('one', 'token', new Secret('x'))
    service?.freeze()
    try {
      const call = vault.get('one', 'token')
      setTimeout(() => stop.abort(stopped()), 200)
      await expect(call).rejects.toMatchObject({ kind: 'stopped' })
    } finally {
      service?.thaw()
    }
  })

  it('locked: "nothing there" is not believed', async () => {
    const vault = keychainVault()
    await vault.put('one', 'token', new Secret('x'))
    service?.lock()
    await expect(vault.get('one', 'token')).rejects.toMatchObject({ kind: 'unavailable' })
  })
})
