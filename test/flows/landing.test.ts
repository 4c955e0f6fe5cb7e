/** Where the answer lands when the row does not take it: P5's other places, and what a later command finds there. */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { stopped } from '../../src/problem.ts'
import { connected, later, type World, world } from '../harness.ts'

/** Holds the store's write lock, as a hanging process would; the journal's commit then fails after its busy time. */
function block(place: World): { release(): void } {
  const other = new Database(join(place.home, 'default', 'store.db'))
  other.exec('BEGIN IMMEDIATE')
  return {
    release() {
      other.exec('ROLLBACK')
      other.close()
    },
  }
}

describe('an answer the row does not take', () => {
  it('goes to the file that was made for it, and the attempt is finished from there', { timeout: 30_000 }, async () => {
    const place = await world()
    let blocked: { release(): void } | null = null
    const ran = await place.run('connect --customer acme --provider gusto --create --json', {
      employer: {},
      onPhase: (phase) => {
        if (phase === 'W0') blocked = block(place)
        if (phase === 'P5') blocked?.release()
      },
    })
    expect(ran.code).toBe(0)
    expect((await place.run('token acme/gusto')).code).toBe(0)
  })

  it('is found there by a later command, when the process ended right after', { timeout: 30_000 }, async () => {
    const place = await world()
    let blocked: { release(): void } | null = null
    const ran = await place.run('connect --customer acme --provider gusto --create --json', {
      employer: {},
      onPhase: (phase) => {
        if (phase === 'W0') blocked = block(place)
        if (phase !== 'P5') return
        blocked?.release()
        throw new Error('the end, on purpose')
      },
    })
    expect(ran.code).toBe(70)
    const sent = place.finch.requests().filter(({ path }) => path === '/auth/token').length
    const next = await place.run('token acme/gusto')
    expect(next.code).toBe(0)
    expect(next.stderr).toContain('Finished an interrupted login')
    // From the file, not by a second exchange: the code works once.
    expect(place.finch.requests().filter(({ path }) => path === '/auth/token').length).toBe(sent)
  })
})

describe('an attempt whose flow key is not in the vault', () => {
  it('is told, keeps nobody else from working, and is finished once the key is back', async () => {
    const place = await world()
    await connected(place, 'globex', 'gusto')
    await place.run('connect --customer acme --provider gusto --create', {
      employer: {},
      onPhase: (phase) => {
        if (phase === 'P5') throw new Error('the end, on purpose')
      },
    })
    const database = new Database(join(place.home, 'default', 'store.db'))
    later(() => database.close())
    database.exec("UPDATE vault_rows SET name = 'away.' || name WHERE name LIKE '@flow.%'")
    const first = await place.run('token globex/gusto')
    expect(first.code).toBe(0)
    expect(first.stderr).toContain("can't be finished yet: its key is not in the sealed vault")
    expect(await place.run('token globex/gusto')).toMatchObject({ code: 0, stderr: '' })
    expect((await place.run('list')).stderr).toContain("its key isn't in the vault")
    database.exec("UPDATE vault_rows SET name = substr(name, 6) WHERE name LIKE 'away.%'")
    const back = await place.run('token acme/gusto')
    expect(back.stderr).toContain('Finished an interrupted login')
    expect(back.code).toBe(0)
  })
})

describe('Ctrl-C during the exchange', () => {
  it('does not lose the token that is on its way', async () => {
    const place = await world()
    const stop = new AbortController()
    place.finch.fault({ path: '/auth/token', kind: { delay: 400 } })
    const ran = await place.run('connect --customer acme --provider gusto --create', {
      employer: {},
      signal: stop.signal,
      onPhase: (phase) => {
        if (phase === 'P4') setTimeout(() => stop.abort(stopped()), 100)
      },
    })
    expect([0, 130]).toContain(ran.code)
    // Finch's answer was heard to its end; a request that was cut short is not among those it answered.
    const answered = () => place.finch.requests().filter(({ path }) => path === '/auth/token').length
    expect(answered()).toBe(1)
    expect((await place.run('token acme/gusto')).code).toBe(0)
    expect(answered()).toBe(1)
  })
})
