import Finch from '@tryfinch/finch-api'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ask, basic, bearer, openStand, type Stand } from './stand.ts'

// What Finch's documents leave open is a rule here, and what they say about identity holds under each.

let stand: Stand

beforeEach(async () => {
  stand = await openStand()
})
afterEach(() => stand.close())

describe('connection_already_exists', () => {
  async function refusalFor(customerId: string, provider?: string): Promise<string | null> {
    const body = {
      customer_id: customerId,
      customer_name: 'Acme, Inc.',
      products: ['company'],
      ...(provider === undefined ? {} : { integration: { provider } }),
    }
    const { status, json } = await ask(stand.emulator, 'POST', '/connect/sessions', {
      headers: basic(stand.emulator),
      body,
    })
    if (status === 201) return null
    expect([status, json.code, json.finch_code]).toEqual([400, 400, 'connection_already_exists'])
    return (json.context as { connection_id: string }).connection_id
  }

  test('per customer, the default: any provider, with the id of the connection in the way', async () => {
    expect(await refusalFor('acme')).toBeNull()
    const { connection_id: id } = await stand.connect()
    expect(await refusalFor('acme')).toBe(id)
    expect(await refusalFor('acme', 'rippling')).toBe(id)
    expect(await refusalFor('other')).toBeNull()
  })

  test('per customer and provider: only the same provider', async () => {
    stand.emulator.rules.alreadyExists = 'customer_provider'
    const { connection_id: id } = await stand.connect()
    expect(await refusalFor('acme', 'gusto')).toBe(id)
    expect(await refusalFor('acme', 'rippling')).toBeNull()
    expect(await refusalFor('acme')).toBeNull()
  })

  test('never', async () => {
    stand.emulator.rules.alreadyExists = 'never'
    await stand.connect()
    expect(await refusalFor('acme', 'gusto')).toBeNull()
  })

  test('a connection in reauth counts, a disconnected one does not', async () => {
    const token = await stand.connect()
    const finch = stand.as(token.access_token)
    await finch.sandbox.connections.accounts.update({ connection_status: 'reauth' })
    expect(await refusalFor('acme')).toBe(token.connection_id)
    await finch.account.disconnect()
    expect(await refusalFor('acme')).toBeNull()
  })

  test('the SDK hands the id through', async () => {
    const { connection_id: id } = await stand.connect()
    const error = await stand.connect().catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(Finch.BadRequestError)
    expect((error as { error: unknown }).error).toMatchObject({ context: { connection_id: id } })
  })
})

describe('what makes one connection', () => {
  beforeEach(() => {
    stand.emulator.rules.alreadyExists = 'never'
  })

  test.each([
    ['the same login again', {}, {}, true],
    ['another account', {}, { user: 'good_user_2' }, false],
    ['another provider', { integration: { provider: 'rippling' } }, {}, false],
    ['another customer', { customer_id: 'other' }, {}, false],
    ['another way to log in', { integration: { provider: 'gusto', auth_method: 'oauth' } }, {}, false],
  ] as const)('%s', async (_, session, answers, same) => {
    const first = await stand.connect()
    const second = await stand.connect(session, answers)
    expect(second.connection_id === first.connection_id).toBe(same)
    expect(second.access_token).not.toBe(first.access_token)
    for (const { access_token: token, connection_id: id } of [first, second]) {
      expect((await stand.as(token).account.introspect()).connection_id).toBe(id)
    }
  })

  test('two providers of one customer show one employer under two ids', async () => {
    const gusto = await stand.connect()
    const paycom = await stand.connect({}, { provider: 'paycom' })
    const one = await stand.as(gusto.access_token).hris.company.retrieve()
    const two = await stand.as(paycom.access_token).hris.company.retrieve()
    expect([two.legal_name, two.ein]).toEqual([one.legal_name, one.ein])
    expect(one.legal_name).toBe('Acme, Inc.')
    expect(two.id).not.toBe(one.id)
    expect([gusto.company_id, paycom.company_id]).toEqual([one.id, two.id])
  })
})

