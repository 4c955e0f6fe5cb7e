/** What comes back to a login that waits, from the employer and from everybody else, through the whole command. */
import { get, type IncomingHttpHeaders } from 'node:http'
import { describe, expect, it } from 'vitest'
import { walkConnect } from '../../src/emulator/robot.ts'
import { deferred } from '../../src/web/deferred.ts'
import { connected, errorOf, type World, world } from '../harness.ts'

const CONNECT = 'connect --customer acme --provider gusto --create --json'

interface Visited {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** One request as a browser makes it that says nothing of why it asks. */
function visit(address: string, cookie = ''): Promise<Visited> {
  return new Promise((resolve, reject) => {
    get(address, { headers: { accept: 'text/html', cookie }, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
    }).once('error', reject)
  })
}

/** Opens the link; answers with Connect's address, our state in it, and the cookie. */
async function launch(link: string): Promise<{ connect: URL; cookie: string }> {
  const { headers } = await visit(link)
  return {
    connect: new URL(headers.location ?? ''),
    cookie: headers['set-cookie']?.[0]?.split(';')[0] ?? '',
  }
}

/** Logs in at Connect, in a browser that our callback does not know; answers with where Connect sends it. */
async function logIn(connect: URL): Promise<string> {
  const { callback } = await walkConnect(connect.href)
  if (callback === null) throw new Error('Connect did not send the browser back')
  return callback
}

/** Another customer's session with the same application: its codes are real ones. */
async function sessionOf({ finch, redirectUri }: World, customer: string): Promise<URL> {
  const answer = await fetch(`${finch.url}/connect/sessions`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${finch.clientId}:${finch.clientSecret}`).toString('base64')}`,
      'content-type': 'application/json',
      'finch-api-version': '2020-09-17',
    },
    body: JSON.stringify({
      customer_id: customer,
      customer_name: customer,
      products: ['company'],
      redirect_uri: redirectUri,
      integration: { provider: 'gusto' },
    }),
  })
  return new URL(((await answer.json()) as { connect_url: string }).connect_url)
}

function stateless(callback: string): string {
  const url = new URL(callback)
  url.searchParams.delete('state')
  return url.href
}

/** Comes back with a code, and waits for the page that tells what became of it. */
async function comeBack(callback: string, cookie: string): Promise<Visited> {
  const { headers } = await visit(callback, cookie)
  return visit(new URL(headers.location ?? '', callback).href, cookie)
}

function bogus(place: World): string {
  return `${place.redirectUri}?code=bogus`
}

function exchanges(place: World): number {
  return place.finch.requests().filter(({ path }) => path === '/auth/token').length
}

