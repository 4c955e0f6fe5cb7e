import { describe, expect, it } from 'vitest'
import { connected, folder, runCli, world } from '../harness.ts'

const ENTER = '\r'
const DOWN = '\u001b[B'

describe('the menu', () => {
  it('begins with setting up where nothing is set up', async () => {
    const env = { FINCHCONN_HOME: folder(), PATH: process.env.PATH, FINCHCONN_VAULT: 'sealed' }
    const ran = await runCli([], {
      env,
      tty: true,
      typed: [
        ['Set up …', ENTER],
        ['Which Finch application', '\u0003'],
      ],
    })
    expect(ran.stderr).toContain('No Finch application is set up yet')
    expect(ran.stderr).toContain('Which Finch application')
    expect(ran.code).toBe(130)
  })

  it('offers to connect first, says who needs a login, and finds a customer by a few letters', async () => {
    const place = await world()
    for (let index = 0; index < 45; index += 1) await place.run(`customers create customer-${index}`)
    await connected(place, 'acme', 'gusto')
    await connected(place, 'beta', 'rippling')
    await place.run('sandbox status beta/rippling reauth')
    const ran = await place.run('', {
      tty: true,
      typed: [
        ['What next?', 'acm'],
        ['❯ acme', ENTER],
        ['Connections of acme', `${DOWN}${DOWN}${ENTER}`],
        ['What next?', 'leave'],
        ['❯ Leave', ENTER],
      ],
    })
    expect(ran.stderr).toMatch(/❯.* Connect …\S*\n {2}All that need a login \(1\)\n {2}acme +acme +1 connection\n/)
    expect(ran.stderr).toMatch(/beta +beta +1 connection, login required/)
    expect(ran.code).toBe(0)
  })

  it('finds what the width of the terminal cut', async () => {
    const place = await world()
    const name = 'Westerburg-Hohenstein Industries and Partners International'
    await place.runWords(['customers', 'create', 'acme', '--name', name])
    const ran = await place.run('', {
      tty: true,
      columns: 60,
      typed: [
        ['acme  Westerburg', 'partners inter'],
        ['❯ acme', ENTER],
        ['Connections of acme', '\u0003'],
      ],
    })
    expect(ran.code).toBe(130)
    expect(ran.stderr).not.toContain('Partners')
  })

  it('goes from a connection that needs a login to the login', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    await place.run('sandbox status acme/gusto reauth')
    const ran = await place.run('', {
      tty: true,
      employer: {},
      typed: [
        ['What next?', 'all that'],
        ['❯ All that need a login (1)', ENTER],
        ['❯ acme', ENTER],
        ['❯ Show', `${DOWN}${ENTER}`],
        ['next: finchconn show', ''],
        ['What next?', 'leave'],
        ['❯ Leave', ENTER],
      ],
    })
    expect(ran.stdout).toContain('has a new token')
    expect(ran.code).toBe(0)
  })
})
