import Finch from '@tryfinch/finch-api'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as shapes from './shapes.ts'
import { openStand, type Stand } from './stand.ts'

// The official SDK against every endpoint it has a method for. What comes back must be what its types promise.

let stand: Stand

beforeAll(async () => {
  stand = await openStand({ rules: { alreadyExists: 'never', rateLimits: false } })
})
afterAll(() => stand.close())

describe('connect and tokens', () => {
  test('a session, a trip through Connect, a token, an introspection', async () => {
    const session = await stand.finch.connect.sessions.new({
      customer_id: 'shape',
      customer_name: 'Shape, Inc.',
      customer_email: 'payroll@shape.example',
      products: ['company'],
      integration: { provider: 'gusto', auth_method: 'credential' },
      redirect_uri: stand.redirectUri,
      sandbox: 'finch',
    })
    v.assert(shapes.Session, session)
    expect(session.connect_url).toBe(`${stand.emulator.url}/authorize?session=${session.session_id}`)

    const token = await stand.connect({ customer_id: 'shape', customer_name: 'Shape, Inc.', products: ['company'] })
    v.assert(shapes.AccessToken, token)
    expect(token).toMatchObject({
      client_type: 'sandbox',
      connection_type: 'finch',
      customer_id: 'shape',
      customer_name: 'Shape, Inc.',
      products: ['company'],
      provider_id: 'gusto',
    })

    const introspection = await stand.as(token.access_token).account.introspect()
    v.assert(shapes.Introspection, introspection)
    expect(introspection).toMatchObject({
      client_id: stand.emulator.clientId,
      connection_id: token.connection_id,
      connection_status: { status: 'connected' },
      company_id: token.company_id,
      manual: false,
      username: 'good_user',
    })
    expect(introspection.entities?.map(({ id }) => id)).toEqual(token.entity_ids)
    expect(introspection.id).not.toBe(token.access_token)
  })

  test('a reauthentication keeps the connection and gives a new token', async () => {
    const before = await stand.connect({ customer_id: 'again' })
    const session = await stand.finch.connect.sessions.reauthenticate({ connection_id: before.connection_id })
    v.assert(shapes.Session, session)
    const after = await stand.reauth(before.connection_id)
    v.assert(shapes.AccessToken, after)
    expect(after.connection_id).toBe(before.connection_id)
    expect(after.entity_ids).toEqual(before.entity_ids)
    expect(after.access_token).not.toBe(before.access_token)
  })

  test('disconnect ends every token of the connection and no other', async () => {
    const one = await stand.connect({ customer_id: 'ends' })
    const second = await stand.reauth(one.connection_id)
    const other = await stand.connect({ customer_id: 'ends' }, { provider: 'rippling' })
    expect(await stand.as(second.access_token).account.disconnect()).toEqual({ status: 'success' })
    await expect(stand.as(one.access_token).account.introspect()).rejects.toThrow(Finch.AuthenticationError)
    await expect(stand.as(second.access_token).account.disconnect()).rejects.toThrow(Finch.AuthenticationError)
    expect((await stand.as(other.access_token).account.introspect()).connection_status.status).toBe('connected')
    const anew = await stand.connect({ customer_id: 'ends' })
    expect(anew.connection_id).not.toBe(one.connection_id)
  })

  test('disconnect-entity ends one entity; a reauthentication brings it back', async () => {
    const token = await stand.connect({ customer_id: 'parts' }, { secret: 'multi_entity' })
    v.assert(shapes.AccessToken, token)
    expect(token.entity_ids).toHaveLength(3)
    expect(token.company_id).toBeUndefined()
    const [first = '', second = '', third = ''] = token.entity_ids
    const finch = stand.as(token.access_token)
    expect(await finch.account.disconnectEntity({ entity_ids: [second] })).toEqual({ status: 'success' })

    const introspection = await finch.account.introspect()
    v.assert(shapes.Introspection, introspection)
    expect(introspection.entities).toMatchObject([
      { id: first, name: 'Acme West', status: 'connected' },
      { id: second, name: 'Acme East', status: 'disconnected' },
      { id: third, name: 'Acme North', status: 'connected' },
    ])
    await expect(finch.hris.company.retrieve({ entity_ids: [second] })).rejects.toThrow(Finch.NotFoundError)
    expect((await finch.hris.company.retrieve({ entity_ids: [third] })).legal_name).toBe('Acme North, Inc.')

    const back = await stand.reauth(token.connection_id, { secret: 'multi_entity' })
    expect(new Set(back.entity_ids)).toEqual(new Set(token.entity_ids))
  })

  test('providers, with and without a credential', async () => {
    const found = []
    for await (const provider of stand.finch.providers.list({ headers: { Authorization: null } })) {
      v.assert(shapes.Provider, provider)
      found.push(provider.id)
    }
    expect(found.length).toBeGreaterThanOrEqual(20)
    expect(found).toContain('gusto')
    const withJunk = await stand.as('junk').providers.list()
    expect(withJunk.items).toHaveLength(found.length)
  })
})

