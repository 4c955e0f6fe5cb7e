import { afterEach, beforeEach, expect, test } from 'vitest'
import { ask, bearer, openStand, type Stand } from './stand.ts'

const MINUTE = 60_000
let stand: Stand
let clock = 0

beforeEach(async () => {
  clock = Date.parse('2026-03-01T12:00:00Z')
  stand = await openStand({ now: () => clock, rules: { alreadyExists: 'never' } })
})
afterEach(() => stand.close())

const DATA = [
  ['company', 'GET', '/employer/company', undefined],
  ['directory', 'GET', '/employer/directory', undefined],
  ['individual', 'POST', '/employer/individual', { requests: [{ individual_id: 'x' }] }],
  ['employment', 'POST', '/employer/employment', { requests: [{ individual_id: 'x' }] }],
] as const

test.each(DATA)('%s: 20 a minute for the application, over all its tokens', async (_, method, path, body) => {
  const one = bearer((await stand.connect()).access_token)
  const two = bearer((await stand.connect({}, { provider: 'rippling' })).access_token)
  const call = (headers: Record<string, string>) =>
    ask(stand.emulator, method, path, { headers, ...(body === undefined ? {} : { body }) })
  for (let count = 0; count < 20; count += 1) {
    expect((await call(count % 2 === 0 ? one : two)).status).toBe(200)
    clock += 1000
  }
  for (const headers of [one, two]) {
    const refused = await call(headers)
    expect([refused.status, refused.json.name, refused.json.finch_code]).toEqual([
      429,
      'rate_limit_exceeded_error',
      'finch_application_rl',
    ])
  }
  // Rolling: a minute after the first one, there is room for one.
  clock += 40_000
  expect((await call(one)).status).toBe(200)
  expect((await call(one)).status).toBe(429)
})

test.each([
  ['GET', '/employer/payment?start_date=2026-01-01&end_date=2026-02-01', undefined, 12],
  ['POST', '/employer/pay-statement', { requests: [{ payment_id: 'x' }] }, 12],
  ['GET', '/employer/pay-groups', undefined, 12],
  ['GET', '/employer/pay-statement-item', undefined, 20],
] as const)('%s %s %j: %d a minute, each by itself', async (method, path, body, most) => {
  const headers = bearer((await stand.connect({ products: ['company', 'payment', 'pay_statement'] })).access_token)
  const others = [
    '/employer/payment?start_date=2026-01-01&end_date=2026-01-02',
    '/employer/pay-groups',
    '/employer/company',
  ]
  const call = () => ask(stand.emulator, method, path, { headers, ...(body === undefined ? {} : { body }) })
  for (let count = 0; count < most; count += 1) expect((await call()).status).toBe(200)
  expect((await call()).status).toBe(429)
  for (const other of others.filter((one) => one.split('?')[0] !== path.split('?')[0])) {
    expect((await ask(stand.emulator, 'GET', other, { headers })).status).toBe(200)
  }
})

test('products have limits of their own', async () => {
  const headers = bearer((await stand.connect()).access_token)
  for (let count = 0; count < 20; count += 1) await ask(stand.emulator, 'GET', '/employer/company', { headers })
  expect((await ask(stand.emulator, 'GET', '/employer/company', { headers })).status).toBe(429)
  expect((await ask(stand.emulator, 'GET', '/employer/directory', { headers })).status).toBe(200)
  expect((await ask(stand.emulator, 'GET', '/introspect', { headers })).status).toBe(200)
})

test('refused requests do not count', async () => {
  const headers = bearer((await stand.connect()).access_token)
  for (let count = 0; count < 25; count += 1) {
    await ask(stand.emulator, 'GET', '/employer/directory?limit=10001', { headers })
  }
  expect((await ask(stand.emulator, 'GET', '/employer/directory', { headers })).status).toBe(200)
})

test('an address has 1000 requests in five minutes, then an hour outside', async () => {
  const providers = () => ask(stand.emulator, 'GET', '/providers')
  for (let count = 0; count < 1000; count += 1) {
    clock += 100
    expect((await providers()).status).toBe(200)
  }
  const refused = await providers()
  expect([refused.status, refused.json.finch_code]).toEqual([429, 'finch_api_ip_rl'])
  clock += 59 * MINUTE
  expect((await providers()).status).toBe(429)
  clock += MINUTE
  expect((await providers()).status).toBe(200)
})

test('a steady 190 a minute is never refused', async () => {
  for (let count = 0; count < 1200; count += 1) {
    clock += MINUTE / 190
    expect((await ask(stand.emulator, 'GET', '/providers')).status).toBe(200)
  }
})

test('limits can be switched off', async () => {
  stand.emulator.rules.rateLimits = false
  const headers = bearer((await stand.connect()).access_token)
  for (let count = 0; count < 25; count += 1) {
    expect((await ask(stand.emulator, 'GET', '/employer/company', { headers })).status).toBe(200)
  }
})
