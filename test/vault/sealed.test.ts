import { spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../src/domain/secret.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { newVaultKey } from '../../src/vault/seal.ts'
import { openSealedVault, type SealedOptions } from '../../src/vault/sealed.ts'
import { BIN, folder, later } from '../harness.ts'

const now = () => new Date()
const KEY = newVaultKey()

async function store(): Promise<Store> {
  const opened = await openStore(folder(), now)
  later(() => opened.close())
  return opened
}

function options(of: Store, change: Partial<SealedOptions> = {}): SealedOptions {
  return {
    rows: of.vaultRows,
    belonging: { environment: 'sandbox', origin: 'https://api.example.com', clientId: 'c' },
    key: { raw: KEY },
    atomically: of.atomically,
    now,
    ...change,
  }
}

describe('the sealed vault and its key', () => {
  it('opens again with the same key, not with another', async () => {
    const of = await store()
    await (await openSealedVault(options(of))).put('one', 'token', new Secret('x'))
    expect((await (await openSealedVault(options(of))).get('one', 'token'))?.reveal()).toBe('x')
    await expect(openSealedVault(options(of, { key: { raw: newVaultKey() } }))).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'vault_key_wrong',
    })
  })

  it('is locked without a key', async () => {
    const of = await store()
    await openSealedVault(options(of))
    await expect(openSealedVault(options(of, { key: null }))).rejects.toMatchObject({ code: 'vault_locked' })
  })

  it('tells a wrong key from a damaged head', async () => {
    const of = await store()
    await openSealedVault(options(of))
    const head = await of.vaultRows.head()
    const { key } = head
    if (key === null) throw new Error('no key')
    const broken = {
      ...key,
      wrapped_key: Buffer.concat([Buffer.from([(key.wrapped_key[0] ?? 0) ^ 1]), key.wrapped_key.subarray(1)]),
    }
    const rows = { ...of.vaultRows, head: async () => ({ ...head, key: broken }) }
    await expect(openSealedVault(options(of, { rows }))).rejects.toMatchObject({
      kind: 'mismatch',
      code: 'vault_damaged',
    })
  })

  it('opens by passphrase, however its letters are composed, and not by another', async () => {
    const of = await store()
    const typed = (passphrase: string) => ({ passphrase: async () => new Secret(passphrase) })
    await (await openSealedVault(options(of, { key: typed('caf\u00e9 au lait, sans sucre') }))).put(
      'one',
      'token',
      new Secret('x'),
    )
    const again = await openSealedVault(options(of, { key: typed('cafe\u0301 au lait, sans sucre') }))
    expect((await again.get('one', 'token'))?.reveal()).toBe('x')
    await expect(openSealedVault(options(of, { key: typed('another passphrase') }))).rejects.toMatchObject({
      code: 'vault_key_wrong',
    })
    await expect(openSealedVault(options(of))).rejects.toMatchObject({ code: 'vault_key_wrong' })
  })

  it('refuses a cost out of bounds before paying it', async () => {
    const of = await store()
    const key = { passphrase: async () => new Secret('a long enough passphrase') }
    await openSealedVault(options(of, { key }))
    const head = await of.vaultRows.head()
    if (head.key === null) throw new Error('no key')
    // The cheap one first: where costs are not looked at, the dear one takes 16 GiB.
    for (const N of [2 ** 10, 2 ** 24]) {
      const changed = { ...head.key, kdf_params: JSON.stringify({ N, r: 8, p: 1 }) }
      const rows = { ...of.vaultRows, head: async () => ({ ...head, key: changed }) }
      await expect(openSealedVault(options(of, { key, rows }))).rejects.toMatchObject({ code: 'vault_damaged' })
    }
  })

  it('processes that make it at once agree on one key', async () => {
    const env = { PATH: process.env.PATH ?? '', FINCHCONN_HOME: folder(), FINCHCONN_VAULT_KEY: KEY.reveal() }
    const ran = await Promise.all(
      Array.from({ length: 8 }, () => {
        const child = spawn(process.execPath, [BIN, 'vault', 'status'], { env, stdio: 'ignore' })
        return new Promise((resolve) => child.once('close', resolve))
      }),
    )
    expect(ran).toEqual(Array(8).fill(0))
  })
})

it('a vault that is made by another meanwhile is the one that counts', async () => {
  const of = await store()
  const [one, other] = await Promise.all([openSealedVault(options(of)), openSealedVault(options(of))])
  await one.put('x', 'token', new Secret('t'))
  expect((await other.get('x', 'token'))?.reveal()).toBe('t')
})

describe('a row moved elsewhere does not open', () => {
  const moves: [what: string, change: Record<string, unknown>][] = [
    ['to another connection', { name: 'two' }],
    ['to another kind', { kind: 'flow' }],
    ['to another origin', { origin: 'https://evil.test' }],
    ['to another application', { client_id: 'd' }],
    ['to another generation', { generation: 7 }],
    ['to another key', { key_id: 'feedfacefeedface' }],
  ]
  it.each(moves)('%s', async (_what, change) => {
    const of = await store()
    const vault = await openSealedVault(options(of))
    await vault.put('one', 'token', new Secret('x'))
    const row = await of.vaultRows.row('sandbox', 'one')
    if (row === null) throw new Error('no row')
    const moved = { ...row, ...change }
    await of.vaultRows.saveRow(moved)
    await expect(vault.get(moved.name, moved.kind)).rejects.toMatchObject({ kind: 'mismatch', code: 'vault_damaged' })
  })

  it('to another environment', async () => {
    const of = await store()
    const vault = await openSealedVault(options(of))
    await vault.put('one', 'token', new Secret('x'))
    const row = await of.vaultRows.row('sandbox', 'one')
    if (row === null) throw new Error('no row')
    await of.vaultRows.saveRow({ ...row, environment: 'production' })
    const production = await openSealedVault(
      options(of, { belonging: { environment: 'production', origin: 'https://api.example.com', clientId: 'c' } }),
    )
    await expect(production.get('one', 'token')).rejects.toMatchObject({ code: 'vault_damaged' })
  })

  it('to another store', async () => {
    const [from, to] = [await store(), await store()]
    await (await openSealedVault(options(from))).put('one', 'token', new Secret('x'))
    const row = await from.vaultRows.row('sandbox', 'one')
    if (row === null) throw new Error('no row')
    const other = await openSealedVault(options(to))
    await to.vaultRows.saveRow(row)
    await expect(other.get('one', 'token')).rejects.toMatchObject({ code: 'vault_damaged' })
  })

  it('and a token is given only to the Finch it came from', async () => {
    const of = await store()
    await (await openSealedVault(options(of))).put('one', 'token', new Secret('x'))
    const elsewhere = await openSealedVault(
      options(of, { belonging: { environment: 'sandbox', origin: 'https://other.example.com', clientId: 'c' } }),
    )
    await expect(elsewhere.get('one', 'token')).rejects.toMatchObject({ kind: 'mismatch', code: 'other_origin' })
  })
})
