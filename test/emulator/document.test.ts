import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allProviders, findProvider } from '../../src/emulator/providers.ts'
import { truthOrSaySo } from '../truth.ts'
import { DocumentTrial, holder, readPay, readPeople } from './document-trial.ts'
import { ask, basic, type Stand } from './stand.ts'

// Every answer of the emulator against Finch's own document.

const file = truthOrSaySo("the emulator's answers against Finch's document", 'finch-openapi.json')

describe.runIf(file !== null)("Finch's document", () => {
  let trial: DocumentTrial
  let stand: Stand
  let clock = Date.now()

  beforeAll(async () => {
    trial = await DocumentTrial.open(file ?? '', () => clock)
    stand = trial.stand
  })
  afterAll(() => stand.close())

  const call: DocumentTrial['call'] = (...request) => trial.call(...request)
  const application = (body?: unknown) => ({ headers: basic(stand.emulator), ...(body === undefined ? {} : { body }) })

  const ALL = ['company', 'directory', 'individual', 'employment', 'payment', 'pay_statement', 'ssn'] as const

  // A session cannot ask for `api_credential`; it is there where a provider has nothing else to show first.
  const LOGINS = allProviders().flatMap(({ id, methods }) =>
    methods.flatMap((method, index) => (method === 'api_credential' && index > 0 ? [] : [[id, method] as const])),
  )

  it.each(LOGINS)('%s by %s', async (provider, method) => {
    const token = await stand.connect({
      customer_id: `${provider} ${method}`,
      products: [...ALL],
      manual: method === 'assisted',
      integration: { provider, auth_method: method === 'api_credential' ? null : method },
    })
    const as = holder(token.access_token)
    if (method === 'assisted') {
      await call('GET', '/employer/company', as, 202)
      await ask(stand.emulator, 'POST', '/_emulator/sync', { body: { connection_id: token.connection_id } })
    }
    const introspected = await call('GET', '/introspect', as, 200)
    expect(introspected.authentication_methods).toMatchObject([{ type: method }])
    const lacking = provider === 'workday' && method === 'credential'
    await call('GET', '/employer/company', as, lacking ? 501 : 200)
    await readPeople(trial, token.access_token, token.entity_ids[0] ?? '')
    if (findProvider(provider)?.products.includes('payment'))
      await readPay(trial, token.access_token, token.entity_ids[0] ?? '')
    else await call('GET', '/employer/payment', as, 501)
  })

  it('sessions, codes and tokens', async () => {
    const session = {
      customer_id: 'document',
      customer_name: 'Document, Inc.',
      products: ALL,
      redirect_uri: stand.redirectUri,
      minutes_to_expire: 1.5,
    }
    await call('POST', '/connect/sessions', application(session), 201)
    await call('POST', '/connect/sessions', application({ ...session, products: ['pay'] }), 400)
    await call(
      'POST',
      '/connect/sessions',
      application({ ...session, integration: { provider: 'justworks', auth_method: 'api_token' } }),
      400,
    )
    await call('POST', '/connect/sessions', { body: session }, 401)
    await call('POST', '/connect/sessions', { headers: { ...basic(stand.emulator), 'finch-api-version': '' } }, 400)

    const walked = await stand.walk({ customer_id: 'document' })
    const body = {
      client_id: stand.emulator.clientId,
      client_secret: stand.emulator.clientSecret,
      code: new URL(walked.callback ?? '').searchParams.get('code'),
      redirect_uri: stand.redirectUri,
    }
    await call('POST', '/auth/token', { body: { ...body, client_secret: 'wrong' } }, 401)
    const token = await call('POST', '/auth/token', { body }, 200)
    await call('POST', '/auth/token', { body }, 400)

    const connection_id = token.connection_id
    await call('POST', '/connect/sessions/reauthenticate', application({ connection_id, minutes_to_expire: 0 }), 201)
    await call('POST', '/connect/sessions/reauthenticate', application({ connection_id: 'unknown' }), 400)
    await call('POST', '/connect/sessions/reauthenticate', { body: { connection_id } }, 401)

    stand.emulator.rules.alreadyExists = 'customer'
    const refused = await call('POST', '/connect/sessions', application(session), 400)
    stand.emulator.rules.alreadyExists = 'never'
    expect(refused).toMatchObject({ context: { customer_id: 'document', connection_id } })

    await call('POST', '/disconnect', holder(String(token.access_token)), 200)
    await call('POST', '/disconnect', holder(String(token.access_token)), 401)
    await call('POST', '/connect/sessions/reauthenticate', application({ connection_id }), 400)
  })

  it('the list of providers', async () => {
    await call('GET', '/providers', {}, 200)
  })

  it('several entities, and the end of one', async () => {
    const token = await stand.connect({ customer_id: 'several', products: [...ALL] }, { secret: 'multi_entity' })
    for (const entity of token.entity_ids) {
      await call('GET', `/employer/company?entity_ids[]=${entity}`, holder(token.access_token), 200)
      await readPeople(trial, token.access_token, entity)
      await readPay(trial, token.access_token, entity)
    }
    const leave = (entity_ids: unknown) => holder(token.access_token, { entity_ids })
    await call('POST', '/disconnect-entity', leave(token.entity_ids.slice(0, 1)), 200)
    await call('POST', '/disconnect-entity', leave(token.entity_ids.slice(0, 1)), 400)
    await call('POST', '/disconnect-entity', leave([]), 400)
    await call('POST', '/disconnect-entity', leave(['x']), 400)
    await call('GET', '/introspect', holder(token.access_token), 200)
    await call('GET', `/employer/company?entity_ids[]=${token.entity_ids[0]}`, holder(token.access_token), 404)
  })

  it('every status of a connection', async () => {
    const token = await stand.connect({ customer_id: 'statuses' })
    const answers = { pending: 202, processing: 202, reauth: 401, error_no_account_setup: 401, error_permissions: 403 }
    for (const [status, answer] of Object.entries(answers)) {
      await call('PUT', '/sandbox/connections/accounts', holder(token.access_token, { connection_status: status }), 200)
      await call('GET', '/introspect', holder(token.access_token), 200)
      await call('GET', '/employer/company', holder(token.access_token), answer)
      await call('POST', '/employer/individual', holder(token.access_token, { requests: [] }), answer)
    }
  })

  it('the bounds of pages and batches', async () => {
    const token = await stand.connect({ customer_id: 'bounds', products: [...ALL] })
    const of = (count: number) =>
      holder(token.access_token, {
        requests: Array.from({ length: count }, () => ({ individual_id: crypto.randomUUID() })),
      })
    await call('GET', '/employer/directory?limit=0', holder(token.access_token), 200)
    await call('GET', '/employer/directory?limit=10000', holder(token.access_token), 200)
    await call('GET', '/employer/directory?limit=10001', holder(token.access_token), 422)
    const statements = (requests: unknown) =>
      call('POST', '/employer/pay-statement', holder(token.access_token, { requests }), 422)
    await statements(Array.from({ length: 11 }, () => ({ payment_id: crypto.randomUUID() })))
    await statements([{ payment_id: crypto.randomUUID(), limit: 5001 }])
    await call('GET', '/employer/payment', holder(token.access_token), 400)
    for (const path of ['/employer/individual', '/employer/employment']) {
      await call('POST', path, of(0), 200)
      await call('POST', path, of(1), 200)
      await call('POST', path, of(10_001), 422)
    }
  })

  it('the sandbox', async () => {
    for (const { id } of allProviders()) {
      const made = await call('POST', '/sandbox/connections', application({ provider_id: id }), 200)
      const { provider_id, company_id } = made
      await call('POST', '/sandbox/connections/accounts', application({ provider_id, company_id }), 200)
    }
    const { access_token: token } = await call(
      'POST',
      '/sandbox/connections',
      application({ provider_id: 'gusto' }),
      200,
    )
    const as = (body?: unknown) => holder(String(token), body)
    await call('PUT', '/sandbox/company', as({ legal_name: 'Other, Inc.' }), 200)
    await call('POST', '/sandbox/directory', as([{ first_name: 'Ada' }]), 200)
    await call('POST', '/sandbox/directory', as([]), 200)
    await call('POST', '/sandbox/directory', as(), 200)
    await call('POST', '/sandbox/jobs', as({ type: 'data_sync_all' }), 200)
    const { individuals } = (await call('GET', '/employer/directory', as(), 200)) as { individuals: { id: string }[] }
    const id = individuals.at(-1)?.id
    await call('PUT', `/sandbox/individual/${id}`, as({ first_name: 'Grace' }), 200)
    await call('PUT', `/sandbox/employment/${id}`, as({ title: 'Admiral' }), 200)
    await call('POST', '/sandbox/payment', as(), 200)
    await call('GET', '/sandbox/jobs/configuration', as(), 200)
    await call('PUT', '/sandbox/jobs/configuration', as({ type: 'data_sync_all', completion_status: 'error' }), 200)
  })

  it('benefits', async () => {
    const token = await stand.connect({ customer_id: 'benefits', products: [...ALL, 'benefits'] })
    const as = (body?: unknown) => holder(token.access_token, body)
    const list = (await call('GET', '/employer/benefits', as(), 200)) as unknown as { benefit_id: string }[]
    await call('GET', '/employer/benefits/meta', as(), 200)
    const company_contribution = { type: 'match', tiers: [{ match: 1, threshold: 1 }] }
    const { benefit_id, job_id } = await call(
      'POST',
      '/employer/benefits',
      as({ type: '457', company_contribution }),
      201,
    )
    await call('POST', '/employer/benefits', as({ type: 'other' }), 400)
    await call('GET', `/jobs/manual/${job_id}`, as(), 200)
    for (const id of [benefit_id, list[0]?.benefit_id]) {
      const path = `/employer/benefits/${id}`
      await call('GET', path, as(), 200)
      await call('POST', path, as({ description: 'Renamed' }), 200)
      const { individual_ids: ids } = await call('GET', `${path}/enrolled`, as(), 200)
      await call('GET', `${path}/individuals`, as(), 200)
      await call('GET', `${path}/individuals?individual_ids=${crypto.randomUUID()}`, as(), 207)
      const tiered = { type: 'tiered', tiers: [{ match: 5000, threshold: 600 }] }
      const configuration = { employee_deduction: { type: 'fixed', amount: 1000 }, company_contribution: tiered }
      const enrollments = (ids as string[]).slice(0, 2).map((individual_id) => ({ individual_id, configuration }))
      await call('POST', `${path}/individuals`, as(enrollments), 200)
      await call('GET', `${path}/individuals`, as(), 200)
      await call('POST', `${path}/individuals`, as([{}]), 400)
      await call('DELETE', `${path}/individuals`, as({ individual_ids: ids }), 200)
    }
    clock += 10_000
    await call('GET', `/jobs/manual/${job_id}`, as(), 200)
    for (const end of ['', '/enrolled', '/individuals'])
      await call('GET', `/employer/benefits/unknown${end}`, as(), 404)
    await call('POST', '/employer/benefits/register', as({ type: '401k' }), 400)
    const manual = await stand.connect(
      { customer_id: 'register', products: ['benefits'], manual: true },
      { provider: 'onpay' },
    )
    await ask(stand.emulator, 'POST', '/_emulator/sync', { body: { connection_id: manual.connection_id } })
    await call('POST', '/employer/benefits/register', holder(manual.access_token, { type: '401k' }), 201)
  })

  it('rules for items of pay statements', async () => {
    const token = await stand.connect({ customer_id: 'rules', products: [...ALL] })
    const as = (body?: unknown) => holder(token.access_token, body)
    const path = '/employer/pay-statement-item/rule'
    const conditions = [{ field: 'name', operator: 'equals', value: 'Salary' }]
    // The document's words allow any value in the metadata, its schema objects only.
    const rule = { conditions, attributes: { metadata: { label: { text: 'x' } } }, effective_start_date: '2025-01-01' }
    const { id } = await call('POST', path, as(rule), 201)
    await call('POST', path, as(), 201)
    await call('POST', path, as({ conditions: [] }), 400)
    await call('GET', path, as(), 200)
    await readPay(trial, token.access_token, token.entity_ids[0] ?? '')
    await call('PUT', `${path}/${id}`, as({ effective_end_date: '2025-12-31' }), 200)
    await call('PUT', `${path}/${crypto.randomUUID()}`, as({}), 400)
    await call('DELETE', `${path}/${id}`, as(), 200)
    await call('DELETE', `${path}/${id}`, as(), 400)
  })

  it('documents', async () => {
    const token = await stand.connect({ customer_id: 'documents', products: [...ALL, 'documents'] })
    const as = (body?: unknown) => holder(token.access_token, body)
    await call('GET', '/employer/documents', as(), 400)
    await call('GET', '/employer/documents/x', as(), 400)
    const { individuals } = (await call('GET', '/employer/directory', as(), 200)) as { individuals: { id: string }[] }
    for (const { id: individual_id } of individuals) {
      await call('POST', '/jobs/automated', as({ type: 'w4_form_employee_sync', params: { individual_id } }), 201)
    }
    clock += 10_000
    await call('GET', '/jobs/automated', as(), 200)
    const { documents } = (await call('GET', '/employer/documents', as(), 200)) as { documents: { id: string }[] }
    expect(documents).toHaveLength(individuals.length)
    for (const { id } of documents) await call('GET', `/employer/documents/${id}`, as(), 200)
  })

  it('jobs', async () => {
    const token = await stand.connect({ customer_id: 'jobs', products: [...ALL] })
    const as = (body?: unknown) => holder(token.access_token, body)
    const refresh = { type: 'data_sync_all' }
    stand.emulator.rules.rateLimits = true
    const { job_id } = await call('POST', '/jobs/automated', as(refresh), 201)
    await call('POST', '/jobs/automated', as(refresh), 202)
    await call('GET', '/jobs/automated', as(), 200)
    await call('GET', `/jobs/automated/${job_id}`, as(), 200)
    clock += 10_000
    await call('POST', '/jobs/automated', as(refresh), 429)
    stand.emulator.rules.rateLimits = false
    await call('GET', '/jobs/automated', as(), 200)
    await call('GET', `/jobs/automated/${job_id}`, as(), 200)
    await call('GET', `/jobs/automated/${crypto.randomUUID()}`, as(), 404)
    await call('GET', '/jobs/automated', {}, 401)
    await call('POST', '/jobs/automated', { body: refresh }, 401)
    await call('POST', '/jobs/automated', as({ type: 'other' }), 400)
    await call('GET', '/jobs/manual/x', as(), 400)
    await call('GET', `/jobs/manual/${crypto.randomUUID()}`, as(), 404)
    const assisted = await stand.connect({ customer_id: 'hand', manual: true }, { provider: 'onpay' })
    await call('POST', '/jobs/automated', holder(assisted.access_token, refresh), 400)
  })

  it('what the emulator lacks is 501, in words that are not Finch’s', async () => {
    const lacking = trial.lacking()
    expect(lacking.length).toBeGreaterThan(0)
    for (const { method, path } of lacking) {
      const { message, name } = await call(method, path.replaceAll(/{.*?}/g, 'x'), {}, 501)
      expect([name, message]).toEqual([
        'not_implemented_error',
        expect.stringMatching(/^The emulator, not Finch, lacks /),
      ])
    }
  })

  it('differs nowhere else, and everywhere it says', () => {
    expect(trial.unusedDifferences()).toEqual([])
  })
})
