/** The vault's own entries, and connections that would like to have their names. */
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../src/domain/secret.ts'
import { openStore } from '../../src/store/store.ts'
import { CLIENT_SECRET_NAME, flowKeyName, withOlderNames } from '../../src/vault/own-names.ts'
import { newVaultKey } from '../../src/vault/seal.ts'
import { openSealedVault } from '../../src/vault/sealed.ts'
import { connected, errorOf, folder, later, world } from '../harness.ts'

const STOLEN = ['client.secret', 'flow.0123', 'answer.0123', '@client.secret']

describe('an id of Finch that is a name of the vault’s own', () => {
  it.each(STOLEN)('%s is refused, and no entry is touched', async (connectionId) => {
    const place = await world()
    place.finch.fault({ path: '/auth/token', kind: { patch: { connection_id: connectionId } } })
    const ran = await place.run('connect --customer acme --provider gusto --create --json', { employer: {} })
    expect(ran.code).toBe(6)
    expect(errorOf(ran).message).toContain('connection_id is not an id')
    expect((await place.run('list --json')).json().connections).toEqual([])
  })
})

describe('entries of earlier versions', () => {
  async function vaults() {
    const store = await openStore(folder(), () => new Date())
    later(() => store.close())
    const raw = await openSealedVault({
      rows: store.vaultRows,
      belonging: { environment: 'sandbox', origin: 'https://api.example.com', clientId: 'c' },
      key: { raw: newVaultKey() },
      atomically: store.atomically,
      now: () => new Date(),
    })
    return { raw, vault: withOlderNames(raw) }
  }

  it('are found under their older names', async () => {
    const { raw, vault } = await vaults()
    await raw.put('client.secret', 'client', new Secret('old'))
    await raw.put('flow.1', 'flow', new Secret('key'))
    expect((await vault.get(CLIENT_SECRET_NAME, 'client'))?.reveal()).toBe('old')
    expect((await vault.get(flowKeyName('1'), 'flow'))?.reveal()).toBe('key')
  })

  it('give way to new ones, and are removed with them', async () => {
    const { raw, vault } = await vaults()
    await raw.put('client.secret', 'client', new Secret('old'))
    await vault.put(CLIENT_SECRET_NAME, 'client', new Secret('new'))
    expect(await raw.get('client.secret', 'client')).toBe(null)
    expect((await vault.get(CLIENT_SECRET_NAME, 'client'))?.reveal()).toBe('new')
    await raw.put('flow.1', 'flow', new Secret('key'))
    await vault.remove(flowKeyName('1'))
    expect(await raw.get('flow.1', 'flow')).toBe(null)
  })

  it('a token is looked for under its id alone', async () => {
    const { raw, vault } = await vaults()
    await raw.put('x', 'token', new Secret('t'))
    expect((await vault.get('x', 'token'))?.reveal()).toBe('t')
    expect(await vault.get('@x', 'flow').catch((error: unknown) => error)).toMatchObject({ code: 'vault_damaged' })
  })

  it('a login that an earlier version left unfinished in the keychain is finished', async () => {
    const place = await world({}, 'keychain')
    await connected(place, 'globex', 'gusto')
    await place.run('connect --customer acme --provider gusto --create', {
      employer: {},
      onPhase: (phase) => {
        if (phase === 'P5') throw new Error('the end, on purpose')
      },
    })
    const file = String(place.env.TEST_KEYCHAIN)
    const before = readFileSync(file, 'utf8')
    expect(before).toContain(' @flow.')
    writeFileSync(file, before.replaceAll(' @flow.', ' flow.'))
    expect((await place.run('token acme/gusto')).code).toBe(0)
    expect(readFileSync(file, 'utf8')).not.toContain('flow.')
  })
})

describe.each(['sealed', 'keychain'] as const)('another Finch application, %s vault', (vault) => {
  it('does not get the token of the first one; without a client id nothing is compared', async () => {
    const place = await world({}, vault)
    await connected(place, 'acme', 'gusto')
    const other = await place.run('token acme/gusto', { env: { FINCH_CLIENT_ID: 'another-application' } })
    expect(other).toMatchObject({ code: 9, stdout: '' })
    expect(other.stderr).toContain('belongs to the Finch application')
    const none = await place.run('token acme/gusto', {
      env: { FINCH_CLIENT_ID: undefined, FINCH_CLIENT_SECRET: undefined },
    })
    expect(none.code).toBe(0)
    expect((await place.run('token acme/gusto')).code).toBe(0)
  })

  it('does not finish the login of the first one', async () => {
    const place = await world({}, vault)
    await place.run('connect --customer acme --provider gusto --create', {
      employer: {},
      onPhase: (phase) => {
        if (phase === 'P4') throw new Error('the end, on purpose')
      },
    })
    const before = place.finch.requests().length
    const other = await place.run('token acme/gusto', { env: { FINCH_CLIENT_ID: 'another-application' } })
    expect(other.code).toBe(3)
    expect(place.finch.requests()).toHaveLength(before)
    expect((await place.run('token acme/gusto')).code).toBe(0)
  })
})
