import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, basic, bearer, type Connected, openStand, type Stand } from './stand.ts'

// Every refusal in the words and numbers Finch uses: status, name, finch_code (or none).

let stand: Stand
let live: Connected
let several: Connected
let clock = Date.parse('2026-03-01T12:00:00Z')

beforeAll(async () => {
  stand = await openStand({ now: () => clock, rules: { rateLimits: false } })
  live = await stand.connect()
  several = await stand.connect({ customer_id: 'several' }, { secret: 'multi_entity' })
})
afterAll(() => stand.close())

const BAD = ['bad_request', 'invalid_request'] as const
const NO_CREDENTIAL = ['unauthorized_request_error', undefined] as const
const BAD_CLIENT = ['invalid_client_error', undefined] as const
const BAD_TOKEN = ['invalid_token_error', undefined] as const
const NOT_FOUND = ['not_found_error', 'item_not_found'] as const

describe('before anything else', () => {
  const NO_VERSION = ['invalid_request_error', 'invalid_request'] as const

  test.each(['/introspect', '/providers', '/no/such/path', '/auth/token'])('%s needs a version', async (path) => {
    for (const version of [{}, { 'finch-api-version': '2021-01-01' }]) {
      const answer = await fetch(`${stand.emulator.url}${path}`, { headers: version })
      const json = (await answer.json()) as Record<string, unknown>
      expect([answer.status, json.code, json.name, json.finch_code]).toEqual([400, 400, ...NO_VERSION])
    }
  })

  test.each([
    ['GET', '/no/such/path'],
    ['POST', '/introspect'],
    ['GET', '/auth/token'],
    ['DELETE', '/connect/sessions'],
  ])('%s %s is not there', (method, path) => expectRefusal([method, path, {}, 404, ...NOT_FOUND]))
})

test('a slash at the end is let through', async () => {
  const headers = bearer(live.access_token)
  expect((await ask(stand.emulator, 'GET', '/introspect/', { headers })).status).toBe(200)
})

describe('credentials', () => {
  const basicOf = (id: string, secret: string) => ({
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
  })

  test.each(['/connect/sessions', '/connect/sessions/reauthenticate'])(
    'POST %s answers every bad credential alike, with no name',
    async (path) => {
      const { emulator } = stand
      for (const headers of [{}, bearer(live.access_token), basicOf(emulator.clientId, 'wrong')]) {
        const { status, json } = await ask(emulator, 'POST', path, { headers })
        const message = 'Invalid client: Unable to validate credentials'
        expect([status, json]).toEqual([401, { code: 401, finch_code: 'invalid_client', message }])
      }
    },
  )

  test.each([
    ['POST', '/sandbox/connections'],
    ['POST', '/sandbox/connections/accounts'],
  ])('%s %s wants client id and secret', async (method, path) => {
    const { emulator } = stand
    await expectRefusal([method, path, {}, 401, ...NO_CREDENTIAL])
    await expectRefusal([method, path, { headers: bearer(live.access_token) }, 401, ...NO_CREDENTIAL])
    await expectRefusal([method, path, { headers: basicOf(emulator.clientId, 'wrong') }, 401, ...BAD_CLIENT])
    await expectRefusal([method, path, { headers: basicOf('wrong', emulator.clientSecret) }, 401, ...BAD_CLIENT])
  })

  test.each([
    ['GET', '/introspect'],
    ['POST', '/disconnect'],
    ['POST', '/disconnect-entity'],
    ['GET', '/employer/company'],
    ['GET', '/employer/directory'],
    ['POST', '/employer/individual'],
    ['POST', '/employer/employment'],
    ['PUT', '/sandbox/connections/accounts'],
    ['PUT', '/sandbox/company'],
    ['POST', '/sandbox/directory'],
    ['PUT', '/sandbox/individual/x'],
    ['PUT', '/sandbox/employment/x'],
    ['POST', '/sandbox/payment'],
    ['POST', '/sandbox/jobs'],
    ['GET', '/sandbox/jobs/configuration'],
    ['PUT', '/sandbox/jobs/configuration'],
  ])('%s %s wants an access token', async (method, path) => {
    await expectRefusal([method, path, {}, 401, ...NO_CREDENTIAL])
    await expectRefusal([method, path, { headers: basic(stand.emulator) }, 401, ...NO_CREDENTIAL])
    await expectRefusal([method, path, { headers: bearer('made-up') }, 401, ...BAD_TOKEN])
    await expectRefusal([method, path, { headers: bearer('constructor') }, 401, ...BAD_TOKEN])
  })
})