describe('reauthentication', () => {
  test('heals the connection; the old token works on', async () => {
    const before = await stand.connect()
    const finch = stand.as(before.access_token)
    await finch.sandbox.connections.accounts.update({ connection_status: 'reauth' })
    await expect(finch.hris.company.retrieve()).rejects.toMatchObject({ error: { finch_code: 'reauthenticate_user' } })
    const after = await stand.reauth(before.connection_id)
    expect(after.connection_id).toBe(before.connection_id)
    for (const token of [before, after]) {
      const finch = stand.as(token.access_token)
      expect((await finch.hris.company.retrieve()).legal_name).toBe('Acme, Inc.')
      expect((await finch.account.introspect()).connection_status.status).toBe('connected')
    }
  })

  test.each(['gusto', 'bamboo_hr', 'paycor', 'deel'])(
    'with another account at %s it makes a connection to another employer and heals nothing',
    async (provider) => {
      const before = await stand.connect({}, { provider })
      await stand.as(before.access_token).sandbox.connections.accounts.update({ connection_status: 'reauth' })
      const after = await stand.reauth(before.connection_id, { user: 'good_user_2' })
      expect(after.connection_id).not.toBe(before.connection_id)
      expect([after.customer_id, after.provider_id]).toEqual(['acme', provider])
      const company = await stand.as(after.access_token).hris.company.retrieve()
      expect(company.legal_name).not.toBe('Acme, Inc.')
      expect(company.id).not.toBe(before.company_id)
      const status = (await stand.as(before.access_token).account.introspect()).connection_status.status
      expect(status).toBe('reauth')
    },
  )

  test('another account reaches none of the entities of the connection', async () => {
    const before = await stand.connect({}, { secret: 'multi_entity' })
    const after = await stand.reauth(before.connection_id, { user: 'good_user_2' })
    expect([before.entity_ids.length, after.entity_ids.length]).toEqual([3, 1])
    const some = await stand.reauth(before.connection_id, { user: 'good_user_3', secret: 'multi_entity', entities: 1 })
    expect(some.entity_ids).toHaveLength(1)
  })

  test('under the rule that old tokens are refused, only the new one works', async () => {
    stand.emulator.rules.oldToken = 'refused'
    const before = await stand.connect()
    const after = await stand.reauth(before.connection_id)
    await expect(stand.as(before.access_token).account.introspect()).rejects.toMatchObject({
      error: { name: 'invalid_token_error' },
    })
    expect((await stand.as(after.access_token).account.introspect()).connection_id).toBe(before.connection_id)
  })

  test('people keep their ids', async () => {
    const before = await stand.connect()
    const idsOf = async (token: string) => (await stand.as(token).hris.directory.list()).individuals.map(({ id }) => id)
    const ids = await idsOf(before.access_token)
    const after = await stand.reauth(before.connection_id)
    expect(await idsOf(after.access_token)).toEqual(ids)
  })

  test('entities may be added, none may be left out', async () => {
    const before = await stand.connect({}, { secret: 'multi_entity', entities: 2 })
    await expect(stand.reauth(before.connection_id, { secret: 'multi_entity', entities: 1 })).rejects.toThrow(
      'Every entity that was connected before must be reachable',
    )
    const after = await stand.reauth(before.connection_id, { secret: 'multi_entity' })
    expect(after.entity_ids).toHaveLength(3)
    expect(after.entity_ids.slice(0, 2)).toEqual(before.entity_ids)
  })

  test('products stay, or become what the session names', async () => {
    const before = await stand.connect()
    expect((await stand.reauth(before.connection_id)).products).toEqual(before.products)
    expect((await stand.reauth(before.connection_id, {}, ['company'])).products).toEqual(['company'])
  })
})

