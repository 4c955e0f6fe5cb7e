import { describe, expect, it } from 'vitest'
import { connected, errorOf, everyByte, world } from '../harness.ts'

describe('connect', () => {
  it('saves the connection and tells what a script needs', async () => {
    const place = await world()
    const ran = await place.run('connect --customer acme --provider gusto --create --json', { employer: {} })
    expect(ran.code).toBe(0)
    const { connection } = ran.json() as unknown as { connection: Record<string, unknown> }
    expect(Object.keys(ran.json())[0]).toBe('schema_version')
    expect(connection).toMatchObject({
      customer_id: 'acme',
      finch_customer_id: 'acme',
      provider_id: 'gusto',
      environment: 'sandbox',
      status: 'connected',
      alias: null,
      reauthenticated_at: null,
      requested_products: ['company', 'directory', 'individual', 'employment'],
      token: { place: 'sealed', fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/) },
    })
    expect(connection.company_name).toBeTruthy()
    expect(ran.browser).toMatchObject({ ended: 'callback', status: 200 })
    expect(ran.browser?.text).toContain('Connected')
  })

  it('keeps the token nowhere but in the vault', async () => {
    const place = await world()
    const ran = await place.run('connect --customer acme --provider gusto --create', { employer: {} })
    const token = (await place.run('token acme/gusto')).stdout.trim()
    expect(token.length).toBeGreaterThan(10)
    const bytes = everyByte(place.home)
    for (const form of [
      token,
      Buffer.from(token).toString('hex'),
      Buffer.from(token).toString('base64').slice(0, 20),
      token.slice(0, 12),
      token.slice(-12),
    ]) {
      expect(ran.stdout + ran.stderr).not.toContain(form)
      expect(bytes.includes(form)).toBe(false)
    }
    expect(bytes.includes(place.finch.clientSecret)).toBe(false)
    expect(bytes.includes(String(place.env.FINCHCONN_VAULT_KEY))).toBe(false)
  })

  it('leaves nothing of the attempt behind', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const { readdirSync } = await import('node:fs')
    expect(readdirSync(`${place.home}/default/pending`)).toEqual([])
    expect(readdirSync(`${place.home}/default/locks`).filter((name) => name.startsWith('flow.'))).toEqual([])
  })

  it('keeps two connections of one customer, and those of two customers, apart', async () => {
    const place = await world()
    const gusto = await connected(place, 'acme', 'gusto')
    const justworks = await connected(place, 'acme', 'justworks')
    const other = await connected(place, 'globex', 'gusto')
    expect(new Set([gusto, justworks, other].map((one) => one.connection_id)).size).toBe(3)
    const tokens = await Promise.all(
      [gusto, justworks, other].map(async (one) => (await place.run(`token ${one.connection_id}`)).stdout.trim()),
    )
    expect(new Set(tokens).size).toBe(3)
    for (const [index, one] of [gusto, justworks, other].entries()) {
      const answer = await fetch(`${place.finch.url}/introspect`, {
        headers: { Authorization: `Bearer ${tokens[index]}`, 'Finch-API-Version': '2020-09-17' },
      })
      expect(await answer.json()).toMatchObject({
        connection_id: one.connection_id,
        customer_id: one.finch_customer_id,
      })
    }
    // After one of them gets a new token, the others still have theirs.
    expect((await place.run(`reauth ${gusto.connection_id} --force --json`, { employer: {} })).code).toBe(0)
    expect((await place.run(`token ${justworks.connection_id}`)).stdout.trim()).toBe(tokens[1])
    expect((await place.run(`token ${other.connection_id}`)).stdout.trim()).toBe(tokens[2])
    expect((await place.run(`token ${gusto.connection_id}`)).stdout.trim()).not.toBe(tokens[0])
  })

  it('goes to Finch under a derived id when another provider has the plain one, and says so', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const ran = await place.run('connect --customer acme --provider justworks --json', { employer: {} })
    expect(ran.code).toBe(0)
    expect((ran.json().connection as unknown as Record<string, unknown>).finch_customer_id).toBe('acme--2')
    expect(ran.stderr).toContain('acme--2')
    expect(ran.stderr).toContain('gusto already has it')
    const third = await place.run('connect --customer acme --provider rippling --json', { employer: {} })
    expect(third.json().connection).toMatchObject({ finch_customer_id: 'acme--3' })
    expect(third.stderr).toContain('gusto and justworks already have it')
  })

  it('keeps the plain id where Finch counts by provider, or not at all', async () => {
    for (const alreadyExists of ['customer_provider', 'never'] as const) {
      const place = await world({ rules: { alreadyExists } })
      await connected(place, 'acme', 'gusto')
      expect((await connected(place, 'acme', 'justworks')).finch_customer_id).toBe('acme')
    }
  })

  it('refuses a second login to the same provider until --another', async () => {
    const place = await world()
    const first = await connected(place, 'acme', 'gusto')
    const before = place.finch.requests().length
    const ran = await place.run('connect --customer acme --provider gusto --json', { employer: {} })
    expect(ran.code).toBe(11)
    expect(place.finch.requests().length).toBe(before)
    expect(errorOf(ran)).toMatchObject({ code: 'already_connected' })
    expect(errorOf(ran).hint).toContain('reauth')
    const another = await place.run('connect --customer acme --provider gusto --another --json', {
      employer: { secret: 'multi_entity' },
    })
    expect(another.code).toBe(0)
    expect((another.json().connection as unknown as Record<string, unknown>).connection_id).not.toBe(
      first.connection_id,
    )
  })

  it('stops a --single customer before the browser', async () => {
    const place = await world()
    await place.run('customers create acme --single')
    await connected(place, 'acme', 'gusto')
    const before = place.finch.requests().length
    const ran = await place.run('connect --customer acme --provider justworks --json', { employer: {} })
    expect(ran.code).toBe(11)
    expect(errorOf(ran).code).toBe('customer_single')
    expect(place.finch.requests().length).toBe(before)
  })

  it('says when Finch knows a connection that this store does not', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const elsewhere = { ...place.env, FINCHCONN_HOME: `${place.home}/other` }
    const ran = await place.run('connect --customer acme --provider gusto --create --json', {
      employer: {},
      env: elsewhere,
    })
    expect(ran.code).toBe(11)
    expect(errorOf(ran)).toMatchObject({ code: 'connection_already_exists' })
    expect(errorOf(ran).message).toContain('does not know it')
    // The way out that it names: a new token for the connection whose token is not here.
    const hint = /finchconn (reauth \S+ --customer acme)/.exec(errorOf(ran).hint ?? '')?.[1] ?? ''
    const adopted = await place.run(`${hint} --json`, { employer: {}, env: elsewhere })
    expect(adopted.code).toBe(0)
    expect((await place.run('token acme/gusto', { env: elsewhere })).code).toBe(0)
  })

  it('shows several entities', async () => {
    const place = await world()
    const connection = await connected(place, 'acme', 'gusto', { secret: 'multi_entity' })
    expect(connection.entities.length).toBeGreaterThan(1)
  })

  it('takes an assisted provider, whose data comes later', async () => {
    const place = await world()
    const ran = await place.run(
      'connect --customer acme --provider onpay --auth-method assisted --manual --create --json',
      { employer: {} },
    )
    expect(ran.code).toBe(0)
    expect((ran.json().connection as unknown as Record<string, unknown>).status).not.toBe('connected')
  })

  it('works where Finch does not echo the state', async () => {
    const place = await world({ rules: { echoState: false } })
    expect((await connected(place, 'acme', 'gusto')).status).toBe('connected')
  })

  it('names a product that was not granted', async () => {
    const place = await world()
    const ran = await place.run(
      'connect --customer acme --provider gusto --products company,directory,plans --create',
      { employer: {} },
    )
    expect(ran.code).toBe(0)
    const json = (await place.run('show acme/gusto --json')).json().connection as unknown as { products: string[] }
    if (!json.products.includes('plans')) expect(ran.stdout).toContain('requested but not granted: plans')
  })
})

