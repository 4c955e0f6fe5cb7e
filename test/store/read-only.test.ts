/** A store on a disk that is mounted read-only, and the first words about one that is full. */
import { copyFileSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { errorOf, type Ran, world } from '../harness.ts'
import { makeReadOnly, rootOrSaySo, smallDisk } from '../root.ts'

describe.runIf(rootOrSaySo('a read-only store'))('a store on a read-only disk', () => {
  async function mounted(prepare: (folder: string) => void = () => {}) {
    const place = await world()
    const disk = smallDisk('40m')
    const env = { ...place.env, FINCHCONN_HOME: disk }
    const here = {
      ...place,
      env,
      run: (args: string): Promise<Ran> => place.run(args, { env: { FINCHCONN_HOME: disk } }),
    }
    const made = await place.run('connect --customer acme --provider gusto --create --json', {
      employer: {},
      env: { FINCHCONN_HOME: disk },
    })
    if (made.code !== 0) throw new Error(made.stdout)
    prepare(join(disk, 'default'))
    makeReadOnly(disk)
    return { ...here, disk }
  }

  it('gives what is known, and the token', async () => {
    const place = await mounted()
    expect((await place.run('list --json')).json()).toMatchObject({ connections: [{ customer_id: 'acme' }] })
    expect((await place.run('show acme/gusto --json')).json()).toMatchObject({ connection: { provider_id: 'gusto' } })
    expect((await place.run('token acme/gusto')).stdout).toMatch(/^\S+\n$/)
    expect((await place.run('customers list')).code).toBe(0)
  })

  it.each(['rename acme/gusto payroll', 'customers create globex', 'connect --customer acme --another --no-browser'])(
    'refuses %s in words',
    async (args) => {
      const place = await mounted()
      const ran = await place.run(`${args} --json`)
      expect([ran.code, errorOf(ran).code]).toEqual([7, 'read_only'])
    },
  )

  it('with commits in its log only says what to do', async () => {
    const place = await mounted((store) => {
      const path = join(store, 'store.db')
      const copy = join(store, 'copy')
      mkdirSync(copy)
      const database = new Database(path)
      database.exec("UPDATE connections SET alias = 'in the log'")
      for (const name of ['store.db', 'store.db-wal']) copyFileSync(join(store, name), join(copy, name))
      database.close()
      for (const name of ['store.db', 'store.db-wal']) copyFileSync(join(copy, name), join(store, name))
      expect(statSync(`${path}-wal`).size).toBeGreaterThan(0)
    })
    const ran = await place.run('list --json')
    expect(ran.code).toBe(7)
    expect(errorOf(ran)).toMatchObject({ code: 'read_only', hint: expect.stringContaining('copy its folder') })
  })

  it('that was never made is not made', async () => {
    const place = await world()
    const disk = smallDisk('1m')
    makeReadOnly(disk)
    const ran = await place.run('list --json', { env: { FINCHCONN_HOME: join(disk, 'fc') } })
    expect(ran.code).toBe(7)
    expect(readdirSync(disk)).toEqual([])
  })
})

describe.runIf(rootOrSaySo('the first words on a full disk'))('a full disk', () => {
  it.each(['list', 'customers list', 'customers create globex'])('is what %s complains of', async (args) => {
    const place = await world()
    const disk = smallDisk('700k')
    const env = { FINCHCONN_HOME: disk }
    expect((await place.run('customers create acme', { env })).code).toBe(0)
    fill(join(disk, 'ballast'))
    const ran = await place.run(`${args} --json`, { env })
    expect([ran.code, errorOf(ran).code]).toEqual([7, 'disk_full'])
  })

  function fill(path: string): void {
    try {
      writeFileSync(path, Buffer.alloc(1024 * 1024))
    } catch {
      // Full now.
    }
  }
})
