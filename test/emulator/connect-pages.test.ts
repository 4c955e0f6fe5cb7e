import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parse } from 'node-html-parser'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PRODUCTS } from '../../src/emulator/providers.ts'
import { walkConnect } from '../../src/emulator/robot.ts'
import { openStand, type SessionParams, type Stand } from './stand.ts'

let stand: Stand
let clock = Date.parse('2026-03-01T12:00:00Z')

beforeAll(async () => {
  stand = await openStand({ now: () => clock, rules: { alreadyExists: 'never', rateLimits: false } })
})
afterAll(() => stand.close())

describe('mock logins', () => {
  const CREDENTIAL = { integration: { provider: 'gusto' } } satisfies Partial<SessionParams>
  const TOKEN = { integration: { provider: 'bamboo_hr' } } satisfies Partial<SessionParams>
  const PAIR = { integration: { provider: 'paycor' } } satisfies Partial<SessionParams>
  const OAUTH = { integration: { provider: 'deel' } } satisfies Partial<SessionParams>
  const ASSISTED = { integration: { provider: 'onpay', auth_method: 'assisted' } } satisfies Partial<SessionParams>

  test.each([
    ['a password', CREDENTIAL, {}, 1],
    ['a password and a second factor', CREDENTIAL, { secret: 'mfa' }, 1],
    ['a password and entities', CREDENTIAL, { secret: 'multi_entity' }, 3],
    ['some of the entities', CREDENTIAL, { secret: 'multi_entity', entities: 2 }, 2],
    ['entities by the older word', CREDENTIAL, { secret: 'account_selection' }, 3],
    ['second factor and entities', CREDENTIAL, { secret: 'mfa_account_selection', entities: 1 }, 1],
    ['an API token', TOKEN, {}, 1],
    ['an API client id and secret', PAIR, {}, 1],
    ['a click at the provider', OAUTH, {}, 1],
    ['an invitation', ASSISTED, {}, 1],
  ] as const)('%s', async (name, session, answers, entities) => {
    // A customer each: the same login again would be the same connection.
    const token = await stand.connect({ customer_id: name, ...session }, answers)
    expect(token.entity_ids).toHaveLength(entities)
    expect(token.provider_id).toBe(session.integration.provider)
  })

  test.each([
    ['a wrong password', CREDENTIAL, { secret: 'letmein' }],
    ['a wrong user', CREDENTIAL, { user: 'smallco' }],
    ['a user with a good beginning', CREDENTIAL, { user: 'good_userx' }],
    ['a wrong token', TOKEN, { secret: 'bad_token' }],
    ['a wrong client secret', PAIR, { secret: 'mfa' }],
    ['no entity at all', CREDENTIAL, { secret: 'multi_entity', entities: 0 }],
  ] as const)('%s is complained about on the page', async (_, session, answers) => {
    const walked = await stand.walk(session, answers)
    expect(walked).toMatchObject({ ended: 'stuck', callback: null })
    expect([401, 422]).toContain(walked.status)
    expect(parse(walked.text).querySelector('[role=alert]')?.text).toMatch(/\w/)
  })

  test('another way to log in can be chosen, but not when the session fixed one', async () => {
    expect(await loginButtons({ integration: { provider: 'gusto' } })).toEqual(['oauth'])
    expect(await loginButtons({ integration: { provider: 'gusto' }, manual: true })).toEqual(['oauth', 'assisted'])
    expect(await loginButtons({ integration: { provider: 'gusto', auth_method: 'credential' } })).toEqual([])
  })
})

describe('choosing a provider', () => {
  test('assisted ones are offered only when asked for', async () => {
    expect(await stand.walk({}, { provider: 'onpay' })).toMatchObject({ ended: 'stuck' })
    const token = await stand.connect({ manual: true }, { provider: 'onpay' })
    expect(token.provider_id).toBe('onpay')
  })

  test('what the page did not offer is not taken from a form either', async () => {
    const chooser = await fetch(await sessionAddress())
    const forged = new URLSearchParams({ step: 'provider', provider: 'onpay' })
    expect((await fetch(chooser.url, { method: 'POST', body: forged })).status).toBe(422)

    const login = await fetch(await sessionAddress({ integration: { provider: 'gusto' } }))
    const invited = new URLSearchParams({ step: 'login', method: 'assisted' })
    expect((await fetch(login.url, { method: 'POST', body: invited })).status).toBe(401)
  })

  test('no page is shown for what the session has fixed', async () => {
    const token = await stand.connect({ integration: { provider: 'rippling' } }, { provider: 'gusto' })
    expect(token.provider_id).toBe('rippling')
  })
})