describe('assisted connections', () => {
  test('answer 202 until they are synced', async () => {
    const token = await stand.connect({ manual: true }, { provider: 'onpay' })
    const finch = stand.as(token.access_token)
    expect(await finch.account.introspect()).toMatchObject({
      manual: true,
      username: null,
      connection_status: { status: 'pending', last_successful_sync: null },
    })
    const { data, response } = await finch.hris.company.retrieve().withResponse()
    expect(response.status).toBe(202)
    expect(data).toMatchObject({ code: 202, name: 'authorization_pending', finch_code: 'pending' })
    await ask(stand.emulator, 'POST', '/_emulator/sync', { body: { connection_id: token.connection_id } })
    expect((await finch.hris.company.retrieve()).legal_name).toBe('Acme, Inc.')
    expect((await finch.account.introspect()).connection_status.status).toBe('connected')
  })

  test('stay unsynced through a reauthentication', async () => {
    const before = await stand.connect({ manual: true }, { provider: 'onpay' })
    const after = await stand.reauth(before.connection_id)
    const { connection_status: status } = await stand.as(after.access_token).account.introspect()
    expect(status).toMatchObject({ status: 'pending', last_successful_sync: null })
  })

  test('get no job id', async () => {
    const made = await stand.finch.sandbox.connections.create({ provider_id: 'gusto', authentication_type: 'assisted' })
    const job = await stand.as(made.access_token).sandbox.jobs.create({ type: 'data_sync_all' })
    expect(job).toMatchObject({ job_id: null, job_url: null })
  })
})

describe('other environments', () => {
  test.each(['development', 'production'] as const)('%s has no sandbox', async (clientType) => {
    stand.emulator.rules.clientType = clientType
    await expect(stand.connect()).rejects.toThrow('400')
    const token = await stand.connect({ sandbox: null })
    expect(token).toMatchObject({ client_type: clientType, connection_type: 'provider' })
    const refused = await ask(stand.emulator, 'POST', '/sandbox/jobs', {
      headers: bearer(token.access_token),
      body: { type: 'data_sync_all' },
    })
    expect(refused.status).toBe(403)
  })
})

describe('the version header', () => {
  const providers = (headers: Record<string, string>) => fetch(`${stand.emulator.url}/providers`, { headers })

  test('may be left out under the rule that it is optional; a wrong one is still refused', async () => {
    expect((await providers({})).status).toBe(400)
    stand.emulator.rules.versionHeader = 'optional'
    expect((await providers({})).status).toBe(200)
    expect((await providers({ 'finch-api-version': '2021-01-01' })).status).toBe(400)
  })
})

describe('a token of several entities that names none', () => {
  test('gets the first one, or a refusal; one entity needs no name', async () => {
    const several = stand.as((await stand.connect({}, { secret: 'multi_entity' })).access_token)
    expect((await several.hris.company.retrieve()).legal_name).toBe('Acme West, Inc.')
    stand.emulator.rules.missingEntity = 'refuse'
    await expect(several.hris.company.retrieve()).rejects.toThrow('name one')
    const one = stand.as((await stand.connect({ customer_id: 'one', customer_name: 'One' })).access_token)
    expect((await one.hris.company.retrieve()).legal_name).toBe('One')
  })
})

describe('the controls', () => {
  test('rules can be changed from outside, and a wrong one is refused', async () => {
    const changed = await ask(stand.emulator, 'PUT', '/_emulator/rules', { headers: {}, body: { echoState: false } })
    expect(changed.json).toMatchObject({ echoState: false, oldToken: 'works' })
    expect(stand.emulator.rules.echoState).toBe(false)
    const wrong = await ask(stand.emulator, 'PUT', '/_emulator/rules', { body: { echoState: 'no' } })
    expect(wrong.status).toBe(400)
    expect(stand.emulator.rules.echoState).toBe(false)
  })

  test('requests are told without their bodies', async () => {
    const token = await stand.connect()
    const told = stand.emulator.requests()
    expect(told).toContainEqual({ method: 'POST', path: '/auth/token', status: 200, at: expect.any(Number) })
    expect(JSON.stringify(told)).not.toContain(token.access_token)
    const outside = await fetch(`${stand.emulator.url}/_emulator/requests`)
    expect(await outside.json()).toEqual(told)
  })

  test.each([
    ['POST', '/_emulator/sync', { connection_id: 'x' }, 404],
    ['POST', '/_emulator/status', { connection_id: 'x', status: 'reauth' }, 404],
    ['POST', '/_emulator/status', { connection_id: 'x', status: 'broken' }, 400],
    ['POST', '/_emulator/faults', { path: '/introspect', kind: { explode: true } }, 400],
    ['GET', '/_emulator/other', undefined, 404],
  ])('%s %s %j', async (method, path, body, status) => {
    const answer = await ask(stand.emulator, method, path, body === undefined ? {} : { body })
    expect(answer.status).toBe(status)
  })
})
