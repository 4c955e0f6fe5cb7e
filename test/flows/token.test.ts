/** Record and token of a connection are two readings: a login between them is not taken for damage. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { connected, errorOf, later, type World, world } from '../harness.ts'

/** The same world, reached through a server that first does something when a path is asked for. */
async function between(place: World, path: string, meanwhile: () => Promise<void>): Promise<World> {
  let done = false
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const url = new URL(request.url ?? '/', place.finch.url)
    if (url.pathname === path && !done) {
      done = true
      await meanwhile()
    }
    const { host, connection, 'content-length': _, ...headers } = request.headers
    const answer = await fetch(url, {
      method: request.method ?? 'GET',
      headers: headers as Record<string, string>,
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    })
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  later(() => {
    server.closeAllConnections()
    server.close()
  })
  const api = { FINCHCONN_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
  const runWords: World['runWords'] = (words, options = {}) =>
    place.runWords(words, { ...options, env: { ...api, ...options.env } })
  return { ...place, runWords, run: (args, options) => runWords(args.split(' '), options) }
}

it.each(['sealed', 'keychain'] as const)(
  'a token that was swapped after its record was read is used all the same (%s)',
  async (vault) => {
    let swapped = -1
    // Both records are read, then the first one's people; meanwhile the second one gets a new token.
    const place: World = await between(await world({}, vault), '/employer/directory', async () => {
      const ran = await place.run('reauth acme/justworks --force --json', { employer: {} })
      swapped = ran.code
    })
    await connected(place, 'acme', 'gusto')
    await connected(place, 'acme', 'justworks')
    const ran = await place.run('reconcile --customer acme --json')
    expect(swapped).toBe(0)
    expect([ran.code, JSON.parse(ran.stdout).unread]).toEqual([0, []])
  },
)

it('a token that is not the one on record is still refused', async () => {
  const place = await world()
  await connected(place, 'acme', 'gusto')
  const { default: Database } = await import('better-sqlite3')
  const database = new Database(`${place.home}/default/store.db`)
  database.prepare("UPDATE connections SET fingerprint = '000000000000'").run()
  database.close()
  const ran = await place.run('show acme/gusto --refresh --json')
  expect(ran.code).toBe(9)
  expect(errorOf(ran).code).toBe('token_differs')
})
