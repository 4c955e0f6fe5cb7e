import { describe, expect, it } from 'vitest'
import { connected, world } from '../harness.ts'

describe('JSON', () => {
  it('is one document on either, indented for a person and on one line for a program', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const [shown, piped] = [await place.run('list --json', { tty: true }), await place.run('list --json')]
    expect(shown.stdout).toMatch(/^\{\n {2}"schema_version": 1,\n {2}"connections": \[\n/)
    expect(piped.stdout.trimEnd()).not.toContain('\n')
    expect(shown.json()).toEqual(piped.json())
  })

  it('of reconcile too', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const [shown, piped] = [
      await place.run('reconcile --customer acme --json', { tty: true }),
      await place.run('reconcile --customer acme --json'),
    ]
    expect(shown.stdout).toMatch(/^\{\n {2}"schema_version": 1,\n {2}"people": \[\n/)
    expect(piped.stdout.trimEnd()).not.toContain('\n')
    expect(shown.json().people).toEqual(piped.json().people)
  })
})

describe('an employer whose name could not be read', () => {
  it('goes by the name of the customer in the list', async () => {
    const place = await world()
    await place.runWords(['customers', 'create', 'acme', '--name', 'Acme, Inc.'])
    place.finch.fault({ path: '/employer/company', times: 9, kind: { status: 403, body: {} } })
    await connected(place, 'acme', 'gusto')
    expect((await place.run('list')).stdout).toMatch(/acme +\S+ +Acme, Inc\. +gusto/)
    expect((await place.run('list --plain')).stdout.split('\t')[2]).toBe('-')
  })
})

describe('a table', () => {
  it('fits the terminal, and is whole in a pipe', async () => {
    const place = await world()
    const customer = '3f0d9c2a-5b7e-4c1d-9a8f-0123456789ab'
    const { connection_id: id } = await connected(place, customer, 'gusto')
    const shown = await place.run('list', { tty: true, columns: 80 })
    for (const line of shown.stdout.replaceAll(/\u001b\[\d+m/g, '').split('\n'))
      expect(line.length).toBeLessThanOrEqual(80)
    expect(shown.stdout).toContain(id.slice(0, 8))
    expect((await place.run('list')).stdout).toContain(`${customer}  ${id.slice(0, 8)}`)
  })

  it('of settings never cuts their names', async () => {
    const place = await world()
    for (const columns of [60, 40]) {
      const { stdout } = await place.run('config', { tty: true, columns })
      for (const name of ['redirect_uri', 'client_secret', 'vault_key_command']) expect(stdout).toContain(name)
    }
  })
})