describe('connect, when somebody says no', () => {
  const cases: [what: string, fault: { path: string; status: number; body: object }, code: number, word: string][] = [
    [
      'wrong client',
      { path: '/connect/sessions', status: 401, body: { code: 401, name: 'invalid_client_error', message: 'no' } },
      4,
      'invalid_client',
    ],
    [
      'unpaid',
      {
        path: '/connect/sessions',
        status: 402,
        body: { code: 402, name: 'payment_required', finch_code: 'payment_required' },
      },
      1,
      'payment_required',
    ],
    [
      'forbidden',
      { path: '/connect/sessions', status: 403, body: { code: 403, name: 'error_permissions' } },
      1,
      'forbidden',
    ],
    [
      'slow down',
      { path: '/connect/sessions', status: 429, body: { code: 429, name: 'rate_limit_exceeded_error' } },
      6,
      'rate_limited',
    ],
    [
      'broken',
      { path: '/connect/sessions', status: 500, body: { code: 500, name: 'server_error' } },
      6,
      'finch_unavailable',
    ],
    [
      'bad code',
      { path: '/auth/token', status: 400, body: { code: 400, name: 'invalid_grant_error' } },
      1,
      'invalid_grant',
    ],
    [
      'broken at the exchange',
      { path: '/auth/token', status: 503, body: { code: 503, name: 'server_error' } },
      6,
      'finch_unavailable',
    ],
  ]
  it.each(cases)('%s', async (_what, { path, status, body }, code, word) => {
    const place = await world()
    place.finch.fault({ path, kind: { status, body } })
    const ran = await place.run('connect --customer acme --provider gusto --create --json', { employer: {} })
    expect(ran.code).toBe(code)
    expect(errorOf(ran).code).toBe(word)
    expect(errorOf(ran).hint).not.toBeNull()
  })

  it('HTML in place of a session', async () => {
    const place = await world()
    place.finch.fault({ path: '/connect/sessions', kind: { text: '<html>portal</html>', contentType: 'text/html' } })
    const ran = await place.run('connect --customer acme --provider gusto --create --json', { employer: {} })
    expect(ran.code).toBe(6)
    expect(errorOf(ran).code).toBe('unreadable_answer')
  })

  it('nobody comes back', async () => {
    const place = await world()
    const ran = await place.run('connect --customer acme --provider gusto --create --timeout 1s --json', {
      employer: null,
    })
    expect(ran.code).toBe(8)
    expect(errorOf(ran)).toMatchObject({ code: 'pending', retryable: true })
  })

  it('the employer cancels', async () => {
    const place = await world()
    const ran = await place.run('connect --customer acme --provider gusto --create --timeout 2s --json', {
      employer: { cancel: true },
    })
    expect(ran.code).toBe(8)
  })

  it('Ctrl-C while waiting', async () => {
    const place = await world()
    const { stopped } = await import('../../src/problem.ts')
    const stop = new AbortController()
    const ran = await place.run('connect --customer acme --provider gusto --create', {
      employer: null,
      signal: stop.signal,
      onStderr: (words) => {
        if (words.includes('Waiting')) stop.abort(stopped())
      },
    })
    expect(ran.code).toBe(130)
    expect((await place.run('list --json')).json()).toEqual({ schema_version: 1, connections: [] })
  })

  it('the port is taken', async () => {
    const place = await world()
    const { createServer } = await import('node:http')
    for (const host of ['127.0.0.1', '::1']) {
      const squatter = createServer()
      await new Promise<void>((resolve) =>
        squatter.listen({ port: Number(new URL(place.redirectUri).port), host }, resolve),
      )
      const ran = await place.run('connect --customer acme --provider gusto --create --json', { employer: {} })
      await new Promise((resolve) => squatter.close(resolve))
      expect(ran.code).toBe(11)
      expect(errorOf(ran).code).toBe('port_taken')
      expect(errorOf(ran).hint).toContain('FINCHCONN_REDIRECT_URI')
    }
  })

  it('no credentials', async () => {
    const place = await world()
    const ran = await place.run('connect --customer acme --create --json', {
      employer: {},
      env: { FINCH_CLIENT_ID: undefined, FINCH_CLIENT_SECRET: undefined },
    })
    expect(ran.code).toBe(4)
    expect(errorOf(ran).hint).toContain('finchconn setup')
  })

  it('a customer that --create would make is not made when Finch says no', async () => {
    const place = await world()
    const ran = await place.run('connect --customer acme --create --provider nonesuch --json', { employer: {} })
    expect(ran.code).toBe(2)
    expect(errorOf(ran).code).toBe('bad_provider')
    expect((await place.run('customers list --json')).json().customers).toEqual([])
  })

  it('unknown customer, with the near one named', async () => {
    const place = await world()
    await place.run('customers create acme')
    const ran = await place.run('connect --customer acne --provider gusto --json', { employer: {} })
    expect(ran.code).toBe(3)
    expect(errorOf(ran).hint).toContain('acme')
  })

  it('a redirect URI that is not on this machine', async () => {
    const place = await world()
    const ran = await place.run('connect --customer acme --create --json', {
      employer: {},
      env: { FINCHCONN_REDIRECT_URI: 'https://app.example.com/callback' },
    })
    expect(ran.code).toBe(2)
    expect(errorOf(ran).code).toBe('redirect_not_local')
  })

  it('a Connect address that is not Finch', async () => {
    const place = await world()
    place.finch.fault({
      path: '/connect/sessions',
      kind: { patch: { connect_url: 'https://connect.evil.test/authorize?session=x' } },
    })
    const ran = await place.run('connect --customer acme --create --json', { employer: {} })
    expect(ran.code).toBe(9)
    expect(errorOf(ran).code).toBe('foreign_connect_url')
  })

  it('the wrong vault key, before anybody logs in', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const { newVaultKey } = await import('../../src/vault/seal.ts')
    const before = place.finch.requests().length
    const ran = await place.run('connect --customer globex --create --json', {
      employer: {},
      env: { FINCHCONN_VAULT_KEY: newVaultKey().reveal() },
    })
    expect(ran.code).toBe(7)
    expect(errorOf(ran).code).toBe('vault_key_wrong')
    expect(place.finch.requests().length).toBe(before)
  })
})