describe('a code without the state', () => {
  it('is taken from a Finch that never sent one back', async () => {
    const place = await world()
    const ran = await place.run(CONNECT, {
      employer: async (link) => {
        const { connect, cookie } = await launch(link)
        expect((await comeBack(stateless(await logIn(connect)), cookie)).text).toContain('Connected')
      },
    })
    expect(ran.code).toBe(0)
  })

  it('does not end the wait when Finch refuses it', async () => {
    const place = await world()
    const ran = await place.run(CONNECT, {
      employer: async (link) => {
        const { connect, cookie } = await launch(link)
        const right = await logIn(connect)
        expect((await comeBack(bogus(place), cookie)).text).toContain('took too long')
        expect((await comeBack(`${bogus(place)}2`, cookie)).text).toContain('took too long')
        expect((await comeBack(right, cookie)).text).toContain('Connected')
      },
    })
    expect(ran.stderr).toContain('Still waiting')
    expect(ran.code).toBe(0)
    expect((await place.run('token acme/gusto')).code).toBe(0)
  })

  it('does not end the wait when it belongs to somebody else, whose token is kept apart', async () => {
    const place = await world()
    const ran = await place.run(CONNECT, {
      employer: async (link) => {
        const { connect, cookie } = await launch(link)
        const theirs = await logIn(await sessionOf(place, 'stranger'))
        expect((await comeBack(theirs, cookie)).text).toContain('a different account logged in')
        expect((await comeBack(await logIn(connect), cookie)).text).toContain('Connected')
      },
    })
    expect(ran.code).toBe(0)
    expect(ran.json().connection).toMatchObject({ customer_id: 'acme', finch_customer_id: 'acme' })
  })

  it('is the answer after all when nothing better comes', async () => {
    const place = await world()
    place.finch.fault({ path: '/auth/token', kind: { patch: { customer_id: 'stranger' } } })
    const ran = await place.run(`${CONNECT} --timeout 3s`, {
      employer: async (link) => {
        const { connect, cookie } = await launch(link)
        await comeBack(stateless(await logIn(connect)), cookie)
      },
    })
    expect(ran.code).toBe(9)
    expect(errorOf(ran).code).toBe('identity_mismatch')
  })

  it('that came while one with the state did is not saved: the state overtakes it', async () => {
    const place = await world()
    place.finch.fault({ path: '/auth/token', times: 1, kind: { delay: 1_000 } })
    const sent = deferred<void>()
    const ran = await place.run(CONNECT, {
      onPhase: (phase) => {
        if (phase === 'P4') sent.resolve()
      },
      employer: async (link) => {
        const { connect, cookie } = await launch(link)
        const theirs = comeBack(stateless(await logIn(await sessionOf(place, 'acme'))), cookie)
        const right = await logIn(connect)
        await sent.promise
        const both = await Promise.all([theirs, comeBack(right, cookie)])
        expect(both.map(({ status }) => status)).toEqual([409, 200])
      },
    })
    expect(ran.code).toBe(0)
    expect(ran.stderr).toContain('without the state that Finch sends back')
  })

  it('is not even tried once this Finch has sent a state back', async () => {
    const place = await world()
    await connected(place, 'globex', 'gusto')
    const before = exchanges(place)
    const ran = await place.run(CONNECT, {
      employer: async (link) => {
        const { connect, cookie } = await launch(link)
        const right = await logIn(connect)
        for (let times = 0; times < 3; times += 1) expect((await visit(bogus(place), cookie)).status).toBe(400)
        await comeBack(right, cookie)
      },
    })
    expect(ran.code).toBe(0)
    expect(exchanges(place)).toBe(before + 1)
    expect(ran.stderr.match(/A callback arrived that did not match/g)).toHaveLength(1)
  })
})

describe('the link opened a second time', () => {
  it('where nobody can be asked: refused, told once, and the first browser goes on', async () => {
    const place = await world()
    const ran = await place.run(CONNECT, {
      employer: async (link) => {
        const { connect, cookie } = await launch(link)
        for (let times = 0; times < 3; times += 1) expect((await visit(link)).status).toBe(410)
        await comeBack(await logIn(connect), cookie)
      },
    })
    expect(ran.code).toBe(0)
    expect(ran.stderr.match(/opened in a second browser/g)).toHaveLength(1)
  })

  const answers: [typed: string, status: number][] = [
    ['y', 302],
    ['n', 410],
  ]
  it.each(answers)('where somebody can: asked, and %s decides', async (typed, status) => {
    const place = await world()
    const ran = await place.run(CONNECT, {
      tty: true,
      typed: [['Was that you?', `${typed}\r`]],
      employer: async (link) => {
        const first = await launch(link)
        const second = await visit(link)
        expect(second.status).toBe(status)
        const cookie = second.headers['set-cookie']?.[0]?.split(';')[0] ?? first.cookie
        await comeBack(await logIn(first.connect), cookie)
      },
    })
    expect(ran.code).toBe(0)
  })

  it('a question that stands when the login comes back is taken away', async () => {
    const place = await world()
    const ran = await place.run(CONNECT, {
      tty: true,
      typed: [],
      employer: async (link) => {
        const { connect, cookie } = await launch(link)
        const second = visit(link)
        await comeBack(await logIn(connect), cookie)
        expect((await second).status).toBe(410)
      },
    })
    expect(ran.code).toBe(0)
  })
})

describe('nobody there', () => {
  it.each([{ CI: 'true' }, { FINCHCONN_NO_INPUT: '1' }])(
    '%o without a browser ends at once, before Finch is asked',
    async (env) => {
      const place = await world()
      const ran = await place.run(CONNECT, { env })
      expect(ran.code).toBe(10)
      expect(errorOf(ran)).toMatchObject({ code: 'no_browser', hint: expect.stringContaining('--no-browser') })
      expect(place.finch.requests()).toEqual([])
    },
  )

  it('a callback that did not fit is in the hint when the time is over', async () => {
    const place = await world()
    const ran = await place.run(`${CONNECT} --timeout 3s`, {
      employer: async (link) => {
        await launch(link)
        await visit(`${place.redirectUri}/?code=x`)
      },
    })
    expect(ran.code).toBe(8)
    expect(errorOf(ran).hint).toContain('a different path')
    expect(ran.stderr).toContain('a different path')
  })
})
