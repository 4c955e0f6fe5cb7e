/** Small promises of single commands that nothing else holds. */
import { describe, expect, it } from 'vitest'
import { checkPassphrase } from '../../src/vault/vault-key.ts'
import { connected, errorOf, world } from '../harness.ts'
import { rootOrSaySo, smallDisk } from '../root.ts'

describe('rename', () => {
  it('refuses an alias that begins the id of another connection, and takes the beginning of its own', async () => {
    const place = await world()
    const acme = await connected(place, 'acme', 'gusto')
    const globex = await connected(place, 'globex', 'gusto')
    const ran = await place.run(`rename ${acme.connection_id} ${globex.connection_id.slice(0, 6)} --json`)
    expect(ran.code).toBe(11)
    expect(errorOf(ran).code).toBe('alias_mistakable')
    expect((await place.run(`rename ${acme.connection_id} ${acme.connection_id.slice(0, 6)}`)).code).toBe(0)
  })
})

describe('connect', () => {
  it('names the products that were asked for and not granted', async () => {
    const place = await world()
    place.finch.fault({ path: '/introspect', kind: { patch: { products: ['company', 'directory'] } } })
    const ran = await place.run(
      'connect --customer acme --provider gusto --create --products company,directory,payment',
      {
        employer: {},
      },
    )
    expect(ran.code).toBe(0)
    expect(ran.stdout).toMatch(/requested but not granted:? +payment/)
    expect((await place.run('show acme/gusto')).stdout).toMatch(/requested but not granted:? +payment/)
  })

  it('prints the ssh line for the computer with the browser, and only over SSH', async () => {
    const place = await world()
    const over = { SSH_CONNECTION: '203.0.113.9 52000 198.51.100.7 2222', USER: 'ops' }
    const port = new URL(place.redirectUri).port
    const ran = await place.run('connect --customer acme --provider gusto --create', { employer: {}, env: over })
    expect(ran.stderr).toContain(`ssh -N -L ${port}:localhost:${port} -p 2222 ops@198.51.100.7`)
    const local = await place.run('connect --customer globex --provider gusto --create', { employer: {} })
    expect(local.stderr).not.toContain('ssh -N')
  })

  it('sends nobody to log in while less than 32 MiB are free', async () => {
    if (!rootOrSaySo('a disk with little room')) return
    const place = await world()
    const env = { FINCHCONN_HOME: `${smallDisk('20m')}/home` }
    const before = place.finch.requests().length
    const ran = await place.run('connect --customer acme --provider gusto --create --json', { employer: {}, env })
    expect(ran.code).toBe(7)
    expect(errorOf(ran).code).toBe('disk_full')
    expect(place.finch.requests().length).toBe(before)
  })
})

describe('a passphrase for a new vault', () => {
  it.each(['short', 'elevenchars', 'Password1234!', 'aaaaaaaaaaaaaaaa', 'finchconn2026'])('%s is refused', (weak) => {
    expect(() => checkPassphrase(weak)).toThrow(/at least 12 characters/)
  })

  it.each(['correct horse battery', 'caf\u00e9 au lait, sans sucre'])('%s is taken', (good) => {
    expect(() => checkPassphrase(good)).not.toThrow()
  })
})
