/** A disk that fills up at any moment of a login, on a real small one: no token is lost, and nothing is called a bug. */
import { readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { connected, type World, world } from '../harness.ts'
import { rootOrSaySo, smallDisk } from '../root.ts'

const able = rootOrSaySo('full disks')

/** A world whose home is a disk of its own. */
async function onSmallDisk(): Promise<World> {
  const place = await world()
  const home = join(smallDisk('48m'), 'home')
  return {
    ...place,
    home,
    env: { ...place.env, FINCHCONN_HOME: home },
    run: (args, options) => place.run(args, { ...options, env: { FINCHCONN_HOME: home, ...options?.env } }),
  }
}

/** Takes every free byte of the disk, the last ones singly. */
function fill(place: World): void {
  const filler = join(place.home, '..', 'filler')
  for (let size = 1 << 20; size >= 1; size >>= 1) {
    for (;;) {
      try {
        writeFileSync(filler, Buffer.alloc(size), { flag: 'a' })
      } catch {
        // Full at this size; smaller pieces may still fit.
        break
      }
    }
  }
  expect(statfsSync(place.home).bavail).toBe(0)
}

function free(place: World): void {
  rmSync(join(place.home, '..', 'filler'), { force: true })
}

/** Full from the moment `from` until `until`; to the end of the command where that never comes. */
function fullBetween(place: World, from: string, until: string | null) {
  return (phase: string) => {
    if (phase === from) fill(place)
    if (phase === until) free(place)
  }
}

/** Each write from the callback on fails alone, and from each on all of them. */
const MOMENTS: readonly (readonly [from: string, until: string | null])[] = [
  ['P2', 'W0'],
  ['P3', 'W0'],
  ['P4', 'P5'],
  ['W0', 'P5'],
  ['P5', 'P6'],
  ['P5 row', 'P7'],
  ['P6', 'P8'],
  ['P7', 'P9'],
  ['P8', null],
  ['P2', null],
  ['P3', null],
  ['P4', null],
  ['W0', null],
  ['P5', null],
  ['P6', null],
  ['P7', null],
]

describe.skipIf(!able)('a disk that is full', () => {
  it.each(MOMENTS)('from %s until %s: a connect keeps its token', async (from, until) => {
    const place = await onSmallDisk()
    const ran = await place.run('connect --customer acme --provider gusto --create --json', {
      employer: {},
      onPhase: fullBetween(place, from, until),
    })
    expect([0, 7]).toContain(ran.code)
    free(place)
    const token = await place.run('token acme/gusto')
    expect(token.code).toBe(0)
    expect(await isLive(place, token.stdout.trim())).toBe(true)
    expect((await place.run('list')).stderr).toBe('1 connection\n')
  })

  it.each(MOMENTS)('from %s until %s: a reauth keeps its new token', async (from, until) => {
    const place = await onSmallDisk()
    const before = await connected(place, 'acme', 'gusto')
    const old = (await place.run('token acme/gusto')).stdout.trim()
    const ran = await place.run(`reauth ${before.connection_id} --force --json`, {
      employer: {},
      onPhase: fullBetween(place, from, until),
    })
    expect([0, 7]).toContain(ran.code)
    free(place)
    const token = await place.run('token acme/gusto')
    expect(token.code).toBe(0)
    expect(token.stdout.trim()).not.toBe(old)
    expect(await isLive(place, token.stdout.trim())).toBe(true)
  })

  it('says that the new token is kept, and how it goes on', async () => {
    const place = await onSmallDisk()
    const ran = await place.run('connect --customer acme --provider gusto --create', {
      employer: {},
      onPhase: fullBetween(place, 'P2', null),
    })
    expect(ran.code).toBe(7)
    expect(ran.stderr).toContain('no space left on the disk')
    expect(ran.stderr).toContain('the new token is kept, sealed')
    free(place)
    expect((await place.run('token acme/gusto')).stderr).toContain('Finished an interrupted login')
  })

  it('from the start: nobody is sent to Finch', async () => {
    const place = await onSmallDisk()
    await place.run('customers create acme')
    fill(place)
    const before = place.finch.requests().length
    const ran = await place.run('connect --customer acme --provider gusto --json', { employer: {} })
    expect(ran.code).toBe(7)
    expect(place.finch.requests().length).toBe(before)
    for (const command of ['customers create globex', 'customers edit acme --name Acme']) {
      expect((await place.run(command)).code).toBe(7)
    }
    expect(readFileSync(join(place.home, 'default', 'store.db')).length).toBeGreaterThan(0)
  })
})

async function isLive(place: World, token: string): Promise<boolean> {
  const answer = await fetch(`${place.finch.url}/introspect`, {
    headers: { Authorization: `Bearer ${token}`, 'Finch-API-Version': '2020-09-17' },
  })
  return answer.ok
}