describe('the way back', () => {
  test('the redirect carries the code and the state, and is followed to its end', async () => {
    const walked = await walkConnect(`${await sessionAddress()}&state=a%2Bb%20c`)
    const callback = new URL(walked.callback ?? '')
    expect(callback.origin + callback.pathname).toBe(stand.redirectUri)
    expect([...callback.searchParams.keys()]).toEqual(['code', 'state'])
    expect(callback.searchParams.get('state')).toBe('a+b c')
    expect(walked).toMatchObject({ ended: 'callback', status: 200, address: new URL('/done', stand.redirectUri).href })
    expect(walked.text).toContain('All done.')
  })

  test('no state, none back', async () => {
    const walked = await walkConnect(await sessionAddress())
    expect([...new URL(walked.callback ?? '').searchParams.keys()]).toEqual(['code'])
  })

  test('under the rule not to echo it, state stays away', async () => {
    stand.emulator.rules.echoState = false
    const walked = await walkConnect(`${await sessionAddress()}&state=abc`)
    stand.emulator.rules.echoState = true
    expect([...new URL(walked.callback ?? '').searchParams.keys()]).toEqual(['code'])
  })

  test('a cancel leaves without a callback, and the link still works', async () => {
    const address = await sessionAddress()
    expect(await walkConnect(address, { cancel: true })).toMatchObject({
      ended: 'canceled',
      status: 200,
      callback: null,
    })
    expect(await walkConnect(address)).toMatchObject({ ended: 'callback' })
  })

  test('a session without a redirect address ends on a page with the code', async () => {
    const { connect_url: address } = await stand.finch.connect.sessions.new({
      customer_id: 'embedded',
      customer_name: 'Embedded',
      products: ['company'],
    })
    const walked = await walkConnect(`${address}&state=s1`)
    const page = parse(walked.text)
    expect(page.querySelector('[data-state]')?.text).toBe('s1')
    const code = page.querySelector('[data-code]')?.text ?? ''
    await expect(stand.finch.accessTokens.create({ code, redirect_uri: stand.redirectUri })).rejects.toThrow('400')
    expect((await stand.finch.accessTokens.create({ code })).customer_id).toBe('embedded')
  })
})

describe('dead ends', () => {
  test('an expired link', async () => {
    const address = await sessionAddress({ minutes_to_expire: 1 })
    clock += 60_000
    expect(await walkConnect(address)).toMatchObject({
      ended: 'stuck',
      status: 410,
      text: expect.stringContaining('expired'),
    })
  })

  test('a link that expires while somebody is on its page', async () => {
    const page = await fetch(await sessionAddress({ minutes_to_expire: 1 }))
    clock += 60_000
    const sent = await fetch(page.url, {
      method: 'POST',
      body: new URLSearchParams({ step: 'provider', provider: 'gusto' }),
    })
    expect(sent.status).toBe(410)
  })

  test('a link that was used', async () => {
    const address = await sessionAddress()
    await walkConnect(address)
    expect(await walkConnect(address)).toMatchObject({ status: 410, text: expect.stringContaining('already used') })
  })

  test('a link to nothing', async () => {
    const address = `${stand.emulator.url}/authorize`
    for (const link of [address, `${address}?session=constructor`, `${address}/toString`]) {
      expect(await walkConnect(link)).toMatchObject({ ended: 'stuck', status: 404 })
    }
  })

  test('a connection that was disconnected meanwhile', async () => {
    const token = await stand.connect({ customer_id: 'gone' })
    const { connect_url: address } = await stand.finch.connect.sessions.reauthenticate({
      connection_id: token.connection_id,
    })
    await stand.as(token.access_token).account.disconnect()
    expect(await walkConnect(address)).toMatchObject({ ended: 'stuck', status: 410 })
  })
})