describe('connect, when the exchange goes wrong on the way', () => {
  it('sends the code once more when no byte of an answer came', async () => {
    const place = await world()
    place.finch.fault({ path: '/auth/token', kind: { drop: 'before' } })
    const ran = await place.run('connect --customer acme --provider gusto --create --json', { employer: {} })
    expect(ran.code).toBe(0)
    expect(exchanges(place)).toBe(2)
  })

  it('never more than twice', async () => {
    const place = await world()
    place.finch.fault({ path: '/auth/token', times: 5, kind: { drop: 'before' } })
    const ran = await place.run('connect --customer acme --provider gusto --create --json', { employer: {} })
    expect(ran.code).toBe(6)
    expect(exchanges(place)).toBe(2)
    expect(errorOf(ran).hint).toContain('sent twice')
    // Nothing is left to try, so the next command says nothing and sends nothing.
    expect((await place.run('vault status')).code).toBe(0)
    expect((await place.run('token acme/gusto')).code).toBe(3)
    expect(exchanges(place)).toBe(2)
  })

  it('not again once a byte has come', async () => {
    const place = await world()
    place.finch.fault({ path: '/auth/token', kind: { cutAfter: 40 } })
    const ran = await place.run('connect --customer acme --provider gusto --create --json', { employer: {} })
    expect(ran.code).toBe(6)
    expect(errorOf(ran).code).toBe('answer_cut')
    expect((await place.run('token acme/gusto')).code).toBe(3)
    expect(exchanges(place)).toBe(1)
  })

  it('HTML with a 200 is kept sealed and said', async () => {
    const place = await world()
    place.finch.fault({ path: '/auth/token', kind: { text: '<html>', contentType: 'text/html' } })
    const ran = await place.run('connect --customer acme --provider gusto --create --json', { employer: {} })
    expect(ran.code).toBe(6)
    expect(errorOf(ran).code).toBe('unreadable_answer')
    expect(ran.browser?.text).toContain('Not saved')
  })

  it('a 503 leaves the attempt for the next command, which finishes it', async () => {
    const place = await world()
    place.finch.fault({ path: '/auth/token', kind: { status: 503, body: { code: 503, name: 'server_error' } } })
    expect((await place.run('connect --customer acme --provider gusto --create --json', { employer: {} })).code).toBe(6)
    const ran = await place.run('vault status --json')
    expect(ran.code).toBe(0)
    const again = await place.run('token acme/gusto')
    expect(again.stderr).toContain('Finished an interrupted login')
    expect(again.code).toBe(0)
  })

  it('an introspection that cannot be had does not lose the token', async () => {
    const place = await world()
    place.finch.fault({ path: '/introspect', times: 9, kind: { drop: 'before' } })
    const ran = await place.run('connect --customer acme --provider gusto --create --json', { employer: {} })
    expect(ran.code).toBe(0)
    expect((ran.json().connection as unknown as { status: string }).status).toBe('unknown')
    expect((await place.run('token acme/gusto')).code).toBe(0)
  })
})

