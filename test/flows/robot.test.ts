import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { walkConnect } from '../../src/emulator/robot.ts'
import { errorOf, later, type World, world } from '../harness.ts'

const CONNECT = ['connect', '--customer', 'acme', '--create', '--json']

function connect(place: World, provider: string, robot: string) {
  return place.runWords([...CONNECT, '--provider', provider, '--browser', robot])
}

describe('--browser robot', () => {
  it('connects at an emulator that is reached by its address', async () => {
    const ran = await connect(await world(), 'gusto', 'robot')
    expect(ran.code).toBe(0)
  })

  it('takes words for how to log in', async () => {
    const ran = await connect(await world(), 'gusto', 'robot good_user_2 multi_entity')
    expect(ran.code).toBe(0)
    expect(ran.json().connection).toMatchObject({ entities: [{}, {}, {}] })
  })

  it.each([
    ['robot nonsense', 'multi_entity'],
    ['robot mfa multi_entity', 'both "multi_entity" and'],
    ['robot toString', 'unknown word'],
  ])('refuses "%s" before anything', async (robot) => {
    const place = await world()
    const ran = await connect(place, 'gusto', robot)
    expect(ran.code).toBe(2)
    expect(errorOf(ran).message).toContain('multi_entity')
    expect(place.finch.requests()).toEqual([])
  })

  it('refuses a wrong word from the environment too', async () => {
    const place = await world()
    const ran = await place.run('list --json', { env: { FINCHCONN_BROWSER: 'robot nonsense' } })
    expect(ran.code).toBe(2)
  })

  it('ends the wait when it is stuck, and says at what', async () => {
    const ran = await connect(await world(), 'bamboo_hr', 'robot multi_entity')
    expect(ran.code).toBe(2)
    expect(errorOf(ran)).toMatchObject({ code: 'robot_stuck', hint: expect.stringContaining('good_pass') })
    expect(errorOf(ran).message).toContain('Log in to BambooHR')
    expect(errorOf(ran).message).toContain('not accepted')
  })

  it('ends the wait when Connect answers with something else', async () => {
    const place = await world()
    place.finch.fault({ path: '/authorize', kind: { status: 503 } })
    const ran = await connect(place, 'gusto', 'robot')
    expect([ran.code, errorOf(ran).code]).toEqual([2, 'robot_stuck'])
    expect(errorOf(ran).message).toContain('503')
  })

  it('ends the wait when nobody answers at Connect', async () => {
    const place = await world()
    place.finch.fault({ path: '/authorize', kind: { drop: 'before' } })
    const ran = await connect(place, 'gusto', 'robot')
    expect([ran.code, errorOf(ran).code]).toEqual([1, 'robot_stuck'])
  })

  it('ends the wait when the callback refuses it', async () => {
    const place = await world({ rules: { alreadyExists: 'never' } })
    expect((await connect(place, 'gusto', 'robot')).code).toBe(0)
    // From now on a callback without the state is not from this Finch.
    place.finch.rules.echoState = false
    const ran = await place.runWords([...CONNECT, '--another', '--provider', 'rippling', '--browser', 'robot'])
    expect([ran.code, errorOf(ran).code]).toEqual([1, 'robot_refused'])
  })

  it('ends the wait after a cancel', async () => {
    const ran = await connect(await world(), 'gusto', 'robot cancel')
    expect([ran.code, errorOf(ran).code]).toEqual([1, 'robot_canceled'])
  })

  it('is refused at any Finch that is not on this machine', async () => {
    const place = await world()
    const ran = await place.runWords([...CONNECT, '--browser', 'robot'], {
      env: { FINCHCONN_CONNECT_URL: 'https://connect.example.com' },
    })
    expect([ran.code, errorOf(ran).code]).toEqual([2, 'robot_elsewhere'])
  })

  it('has its words in the help', async () => {
    expect((await (await world()).run('help robot')).stdout).toContain('mfa_account_selection')
  })
})

describe('the robot as a browser', () => {
  it('sends what a browser sends when it navigates', async () => {
    const seen: Record<string, IncomingHttpHeaders> = {}
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost')
      seen[pathname] = request.headers
      if (pathname === '/go') response.writeHead(302, { location: '/form' }).end()
      else if (pathname === '/form') response.end('<form data-step="consent" action="/send"></form>')
      else if (pathname === '/send')
        response.writeHead(302, { location: `http://localhost:${port}/callback?code=1` }).end()
      else if (pathname === '/callback') response.writeHead(303, { location: '/done' }).end()
      else response.end('done')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    later(() => server.close())
    const { port } = server.address() as AddressInfo

    const walked = await walkConnect(`http://127.0.0.1:${port}/go`)
    expect(walked).toMatchObject({ ended: 'callback', text: 'done', reason: null })
    const sites = Object.entries(seen).map(([path, headers]) => [path, headers['sec-fetch-site']])
    expect(sites).toEqual([
      ['/go', 'none'],
      ['/form', 'none'],
      ['/send', 'same-origin'],
      ['/callback', 'cross-site'],
      ['/done', 'cross-site'],
    ])
    for (const headers of Object.values(seen)) {
      expect(headers).toMatchObject({ 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' })
      expect(headers.accept).toContain('text/html')
    }
  })
})