describe('employer data', () => {
  let finch: Finch
  let entityIds: string[]

  beforeAll(async () => {
    const token = await stand.connect(
      { customer_id: 'data', products: ['company', 'directory', 'individual', 'employment', 'ssn'] },
      { secret: 'multi_entity', provider: 'paylocity', entities: 2 },
    )
    finch = stand.as(token.access_token)
    entityIds = token.entity_ids
  })

  test('company, by entity', async () => {
    const [first = '', second = ''] = entityIds
    const west = await finch.hris.company.retrieve({ entity_ids: [first] })
    const east = await finch.hris.company.retrieve({ entity_ids: [second] })
    v.assert(shapes.Company, west)
    v.assert(shapes.Company, east)
    expect([west.legal_name, east.legal_name]).toEqual(['Acme West, Inc.', 'Acme East, Inc.'])
    expect(west.ein).not.toBe(east.ein)
    expect(await finch.hris.company.retrieve()).toEqual(west)
  })

  test('directory: the SDK pages through all of it, nobody twice', async () => {
    const ids: string[] = []
    for await (const entry of finch.hris.directory.list({ limit: 7, entity_ids: entityIds.slice(0, 1) })) {
      v.assert(shapes.DirectoryEntry, entry)
      ids.push(entry.id)
    }
    expect(ids).toHaveLength(20)
    expect(new Set(ids).size).toBe(20)
    const page = await finch.hris.directory.list({ limit: 7, offset: 14 })
    expect(page.individuals).toHaveLength(6)
    expect(page.paging).toEqual({ count: 20, offset: 14 })
  })

  test('individuals: a batch with an unknown id is still 200', async () => {
    const { individuals } = await finch.hris.directory.list()
    const requests = [...individuals.map(({ id }) => ({ individual_id: id })), { individual_id: 'nobody' }]
    const { responses } = await finch.hris.individuals.retrieveMany({ requests })
    expect(responses).toHaveLength(21)
    for (const { body, code } of responses.slice(0, 20)) {
      expect(code).toBe(200)
      v.assert(shapes.Individual, body)
      expect(body).not.toHaveProperty('ssn')
    }
    expect(responses[20]).toMatchObject({ code: 404, individual_id: 'nobody' })
    v.assert(shapes.BatchError, responses[20]?.body)
  })

  test('ssn only when the product was granted and the request asks for it', async () => {
    const { individuals } = await finch.hris.directory.list()
    const requests = individuals.map(({ id }) => ({ individual_id: id }))
    const asked = await finch.hris.individuals.retrieveMany({ requests, options: { include: ['ssn'] } })
    v.assert(shapes.Individual, asked.responses[0]?.body)
    // The key is always there; one or the other person has no number, and a clerk may have lost a digit.
    for (const { body } of asked.responses) expect(body).toHaveProperty('ssn')
    const numbers = asked.responses.flatMap(({ body }) => ('ssn' in body && body.ssn ? [body.ssn] : []))
    expect(numbers.length).toBeGreaterThan(requests.length / 2)
    for (const ssn of numbers) expect(ssn).toMatch(/^[\d-]{8,11}$/)

    const plain = stand.as((await stand.connect({ customer_id: 'no-ssn' })).access_token)
    const [other] = (await plain.hris.directory.list({ limit: 1 })).individuals
    const refused = await plain.hris.individuals.retrieveMany({
      requests: [{ individual_id: other?.id ?? '' }],
      options: { include: ['ssn'] },
    })
    expect(refused.responses[0]?.body).not.toHaveProperty('ssn')
  })

  test('employments', async () => {
    const { individuals } = await finch.hris.directory.list()
    const { responses } = await finch.hris.employments.retrieveMany({
      requests: individuals.map(({ id }) => ({ individual_id: id })),
    })
    expect(responses).toHaveLength(20)
    for (const { body } of responses) v.assert(shapes.Employment, body)
  })

  test('data answers carry Finch headers', async () => {
    const { response } = await finch.hris.company.retrieve().withResponse()
    expect(response.headers.get('finch-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(response.headers.get('finch-data-retrieved')).not.toBeNull()
  })
})

describe('sandbox', () => {
  async function connectAtOnce(provider = 'gusto', size = 5): Promise<Finch> {
    const made = await stand.finch.sandbox.connections.create({ provider_id: provider, employee_size: size })
    v.assert(shapes.SandboxConnection, made)
    return stand.as(made.access_token)
  }

  test('a connection without a trip through Connect', async () => {
    const finch = await connectAtOnce('gusto', 5)
    expect((await finch.hris.directory.list()).individuals).toHaveLength(5)
    const introspection = await finch.account.introspect()
    v.assert(shapes.Introspection, introspection)
    expect(introspection).toMatchObject({ customer_id: null, connection_type: 'finch' })
  })

  test('a second account of the same company is another connection', async () => {
    const first = await stand.finch.sandbox.connections.create({ provider_id: 'gusto' })
    const second = await stand.finch.sandbox.connections.accounts.create({
      company_id: first.company_id ?? '',
      provider_id: 'gusto',
      authentication_type: 'oauth',
    })
    v.assert(shapes.SandboxAccount, second)
    expect(second.company_id).toBe(first.company_id)
    expect(second.connection_id).not.toBe(first.connection_id)
  })

  test.each(['pending', 'processing', 'connected', 'reauth', 'error_no_account_setup', 'error_permissions'] as const)(
    'status %s is simulated and introspected',
    async (status) => {
      const finch = await connectAtOnce()
      v.assert(
        shapes.SandboxAccountUpdate,
        await finch.sandbox.connections.accounts.update({ connection_status: status }),
      )
      const introspection = await finch.account.introspect()
      v.assert(shapes.Introspection, introspection)
      expect(introspection.connection_status.status).toBe(status)
    },
  )

  test('company edits are seen after a job, not before', async () => {
    const finch = await connectAtOnce()
    const { id, ...before } = await finch.hris.company.retrieve()
    const edit = { ...before, legal_name: 'Renamed, LLC', ein: '12-3456789' }
    const edited = await finch.sandbox.company.update(edit)
    v.assert(shapes.SandboxCompany, edited)
    expect(edited).toEqual(edit)
    expect(await finch.hris.company.retrieve()).toEqual({ id, ...before })
    v.assert(shapes.Job, await finch.sandbox.jobs.create({ type: 'data_sync_all' }))
    expect(await finch.hris.company.retrieve()).toEqual({ id, ...edit })
  })

  test('people can be added and edited, and are seen after a job', async () => {
    const finch = await connectAtOnce()
    const [made] = await finch.sandbox.directory.create({
      body: [{ first_name: 'Ada', last_name: 'Byron', dob: '12/10/1985', middle_name: null }],
    })
    const id = (made as { id: string }).id
    await finch.sandbox.individual.update(id, { preferred_name: 'Countess' })
    await finch.sandbox.employment.update(id, { title: 'Chief Analyst', is_active: false })
    expect((await finch.hris.directory.list()).individuals).toHaveLength(5)
    await finch.sandbox.jobs.create({ type: 'data_sync_all' })

    const { individuals } = await finch.hris.directory.list()
    expect(individuals.at(-1)).toMatchObject({ id, first_name: 'Ada', is_active: false })
    const requests = [{ individual_id: id }]
    const person = (await finch.hris.individuals.retrieveMany({ requests })).responses[0]?.body
    v.assert(shapes.Individual, person)
    expect(person).toMatchObject({
      preferred_name: 'Countess',
      dob: '1985-12-10',
      middle_name: null,
    })
    const job = (await finch.hris.employments.retrieveMany({ requests })).responses[0]?.body
    v.assert(shapes.Employment, job)
    expect(job).toMatchObject({ title: 'Chief Analyst', is_active: false })
  })

  test('a payment', async () => {
    const finch = await connectAtOnce()
    const [one] = (await finch.hris.directory.list()).individuals
    const paid = await finch.sandbox.payment.create({
      start_date: '2026-01-01',
      end_date: '2026-01-15',
      pay_statements: [{ individual_id: one?.id ?? '', gross_pay: 1000 }],
    })
    expect(paid).toEqual({ payment_id: expect.any(String), pay_date: '2026-01-15' })
  })

  test('a job ends the way it was configured to', async () => {
    const finch = await connectAtOnce()
    const { configuration } = finch.sandbox.jobs
    expect(await configuration.retrieve()).toEqual([{ type: 'data_sync_all', completion_status: 'complete' }])
    const wish = { type: 'data_sync_all', completion_status: 'reauth_error' } as const
    expect(await configuration.update(wish)).toEqual(wish)
    await finch.sandbox.jobs.create({ type: 'data_sync_all' })
    expect((await finch.account.introspect()).connection_status.status).toBe('reauth')
  })
})
