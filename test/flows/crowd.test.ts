/** Many processes of the built bin on one store: each gets through or is told so, and nothing healthy is called damaged. */
import { spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { walkConnect } from '../../src/emulator/robot.ts'
import { BIN, type ConnectionJson, connected, freePort, type World, world } from '../harness.ts'

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const ADDRESS = /http:\/\/localhost:\d+\/go\/[\w-]+/

/** The built command; an employer goes through Connect when the address appears. */
function finchconn(place: World, args: string, env: Record<string, string> = {}): Promise<Ended> {
  const known = Object.entries({ ...place.env, ...env }).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  )
  const child = spawn(process.execPath, [BIN, ...args.split(' ')], {
    env: Object.fromEntries(known),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  let walked = false
  child.stdout.on('data', (words: Buffer) => {
    stdout += words
  })
  child.stderr.on('data', (words: Buffer) => {
    stderr += words
    const address = ADDRESS.exec(stderr)?.[0]
    if (address === undefined || walked) return
    walked = true
    walkConnect(address).catch(() => {
      // What became of the login is seen in the command's own ending.
    })
  })
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })))
}

const many = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)))

/** A world in which `count` processes have a callback address each. */
async function withPorts(count: number): Promise<{ place: World; address: (index: number) => Record<string, string> }> {
  const uris = await many(count, async () => `http://localhost:${await freePort()}/callback`)
  const made = await world({ redirectUris: uris, rules: { alreadyExists: 'never' } })
  const address = (index: number) => ({ FINCHCONN_REDIRECT_URI: uris[index] ?? '' })
  const place: World = {
    ...made,
    run: (args, options) => made.run(args, { ...options, env: { ...address(0), ...options?.env } }),
  }
  return { place, address }
}

async function live(place: World): Promise<ConnectionJson[]> {
  return (await place.run('list --json')).json().connections as unknown as ConnectionJson[]
}

describe('many at once', { timeout: 300_000 }, () => {
  it('50 connects of different customers, the first ever on this store: 50 done', async () => {
    const { place, address } = await withPorts(50)
    const ended = await many(50, (index) =>
      finchconn(place, `connect --customer c${index} --provider gusto --create --no-browser --json`, address(index)),
    )
    expect(ended.filter(({ code }) => code !== 0).map(({ code, stdout }) => `${code} ${stdout}`)).toEqual([])
    expect((await live(place)).length).toBe(50)
  })

  it('24 reauths of one connection: each is done or told that another is at it, and nothing looks broken', async () => {
    const { place, address } = await withPorts(24)
    const { connection_id } = await connected(place, 'acme', 'gusto')
    const ended = await many(24, (index) =>
      finchconn(place, `reauth ${connection_id} --force --no-browser --json`, address(index)),
    )
    expect(new Set(ended.map(({ code }) => code))).toEqual(new Set([0, 11]))
    for (const { stderr } of ended) expect(stderr).not.toMatch(/could not be finished|can't be finished|damaged/)
    const token = await place.run('token acme/gusto')
    expect(token).toMatchObject({ code: 0, stderr: '' })
  })

  it('12 reauths of one connection on one port, with --wait: all are done, one after the other', async () => {
    const place = await world()
    const { connection_id } = await connected(place, 'acme', 'gusto')
    const ended = await many(12, () =>
      finchconn(place, `reauth ${connection_id} --force --no-browser --wait 4m --json`),
    )
    expect(ended.filter(({ code }) => code !== 0).map(({ code, stdout }) => `${code} ${stdout}`)).toEqual([])
    const exchanges = place.finch.requests().filter(({ path }) => path === '/auth/token')
    expect(exchanges.length).toBe(13)
    expect((await place.run('token acme/gusto')).code).toBe(0)
  })

  it('readers beside writers never see a false alarm', async () => {
    const { place, address } = await withPorts(6)
    const ids: string[] = []
    for (const customer of ['acme', 'globex', 'initech'])
      ids.push((await connected(place, customer, 'gusto')).connection_id)
    let writing = true
    const writers = many(6, (index) =>
      finchconn(place, `reauth ${ids[index % 3]} --force --wait 3m --no-browser --json`, address(index)),
    ).finally(() => {
      writing = false
    })
    const reads: Ended[] = []
    while (writing)
      reads.push(await finchconn(place, reads.length % 2 === 0 ? `token ${ids[reads.length % 3]}` : 'list'))
    expect((await writers).map(({ code }) => code)).toEqual(Array(6).fill(0))
    expect(reads.length).toBeGreaterThan(3)
    expect(reads.filter(({ code }) => code !== 0).map(({ code, stderr }) => `${code} ${stderr}`)).toEqual([])
    for (const { stderr } of reads) expect(stderr).not.toMatch(/could not|can't|damaged/)
  })
})