describe('sessions', () => {
  const good = { customer_id: 'new', customer_name: 'New', products: ['company'] }
  const long = 'x'.repeat(256)

  test.each([
    ['no body', undefined, BAD],
    ['no customer id', { ...good, customer_id: undefined }, BAD],
    ['an empty customer id', { ...good, customer_id: '' }, BAD],
    ['a customer id of 256', { ...good, customer_id: long }, BAD],
    ['a customer id that is a number', { ...good, customer_id: 7 }, BAD],
    ['a customer name of 256', { ...good, customer_name: long }, BAD],
    ['no products', { ...good, products: [] }, BAD],
    ['products as text', { ...good, products: 'company directory' }, BAD],
    ['an unknown product', { ...good, products: ['payroll'] }, BAD],
    ['deduction with benefits', { ...good, products: ['deduction', 'benefits'] }, BAD],
    ['no email address', { ...good, customer_email: 'nobody' }, BAD],
    ['0 minutes', { ...good, minutes_to_expire: 0 }, BAD],
    ['129601 minutes', { ...good, minutes_to_expire: 129_601 }, BAD],
    ['an unknown provider', { ...good, integration: { provider: 'no_such' } }, BAD],
    ['an integration without a provider', { ...good, integration: {} }, BAD],
    [
      'an auth method that is none',
      { ...good, integration: { provider: 'gusto', auth_method: 'api_credential' } },
      BAD,
    ],
    [
      'an auth method the provider lacks',
      { ...good, integration: { provider: 'justworks', auth_method: 'api_token' } },
      BAD,
    ],
    ['an address that is not registered', { ...good, redirect_uri: 'http://localhost:4179/other' }, BAD],
    ['an unknown sandbox', { ...good, sandbox: true }, BAD],
  ] as const)('%s', async (_, body, [name, code]) => {
    const options = { headers: basic(stand.emulator), ...(body === undefined ? {} : { body }) }
    await expectRefusal(['POST', '/connect/sessions', options, 400, name, code])
  })

  test('the edges of what is allowed', async () => {
    for (const body of [
      { ...good, customer_id: 'x'.repeat(255), minutes_to_expire: 1 },
      { ...good, minutes_to_expire: 129_600, integration: null, sandbox: null, manual: null },
      { ...good, products: ['deduction'], an_unknown_field: 1 },
    ]) {
      const answer = await ask(stand.emulator, 'POST', '/connect/sessions', { headers: basic(stand.emulator), body })
      expect(answer.status).toBe(201)
    }
  })

  test('a redirect address matches exactly: no slash, port or host more or less', async () => {
    const { redirectUri } = stand
    for (const uri of [`${redirectUri}/`, `${redirectUri}?a=1`, redirectUri.replace('127.0.0.1', 'localhost')]) {
      const options = { headers: basic(stand.emulator), body: { ...good, redirect_uri: uri } }
      await expectRefusal(['POST', '/connect/sessions', options, 400, ...BAD])
    }
  })

  test('a body that is not JSON', async () => {
    const answer = await fetch(`${stand.emulator.url}/connect/sessions`, {
      method: 'POST',
      headers: { 'finch-api-version': '2020-09-17', ...basic(stand.emulator) },
      body: 'customer_id=acme',
    })
    expect(answer.status).toBe(400)
    expect(answer.headers.get('finch-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  test.each([
    ['an unknown connection', { connection_id: 'no-such' }, ['bad_request', 'connection_not_found']],
    ['no connection', {}, BAD],
    ['half a minute', { connection_id: 'x', minutes_to_expire: 0.5 }, BAD],
    ['null minutes', { connection_id: 'x', minutes_to_expire: null }, BAD],
  ] as const)('a reauthentication of %s', async (_, body, [name, code]) => {
    const options = { headers: basic(stand.emulator), body }
    await expectRefusal(['POST', '/connect/sessions/reauthenticate', options, 400, name, code])
  })
})

describe('codes', () => {
  const GRANT = ['invalid_grant_error', undefined] as const

  test('a made-up code is refused the same way, whatever the secret', async () => {
    const { clientId, clientSecret } = stand.emulator
    for (const secret of [clientSecret, 'wrong', undefined]) {
      const body = { client_id: clientId, client_secret: secret, code: 'made-up', redirect_uri: stand.redirectUri }
      await expectRefusal(['POST', '/auth/token', { body }, 400, ...GRANT])
    }
  })

  test('a good code survives bad credentials and a bad address, then works once', async () => {
    const good = exchangeOf(await freshCode('codes'))
    await expectRefusal(['POST', '/auth/token', { body: { ...good, client_secret: 'wrong' } }, 401, ...BAD_CLIENT])
    const { client_secret: _, ...without } = good
    const inHeader = { body: without, headers: basic(stand.emulator) }
    await expectRefusal(['POST', '/auth/token', inHeader, 401, ...BAD_CLIENT])
    await expectRefusal(['POST', '/auth/token', { body: { ...good, redirect_uri: 'http://x.example' } }, 400, ...GRANT])
    await expectRefusal(['POST', '/auth/token', { body: { ...good, redirect_uri: undefined } }, 400, ...GRANT])
    expect((await ask(stand.emulator, 'POST', '/auth/token', { body: good })).status).toBe(200)
    await expectRefusal(['POST', '/auth/token', { body: good }, 400, ...GRANT])
  })

  test('a code lives ten minutes', async () => {
    const early = exchangeOf(await freshCode('early'))
    const late = exchangeOf(await freshCode('late'))
    clock += 10 * 60_000 - 1
    expect((await ask(stand.emulator, 'POST', '/auth/token', { body: early })).status).toBe(200)
    clock += 1
    await expectRefusal(['POST', '/auth/token', { body: late }, 400, ...GRANT])
  })

  test('no code', () => expectRefusal(['POST', '/auth/token', { body: {} }, 400, ...BAD]))
})

describe('data', () => {
  test('a product that was not granted', async () => {
    const token = await stand.connect({ customer_id: 'narrow', products: ['company'] })
    const headers = bearer(token.access_token)
    await expectRefusal(['GET', '/employer/directory', { headers }, 403, 'insufficient_scope_error', undefined])
  })

  test('a provider that lacks the endpoint', async () => {
    const session = { customer_id: 'lacking', integration: { provider: 'workday', auth_method: 'credential' } } as const
    const token = await stand.connect(session)
    const headers = bearer(token.access_token)
    await expectRefusal(['GET', '/employer/company', { headers }, 501, 'not_implemented_error', undefined])
    expect((await ask(stand.emulator, 'GET', '/employer/directory', { headers })).status).toBe(200)
  })

  test('entities: one at a time, and only those of the connection', async () => {
    const [first = '', second = ''] = several.entity_ids
    const headers = bearer(several.access_token)
    const path = '/employer/company'
    const two = `?entity_ids[]=${first}&entity_ids[]=${second}`
    await expectRefusal(['GET', `${path}${two}`, { headers }, 400, ...BAD])
    await expectRefusal(['GET', `${path}?entity_ids[]=${live.entity_ids[0]}`, { headers }, 404, ...NOT_FOUND])
    expect((await ask(stand.emulator, 'GET', `${path}?entity_ids=${second}`, { headers })).json.legal_name).toBe(
      'Acme East, Inc.',
    )
  })

  test('a page of none, and one that is too large', async () => {
    const headers = bearer(live.access_token)
    const none = await ask(stand.emulator, 'GET', '/employer/directory?limit=0', { headers })
    expect(none).toMatchObject({ status: 200, json: { paging: { count: 20 }, individuals: [] } })
    const path = '/employer/directory?limit=10001'
    await expectRefusal(['GET', path, { headers }, 422, 'unprocessable_entity_error', 'page_size_limit_exceeded'])
  })

  test('a batch of none, and one that is too large', async () => {
    const headers = bearer(live.access_token)
    const requests = Array.from({ length: 10_001 }, () => ({ individual_id: 'x' }))
    for (const path of ['/employer/individual', '/employer/employment']) {
      const none = await ask(stand.emulator, 'POST', path, { headers, body: { requests: [] } })
      expect(none).toMatchObject({ status: 200, json: { responses: [] } })
      const options = { headers, body: { requests } }
      await expectRefusal(['POST', path, options, 422, 'unprocessable_entity_error', 'batch_limit_exceeded'])
    }
  })

  test.each(['limit=x', 'limit=1.5', 'offset=-1'])('directory?%s', async (query) => {
    const headers = bearer(live.access_token)
    await expectRefusal(['GET', `/employer/directory?${query}`, { headers }, 400, ...BAD])
  })

  test.each([{}, { requests: [{}] }, { requests: 'all' }])('a batch of %j', async (body) => {
    const headers = bearer(live.access_token)
    await expectRefusal(['POST', '/employer/individual', { headers, body }, 400, ...BAD])
    await expectRefusal(['POST', '/employer/employment', { headers, body }, 400, ...BAD])
  })

  test.each([
    ['reauth', 401, 'authentication_error', 'reauthenticate_user'],
    ['error_no_account_setup', 401, 'authentication_error', 'account_setup_required'],
    ['error_permissions', 403, 'error_permissions', 'insufficient_account_permissions'],
    ['pending', 202, 'authorization_pending', 'accountant_setup_pending'],
    ['processing', 202, 'sync_in_progress', 'data_sync_in_progress'],
  ] as const)('in status %s', async (status, code, name, finchCode) => {
    const token = await stand.connect({ customer_id: `status-${status}` })
    await stand.as(token.access_token).sandbox.connections.accounts.update({ connection_status: status })
    const headers = bearer(token.access_token)
    await expectRefusal(['GET', '/employer/company', { headers }, code, name, finchCode])
    expect((await ask(stand.emulator, 'GET', '/introspect', { headers })).status).toBe(200)
  })

  test('one entity may need reauthentication while the others serve', async () => {
    const [first = '', second = ''] = several.entity_ids
    const body = { connection_id: several.connection_id, entity_id: second, status: 'reauth' }
    await ask(stand.emulator, 'POST', '/_emulator/status', { body })
    const headers = bearer(several.access_token)
    const path = '/employer/company?entity_ids[]='
    await expectRefusal(['GET', path + second, { headers }, 401, 'authentication_error', 'reauthenticate_user'])
    expect((await ask(stand.emulator, 'GET', path + first, { headers })).status).toBe(200)
  })
})

describe('entities and sandbox', () => {
  test.each([
    ['no list', {}],
    ['an empty list', { entity_ids: [] }],
    ['what is no id', { entity_ids: ['x'] }],
  ] as const)('disconnect-entity with %s', async (_, body) => {
    const headers = bearer(several.access_token)
    await expectRefusal(['POST', '/disconnect-entity', { headers, body }, 400, 'BadRequestError', undefined])
  })

  test('disconnect-entity names each entity that is not there, and ends none', async () => {
    const headers = bearer(several.access_token)
    const strangers = [live.entity_ids[0] ?? '', crypto.randomUUID()]
    const body = { entity_ids: [several.entity_ids[0], ...strangers] }
    const { status, json } = await ask(stand.emulator, 'POST', '/disconnect-entity', { headers, body })
    expect(status).toBe(400)
    expect(json).toEqual({ errors: strangers.map((entityId) => ({ entityId, error: 'NOT_FOUND' })) })
    const { entities } = await stand.as(several.access_token).account.introspect()
    expect(entities?.map((entity) => entity.status)).not.toContain('disconnected')
  })

  test.each([
    [
      'a pairing the provider lacks',
      { provider_id: 'justworks', authentication_type: 'api_token' },
      ['validation_error', undefined],
    ],
    ['an unknown provider', { provider_id: 'no_such' }, BAD],
    ['no provider', {}, BAD],
    ['nobody employed', { provider_id: 'gusto', employee_size: 0 }, BAD],
  ] as const)('a sandbox connection with %s', async (_, body, [name, code]) => {
    await expectRefusal(['POST', '/sandbox/connections', { headers: basic(stand.emulator), body }, 400, name, code])
  })

  test.each([
    ['PUT', '/sandbox/connections/accounts', { connection_status: 'error_reauth' }, 400, BAD],
    ['POST', '/sandbox/jobs', { type: 'other' }, 400, BAD],
    ['PUT', '/sandbox/jobs/configuration', { type: 'data_sync_all' }, 400, BAD],
    ['PUT', '/sandbox/individual/nobody', {}, 404, ['not_found_error', 'individual_not_found']],
    [
      'POST',
      '/sandbox/payment',
      { pay_statements: [{ individual_id: 'x' }] },
      404,
      ['not_found_error', 'individual_not_found'],
    ],
  ] as const)('%s %s with %j', async (method, path, body, status, [name, code]) => {
    await expectRefusal([method, path, { headers: bearer(live.access_token), body }, status, name, code])
  })
})

type Case = readonly [
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: unknown },
  status: number,
  name: string,
  finchCode: string | undefined,
]

async function expectRefusal([method, path, options, status, name, finchCode]: Case): Promise<void> {
  const { status: got, json, headers } = await ask(stand.emulator, method, path, options)
  expect([got, json.code, json.name, json.finch_code]).toEqual([status, status, name, finchCode])
  expect(json.message).toMatch(/\w/)
  expect('finch_code' in json).toBe(finchCode !== undefined)
  expect(headers.get('finch-request-id')).toMatch(/^[0-9a-f-]{36}$/)
}

async function freshCode(customer: string): Promise<string> {
  const walked = await stand.walk({ customer_id: customer })
  return new URL(walked.callback ?? '').searchParams.get('code') ?? ''
}

function exchangeOf(code: string) {
  const { clientId, clientSecret } = stand.emulator
  return { client_id: clientId, client_secret: clientSecret, code, redirect_uri: stand.redirectUri }
}