describe('connect, when Finch does not accept its own new token', () => {
  it('saves the connection, says so, and a later command asks again', async () => {
    const place = await world()
    const body = { code: 401, name: 'invalid_token_error' }
    place.finch.fault({ path: '/introspect', times: 3, kind: { status: 401, body } })
    const ran = await place.run('connect --customer acme --provider gusto --create --json', { employer: {} })
    expect(ran.code).toBe(6)
    expect(errorOf(ran)).toMatchObject({ code: 'unverified', hint: expect.stringContaining('--refresh') })
    expect((await place.run('list --json')).json().connections).toMatchObject([{ status: 'unknown' }])
    expect((await place.run('token acme/gusto')).code).toBe(0)
    expect((await place.run('list --json')).json().connections).toMatchObject([{ status: 'connected' }])
  })

  it('does not blame the client id and secret for it', async () => {
    const place = await world()
    const body = { code: 401, name: 'unauthorized_error' }
    place.finch.fault({ path: '/introspect', times: 9, kind: { status: 401, body } })
    const ran = await place.run('connect --customer acme --provider gusto --create', { employer: {} })
    expect(ran.stderr).toContain('The new token of acme is saved, and Finch has not confirmed it yet')
    const asked = await place.run('show acme/gusto --refresh --json')
    expect(asked.code).toBe(6)
    expect(errorOf(asked)).toMatchObject({ code: 'unverified', hint: expect.stringContaining('finchconn reauth') })
    expect(errorOf(asked).hint).not.toContain('FINCH_CLIENT_ID')
  })

  it('keeps an answer that it cannot read, and says that it is kept', async () => {
    const place = await world()
    place.finch.fault({ path: '/auth/token', kind: { patch: { connection_id: null } } })
    const ran = await place.run('connect --customer acme --provider gusto --create --json', { employer: {} })
    expect(ran.code).toBe(6)
    expect(errorOf(ran).message).toContain('the answer is kept, sealed')
    const told = (await place.run('list')).stderr
    expect(told).toContain('its token is in quarantine, sealed and not used')
    expect(told).toContain('update finchconn if there is a newer version, or log in again')
    expect(told).not.toContain('right account')
  })
})

