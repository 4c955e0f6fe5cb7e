/** What another process did meanwhile is seen before anything is written. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Host } from '../../src/app.ts'
import type { NewLogin } from '../../src/domain/login.ts'
import { Secret } from '../../src/domain/secret.ts'
import { learn } from '../../src/flows/learn.ts'
import { Journal } from '../../src/flows/login/journal.ts'
import { openStore } from '../../src/store/store.ts'
import { newVaultKey } from '../../src/vault/seal.ts'
import { openSealedVault } from '../../src/vault/sealed.ts'
import { connected, folder, later, world } from '../harness.ts'

const now = () => new Date()

const FLOW: Omit<NewLogin, 'loginId'> = {
  kind: 'connect',
  environment: 'sandbox',
  origin: 'https://api.example.com',
  clientId: 'client',
  customerId: 'acme',
  finchCustomerId: 'acme',
  sessionId: null,
  expectedConnectionId: null,
  expectedProviderId: null,
  expectedGeneration: 0,
  requestedProducts: [],
  stateDigest: 'digest',
  redirectUri: 'http://localhost:4179/callback',
}

async function parts() {
  const store = await openStore(join(folder(), 'default'), now)
  later(() => store.close())
  const vault = await openSealedVault({
    rows: store.vaultRows,
    belonging: { environment: 'sandbox', origin: 'https://api.example.com', clientId: 'client' },
    key: { raw: newVaultKey() },
    atomically: store.atomically,
    now,
  })
  return { store, vault, host: { now } as Host }
}

describe('a login', () => {
  it('that ended meanwhile is not taken up', async () => {
    const all = await parts()
    const journal = await Journal.begin(all, FLOW)
    await journal.tidy('abandoned')
    expect(await Journal.takeUp(all, journal.loginId)).toBeNull()
  })

  it('that was changed by another process is not written over', async () => {
    const all = await parts()
    const journal = await Journal.begin(all, FLOW)
    await all.store.logins.move(journal.loginId, 'started', 'quarantined')
    await expect(journal.saveCode(new Secret('code'))).rejects.toMatchObject({ code: 'in_progress' })
    expect((await all.store.logins.find(journal.loginId))?.phase).toBe('quarantined')
    journal.release()
  })
})

it('what was learned with a token that has been replaced is dropped', async () => {
  const place = await world()
  const { connection_id } = await connected(place, 'acme', 'gusto')
  const store = await openStore(join(place.home, 'default'), now)
  later(() => store.close())
  const connection = await store.connections.find(connection_id)
  if (connection === null) throw new Error('no connection')
  const facts = { status: 'reauth', statusMessage: null }
  await learn({ store }, { ...connection, generation: connection.generation - 1 }, facts)
  expect((await store.connections.find(connection_id))?.status).toBe('connected')
  await learn({ store }, connection, facts)
  expect((await store.connections.find(connection_id))?.status).toBe('reauth')
})