describe('the pages', () => {
  test('a form that is sent twice moves the visit once', async () => {
    const page = await fetch(await sessionAddress({ integration: { provider: 'gusto' } }))
    const body = new URLSearchParams({ step: 'login', user: 'good_user', secret: 'good_pass' })
    await fetch(page.url, { method: 'POST', body })
    const second = await fetch(page.url, { method: 'POST', body })
    expect(
      parse(await second.text())
        .querySelector('form')
        ?.getAttribute('data-step'),
    ).toBe('consent')
  })

  test('consent says in words who wants what', async () => {
    const page = await fetch(
      await sessionAddress({ integration: { provider: 'deel' }, products: ['company', 'pay_statement'] }),
    )
    const consent = await fetch(page.url, { method: 'POST', body: new URLSearchParams({ step: 'login' }) })
    const text = await consent.text()
    const items = parse(text)
      .querySelectorAll('li')
      .map((item) => item.text)
    expect(items).toEqual([expect.stringMatching(/^Company details: /), expect.stringMatching(/^Pay statements: /)])
    expect(text).toContain('Example App wants to read this from Deel for Acme, Inc.')
  })

  test.each(PRODUCTS)('consent has words for %s', async (product) => {
    const page = await fetch(await sessionAddress({ integration: { provider: 'deel' }, products: [product as never] }))
    const consent = await fetch(page.url, { method: 'POST', body: new URLSearchParams({ step: 'login' }) })
    expect(parse(await consent.text()).querySelector('li')?.text).toMatch(/^[A-Z][a-z]+ [A-Za-z]/)
  })

  test('the providers can be searched', async () => {
    const page = await fetch(await sessionAddress())
    const names = async (search: string) => {
      const found = parse(await (await fetch(`${page.url}?search=${search}`)).text())
      return found.querySelectorAll('button[name=provider]').map((button) => button.getAttribute('value'))
    }
    expect((await names('')).length).toBeGreaterThan(20)
    expect(await names('PAYC')).toEqual(['paychex_flex', 'paycom', 'paycor'])
    expect(await names('nothing')).toEqual([])
  })

  test('a refused login keeps the user name, ties the fields to the error, and never repeats the secret', async () => {
    const page = await fetch(await sessionAddress({ integration: { provider: 'gusto' } }))
    const body = new URLSearchParams({ step: 'login', user: 'someone@acme.example', secret: 'open sesame' })
    const text = await (await fetch(page.url, { method: 'POST', body })).text()
    const answer = parse(text)
    const user = answer.querySelector('input[name=user]')
    expect(user?.getAttribute('value')).toBe('someone@acme.example')
    for (const field of answer.querySelectorAll('input[type=text], input[type=password]')) {
      const described = answer.getElementById(field.getAttribute('aria-describedby') ?? '')
      expect([field.getAttribute('aria-invalid'), described?.getAttribute('role')]).toEqual(['true', 'alert'])
    }
    expect(text).not.toContain('open sesame')
  })

  test('after a cancel it says that nobody is told, and the way back works', async () => {
    const page = await fetch(`${await sessionAddress()}&state=kept`)
    const body = new URLSearchParams({ step: 'provider', cancel: 'yes' })
    const canceled = parse(await (await fetch(page.url, { method: 'POST', body })).text())
    expect(canceled.text).toContain('Example App is not told')
    const again = new URL(canceled.querySelector('a')?.getAttribute('href') ?? '', page.url).href
    const walked = await walkConnect(again)
    expect(new URL(walked.callback ?? '').searchParams.get('state')).toBe('kept')
  })

  test('names from outside are text, never markup', async () => {
    const page = await fetch(await sessionAddress({ customer_name: '<img src=x onerror=alert(1)>' }))
    const html = await page.text()
    expect(html).not.toContain('<img')
    expect(html).toContain('&lt;img')
  })

  test('the policy lets in the style sheet and the way back, nothing else', async () => {
    const page = await fetch(await sessionAddress())
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toMatch(/style-src 'sha256-[A-Za-z0-9+/=]+'/)
    expect(policy).toContain(`form-action 'self' ${new URL(stand.redirectUri).origin};`)
    expect(await page.text()).not.toContain('<script')
  })
})

describe('the robot', () => {
  test('says when nobody answers', async () => {
    const walked = await walkConnect('http://127.0.0.1:9/')
    expect(walked).toMatchObject({ ended: 'stuck', status: 0, callback: null })
  })

  test('walks from a launcher that sets a cookie, and brings the cookie back to it alone', async () => {
    const seen: Record<string, string | undefined> = {}
    const local = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost')
      seen[pathname] = request.headers.cookie
      if (pathname !== '/go') response.end('welcome back')
      else response.writeHead(302, { 'set-cookie': 'flow=1; HttpOnly; SameSite=Lax', location: '/on' }).end()
    })
    await new Promise<void>((resolve) => local.listen(0, '127.0.0.1', resolve))
    const { port } = local.address() as AddressInfo
    const walked = await walkConnect(`http://localhost:${port}/go`)
    const elsewhere = await walkConnect(`http://127.0.0.1:${port}/elsewhere`)
    local.close()
    expect([walked.text, walked.address]).toEqual(['welcome back', `http://localhost:${port}/on`])
    expect(elsewhere.text).toBe('welcome back')
    expect(seen).toEqual({ '/go': undefined, '/on': 'flow=1', '/elsewhere': undefined })
  })

  test('stops when it is told to', async () => {
    stand.emulator.fault({ path: '/authorize', kind: { delay: 5_000 } })
    const signal = AbortSignal.timeout(50)
    await expect(walkConnect(await sessionAddress(), {}, signal)).rejects.toThrow()
  })
})

async function sessionAddress(session: Partial<SessionParams> = {}): Promise<string> {
  const made = await stand.finch.connect.sessions.new({
    customer_id: 'acme',
    customer_name: 'Acme, Inc.',
    products: ['company'],
    redirect_uri: stand.redirectUri,
    ...session,
  })
  return made.connect_url
}

async function loginButtons(session: Partial<SessionParams>): Promise<string[]> {
  const page = await fetch(await sessionAddress(session))
  const buttons = parse(await page.text()).querySelectorAll('button[name=method]')
  return buttons.map((button) => button.getAttribute('value') ?? '')
}