function exchanges(place: { finch: { requests(): readonly { path: string }[] } }): number {
  return place.finch.requests().filter(({ path }) => path === '/auth/token').length
}

describe('connect, when another account answers', () => {
  const other = '11111111-2222-4333-8444-555555555555'
  const cases: [what: string, patch: Record<string, unknown>, says: string][] = [
    ['customer', { customer_id: 'globex' }, 'customer globex'],
    ['provider', { provider_id: 'rippling' }, 'provider rippling'],
    ['environment', { client_type: 'production' }, 'environment production'],
  ]
  it.each(cases)('%s: nothing is saved', async (_what, patch, says) => {
    const place = await world()
    place.finch.fault({ path: '/auth/token', kind: { patch } })
    const ran = await place.run('connect --customer acme --provider gusto --create --json', { employer: {} })
    expect(ran.code).toBe(9)
    expect(errorOf(ran)).toMatchObject({ code: 'identity_mismatch' })
    expect(errorOf(ran).message).toContain(says)
    expect(ran.browser?.text).toContain('a different account logged in')
    expect((await place.run('list --json')).json().connections).toEqual([])
  })

  it('asks for nothing more once a login after it has succeeded', async () => {
    const place = await world({ rules: { alreadyExists: 'never' } })
    place.finch.fault({ path: '/auth/token', kind: { patch: { customer_id: 'globex' } } })
    await place.run('connect --customer acme --provider gusto --create', { employer: {} })
    expect((await place.run('list')).stderr).toContain('log in to the right account')
    await connected(place, 'acme', 'rippling')
    const listed = (await place.run('list')).stderr
    expect(listed).toContain('its token is in quarantine')
    expect(listed).toContain('nothing to do: the newer token is in use')
    expect(listed).not.toContain('log in to the right account')
  })

  it('an introspection of another connection', async () => {
    const place = await world()
    place.finch.fault({ path: '/introspect', kind: { patch: { connection_id: other } } })
    const ran = await place.run('connect --customer acme --provider gusto --create --json', { employer: {} })
    expect(ran.code).toBe(9)
  })

  it("a connection that is another customer's", async () => {
    const place = await world()
    const globex = await connected(place, 'globex', 'gusto')
    place.finch.fault({ path: '/auth/token', kind: { patch: { connection_id: globex.connection_id } } })
    const ran = await place.run('connect --customer acme --provider gusto --create --json', { employer: {} })
    expect(ran.code).toBe(9)
    expect(errorOf(ran).message).toContain('it belongs to customer globex')
    expect((await place.run(`show ${globex.connection_id} --json`)).json().connection).toMatchObject({
      token: globex.token,
    })
  })

  const broken: [what: string, patch: Record<string, unknown>][] = [
    ['no token', { access_token: null }],
    ['an empty token', { access_token: '' }],
    ['a token with a line break', { access_token: 'a\nb' }],
    ['an endless token', { access_token: 'x'.repeat(2_001) }],
    ['no connection', { connection_id: null }],
    ['a connection id with a path in it', { connection_id: '../../etc' }],
  ]
  it.each(broken)('%s is refused', async (_what, patch) => {
    const place = await world()
    place.finch.fault({ path: '/auth/token', kind: { patch } })
    const ran = await place.run('connect --customer acme --provider gusto --create --json', { employer: {} })
    expect(ran.code).toBe(6)
    expect(errorOf(ran).code).toBe('unreadable_answer')
    expect((await place.run('list --json')).json().connections).toEqual([])
  })
})
