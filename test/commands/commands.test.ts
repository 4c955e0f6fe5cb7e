import { readdirSync, statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { connected, errorOf, folder, runCli, world } from '../harness.ts'

const bare = (env: Record<string, string | undefined> = {}) => ({
  env: { FINCHCONN_HOME: folder(), PATH: process.env.PATH, ...env },
})

describe('used wrongly: exit 2, and a word of help', () => {
  const cases: [args: string[], code: string, hint?: string][] = [
    [['lst'], 'unknown_command', 'list'],
    [['list', '--jsn'], 'unknown_option', 'json'],
    [['show'], 'missing_argument'],
    [['--nonsense'], 'unknown_option'],
    [['token', 'acme/gusto'], 'unknown_option'],
    [['customers', 'creat', 'x'], 'unknown_command', 'create'],
    [['customers', 'create'], 'missing_argument'],
    [['customers', 'create', ''], 'bad_customer_id'],
    [['customers', 'create', 'a b'], 'bad_customer_id'],
    [['customers', 'create', 'a\u001b[2Jb'], 'bad_customer_id'],
    [['customers', 'create', 'a/b'], 'bad_customer_id'],
    [['customers', 'create', 'x'.repeat(300)], 'bad_customer_id'],
    [['customers', 'create', 'acme', '--name', 'A\u0007'], 'bad_name'],
    [['customers', 'create', 'acme', '--email', 'nobody'], 'bad_email'],
    [['connect', '--customer', 'acme', '--customer', 'globex'], 'invalid_argument'],
    [['connect', '--customer', '--json'], 'invalid_argument'],
    [['connect', '--customer', ' '], 'invalid_argument'],
    [['connect', '--customer', 'acme', '--provider', 'Gusto!'], 'invalid_argument'],
    [['connect', '--customer', 'acme', '--create', '--timeout', 'soon'], 'bad_duration'],
    [['connect', '--customer', 'acme', '--create', '--products', 'compny'], 'bad_products'],
    [['connect', '--customer', 'acme', '--create', '--products', 'company,company'], 'bad_products'],
    [['connect', '--customer', 'acme', '--create', '--products', 'benefits,deduction'], 'bad_products'],
    [['connect', '--customer', 'acme', '--create', '--products', ','], 'bad_products'],
    [['connect', '--customer', 'acme', '--create', '--auth-method', 'oauth'], 'bad_flags'],
    [['connect', '--customer', 'acme', '--sandbox', 'mine'], 'invalid_argument'],
    [['show', 'a\u0000b'], 'bad_reference'],
    [['show', '\ud800abc'], 'bad_reference'],
    [['list', '--stale-for', '5 parsecs'], 'bad_duration'],
    [['emulator', '--port', '65536'], 'invalid_argument'],
    [['token', 'acme', '--token=abc'], 'secret_in_arguments', 'exposed'],
    [['setup', '--client-secret', 'abc'], 'secret_in_arguments'],
    [['--profile', 'Not A Profile', 'list'], 'bad_profile'],
  ]
  it.each(cases)('%j', async (args, code, hint) => {
    const ran = await runCli(
      [...args, '--json'].filter((word, index, all) => all.indexOf(word) === index || word !== '--json'),
      bare(),
    )
    expect(ran.code).toBe(2)
    expect(errorOf(ran).code).toBe(code)
    if (hint !== undefined) expect(errorOf(ran).hint).toContain(hint)
    // One document, on one line, that no terminal can be led astray by.
    expect(ran.stdout.trimEnd().split('\n').length).toBe(1)
    expect(ran.stdout).not.toContain('\u001b')
  })
})

it('what is missing and may not be asked for is a case of its own', async () => {
  const ran = await runCli(['connect', '--json'], bare())
  expect(ran.code).toBe(10)
  expect(errorOf(ran).code).toBe('missing_flag')
})

it('nobody who said not to is asked, at a terminal either', async () => {
  const ran = await runCli(['connect', '--no-input', '--no-browser', '--json'], { ...bare(), tty: true })
  expect(ran.code).toBe(10)
})

describe('settings', () => {
  const cases: [env: Record<string, string>, says: string][] = [
    [{ FINCHCONN_API_URL: 'http://api.example.com' }, 'FINCHCONN_API_URL must be https'],
    [{ FINCHCONN_API_URL: 'nonsense' }, 'FINCHCONN_API_URL is not a URL'],
    [{ FINCHCONN_API_URL: 'https://user:pass@api.example.com' }, 'plain URL'],
    [{ FINCHCONN_CONNECT_URL: 'http://10.0.0.1' }, 'FINCHCONN_CONNECT_URL must be https'],
    [{ FINCHCONN_REDIRECT_URI: 'http://example.com/callback' }, 'redirect URI'],
    [{ FINCHCONN_REDIRECT_URI: 'http://localhost:4179/callback?x=1' }, 'redirect URI'],
    [{ FINCHCONN_ENVIRONMENT: 'prod' }, 'sandbox, development or production'],
    [{ FINCHCONN_VAULT: 'plain' }, 'keychain or sealed'],
    [{ FINCHCONN_DATABASE_URL: 'postgres://x' }, 'FINCHCONN_DATABASE_URL'],
    [{ FINCHCONN_HOME: 'relative' }, 'absolute'],
    [{ FINCHCONN_VAULT_KEY_FILE: 'vault.key' }, 'absolute'],
  ]
  it.each(cases)('%j is refused', async (env, says) => {
    const ran = await runCli(['list', '--json'], bare(env))
    expect(ran.code).toBe(2)
    expect(errorOf(ran).message).toContain(says)
  })

  it('tells all mistakes together', async () => {
    const ran = await runCli(['list', '--json'], bare({ FINCHCONN_ENVIRONMENT: 'prod', FINCHCONN_VAULT: 'plain' }))
    expect(errorOf(ran).message).toContain('sandbox, development')
    expect(errorOf(ran).message).toContain('keychain or sealed')
  })

  it('an unknown profile is an error, with the near one named', async () => {
    const ran = await runCli(['--profile', 'emulatr', 'list', '--json'], bare())
    expect(ran.code).toBe(3)
    expect(errorOf(ran)).toMatchObject({ code: 'unknown_profile', hint: expect.stringContaining('emulator') })
  })

  it('`config` shows each value and where it came from, and no secret', async () => {
    const secret = 'canary-secret-value'
    const ran = await runCli(
      ['config', '--json'],
      bare({ FINCH_CLIENT_ID: 'c', FINCH_CLIENT_SECRET: secret, FINCHCONN_ENVIRONMENT: 'production' }),
    )
    expect(ran.json().settings).toMatchObject({
      environment: { value: 'production', source: 'environment' },
      products: { source: 'default' },
      client_secret: { value: true },
    })
    expect(ran.stdout).not.toContain(secret)
  })

  const files: [what: string, content: string][] = [
    ['no JSON', '{'],
    ['another shape', '[]'],
    ['an unknown key', '{"profiles":{"default":{"client_secret":"x"}}}'],
    ['a wrong type', '{"profiles":{"default":{"client_id":1}}}'],
  ]
  it.each(files)('a config file with %s is refused', async (_what, content) => {
    const options = bare()
    const { writeFileSync } = await import('node:fs')
    writeFileSync(`${options.env.FINCHCONN_HOME}/config.json`, content, { mode: 0o600 })
    const ran = await runCli(['list', '--json'], options)
    expect(ran.code).toBe(2)
    expect(errorOf(ran).code).toBe('bad_config_file')
  })

  it('a config file others may write is refused', async () => {
    if (process.platform === 'win32') return
    const options = bare()
    const { writeFileSync, chmodSync } = await import('node:fs')
    writeFileSync(`${options.env.FINCHCONN_HOME}/config.json`, '{"profiles":{}}')
    chmodSync(`${options.env.FINCHCONN_HOME}/config.json`, 0o666)
    expect(errorOf(await runCli(['list', '--json'], options)).code).toBe('bad_config_file')
  })

  it('a config file saved as UTF-16 is read', async () => {
    const options = bare()
    const { writeFileSync } = await import('node:fs')
    writeFileSync(`${options.env.FINCHCONN_HOME}/config.json`, Buffer.from('\ufeff{"profiles":{}}', 'utf16le'), {
      mode: 0o600,
    })
    expect((await runCli(['list', '--json'], options)).code).toBe(0)
  })
})

describe('setup', () => {
  it('saves a profile, the secret only in the vault, and later commands need no variables', async () => {
    const place = await world()
    const env = { FINCH_CLIENT_ID: undefined, FINCH_CLIENT_SECRET: undefined, FINCHCONN_REDIRECT_URI: undefined }
    const setup = await place.run(
      `setup --environment sandbox --client-id ${place.finch.clientId} --client-secret-stdin --redirect-uri ${place.redirectUri} --vault sealed --json`,
      { env, stdin: `${place.finch.clientSecret}\n` },
    )
    expect(setup.code).toBe(0)
    expect(setup.json()).toMatchObject({ profile: 'default', environment: 'sandbox', vault: 'sealed' })
    const { everyByte } = await import('../harness.ts')
    expect(everyByte(place.home).includes(place.finch.clientSecret)).toBe(false)
    const ran = await place.run('connect --customer acme --provider gusto --create --json', { employer: {}, env })
    expect(ran.code).toBe(0)
  })

  it('asks for nothing it may not', async () => {
    const ran = await runCli(['setup', '--json'], bare())
    expect(ran.code).toBe(10)
    expect(errorOf(ran).message).toContain('--environment')
  })

  it('refuses a secret with a line break in it', async () => {
    const ran = await runCli(
      ['setup', '--environment', 'sandbox', '--client-id', 'c', '--client-secret-stdin', '--json'],
      { ...bare(), stdin: 'two\nlines\n' },
    )
    expect(ran.code).toBe(2)
    expect(errorOf(ran).code).toBe('credentials_malformed')
  })

  it('makes a profile of its own, and only then it exists', async () => {
    const place = await world()
    const words = `--profile eu setup --environment production --client-id c --client-secret-stdin --vault sealed --json`
    expect((await place.run('--profile eu list --json')).code).toBe(3)
    expect((await place.run(words, { stdin: 'secret' })).code).toBe(0)
    expect((await place.run('--profile eu list --json')).code).toBe(0)
  })
})

describe('customers', () => {
  it('are created, listed, shown, edited and removed', async () => {
    const place = await world()
    const created = await place.runWords([
      'customers',
      'create',
      'acme',
      '--name',
      'Acme, Inc.',
      '--email',
      'hr@acme.test',
      '--json',
    ])
    expect(created.json()).toEqual({
      schema_version: 1,
      customer: {
        customer_id: 'acme',
        name: 'Acme, Inc.',
        email: 'hr@acme.test',
        single: false,
        connections: 0,
        created_at: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    })
    expect((await place.run('customers create acme --json')).code).toBe(11)
    await connected(place, 'acme', 'gusto')
    expect((await place.run('customers list --json')).json().customers).toMatchObject([
      { customer_id: 'acme', connections: 1 },
    ])
    expect((await place.run('customers show acme --json')).json().customer).toMatchObject({ connections: 1 })
    expect(
      (await place.runWords(['customers', 'edit', 'acme', '--name', 'New', '--email', 'none', '--json'])).json()
        .customer,
    ).toMatchObject({ name: 'New', email: null })
    const refused = await place.run('customers remove acme --json')
    expect(refused.code).toBe(11)
    expect(errorOf(refused).code).toBe('customer_has_connections')
    await place.run('customers create empty')
    expect((await place.run('customers remove empty --json')).code).toBe(0)
    expect((await place.run('customers show empty --json')).code).toBe(3)
  })
})

describe('list, show, rename', () => {
  it('nothing yet is an empty list, not a failure', async () => {
    const ran = await runCli(['list', '--json'], bare())
    expect(ran).toMatchObject({ code: 0, stdout: '{"schema_version":1,"connections":[]}\n' })
  })

  it('every key is always there', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const [connection] = (await place.run('list --json')).json().connections as unknown as Record<string, unknown>[]
    expect(Object.keys(connection ?? {})).toEqual([
      'connection_id',
      'customer_id',
      'finch_customer_id',
      'alias',
      'provider_id',
      'company_id',
      'company_name',
      'environment',
      'connection_type',
      'status',
      'status_message',
      'last_successful_sync',
      'products',
      'requested_products',
      'entities',
      'authentication_methods',
      'token',
      'created_at',
      'reauthenticated_at',
      'checked_at',
    ])
  })

  it('filters by customer, provider, status and age', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    await connected(place, 'globex', 'rippling')
    const count = async (flags: string) =>
      ((await place.run(`list ${flags} --json`)).json().connections as unknown as unknown[]).length
    expect(await count('--customer acme')).toBe(1)
    expect(await count('--provider rippling')).toBe(1)
    expect(await count('--status connected')).toBe(2)
    expect(await count('--status reauth')).toBe(0)
    expect(await count('--stale-for 1h')).toBe(0)
    expect((await place.run('list --customer nobody --json')).code).toBe(3)
  })

  it('is plain on request, and works with neither Finch nor vault', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const ran = await place.run('list --plain', {
      env: {
        FINCHCONN_API_URL: 'http://127.0.0.1:12',
        FINCHCONN_VAULT_KEY: undefined,
        FINCH_CLIENT_ID: undefined,
        FINCH_CLIENT_SECRET: undefined,
      },
    })
    expect(ran.code).toBe(0)
    expect(ran.stdout.split('\n')[0]?.split('\t').slice(0, 1)).toEqual(['acme'])
    expect(ran.stdout.split('\n')[0]?.split('\t').length).toBe(7)
  })

  it('shows by prefix, alias and customer/provider, and says when a word fits several', async () => {
    const place = await world()
    const connection = await connected(place, 'acme', 'gusto')
    const id = connection.connection_id
    for (const word of [id, id.slice(0, 4), 'acme/gusto']) {
      expect((await place.run(`show ${word} --json`)).json().connection).toMatchObject({ connection_id: id })
    }
    expect((await place.run(`rename ${id} main --json`)).json().connection).toMatchObject({ alias: 'main' })
    expect((await place.run('show main --json')).json().connection).toMatchObject({ connection_id: id })
    expect((await place.run('show mian --json')).code).toBe(3)
    expect(errorOf(await place.run('show mian --json')).hint).toContain('main')
    await place.run('connect --customer acme --provider gusto --another', {
      employer: { secret: 'multi_entity', user: 'good_user_2' },
    })
    const ambiguous = await place.run('show acme/gusto --json')
    expect(ambiguous.code).toBe(3)
    expect(errorOf(ambiguous)).toMatchObject({ code: 'ambiguous_connection', message: expect.stringContaining(id) })
  })

  it('--refresh asks Finch', async () => {
    const place = await world()
    const connection = await connected(place, 'acme', 'gusto')
    const token = (await place.run('token acme/gusto')).stdout.trim()
    await fetch(`${place.finch.url}/sandbox/connections/accounts`, {
      method: 'PUT',
      headers: {
        Authorization: `Bearer ${token}`,
        'Finch-API-Version': '2020-09-17',
        'Content-Type': 'application/json',
      },
      body: JSON.stringify({ connection_status: 'reauth' }),
    })
    expect((await place.run(`show ${connection.connection_id} --json`)).json().connection).toMatchObject({
      status: 'connected',
    })
    expect((await place.run(`show ${connection.connection_id} --refresh --json`)).json().connection).toMatchObject({
      status: 'reauth',
    })
  })
})

describe('token', () => {
  it('is the token and a newline', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const ran = await place.run('token acme/gusto')
    expect(ran.stdout).toMatch(/^\S+\n$/)
  })

  it('is refused on a terminal without --show', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const ran = await place.run('token acme/gusto', { tty: true })
    expect(ran.code).toBe(2)
    expect(ran.stdout).toBe('')
    expect((await place.run('token acme/gusto --show', { tty: true })).code).toBe(0)
  })

  it('is not handed to another Finch', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const ran = await place.run('show acme/gusto --refresh --json', { env: { FINCHCONN_API_URL: 'https://evil.test' } })
    expect(ran.code).toBe(9)
    expect(errorOf(ran).code).toBe('other_origin')
  })

  it('teaches nothing when it speaks for another connection', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const connection_id = '11111111-2222-4333-8444-555555555555'
    place.finch.fault({ path: '/introspect', kind: { patch: { connection_id, products: ['company'] } } })
    const ran = await place.run('show acme/gusto --refresh --json')
    expect(errorOf(ran)).toMatchObject({ code: 'identity_mismatch' })
    expect((await place.run('show acme/gusto --json')).json().connection).not.toMatchObject({ products: ['company'] })
  })

  it('is not given when it is not the one on record', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const { default: Database } = await import('better-sqlite3')
    const database = new Database(`${place.home}/default/store.db`)
    database.prepare("UPDATE connections SET fingerprint = '000000000000'").run()
    database.close()
    const ran = await place.run('token acme/gusto')
    expect(ran).toMatchObject({ code: 9, stdout: '' })
  })
})

describe('what refuses to see secrets', () => {
  const cases: [env: Record<string, string>, code: string][] = [
    [{ NODE_OPTIONS: '--inspect' }, 'debugging'],
    [{ NODE_OPTIONS: '--report-on-signal' }, 'debugging'],
    [{ FINCHCONN_VAULT_KEY: 'hunter2' }, 'vault_key_malformed'],
  ]
  it.each(cases)('%j', async (env, code) => {
    const place = await world()
    const ran = await place.run('vault status --json', { env })
    expect(ran.code).toBeGreaterThan(0)
    expect(errorOf(ran).code).toBe(code)
  })

  it('TLS without checks', async () => {
    const place = await world()
    const ran = await place.run('connect --customer acme --create --json', {
      env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
      employer: {},
    })
    expect(errorOf(ran).code).toBe('tls_off')
  })

  it('TLS without checks, with a token', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const before = place.finch.requests().length
    const ran = await place.run('show acme/gusto --refresh --json', { env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } })
    expect(errorOf(ran).code).toBe('tls_off')
    expect(place.finch.requests().length).toBe(before)
  })

  it('sudo, which would leave files of root in the home of somebody else', async () => {
    const home = folder()
    const env = { HOME: home, SUDO_UID: String(statSync(home).uid) }
    const ran = await runCli(['list', '--json'], { env })
    expect(errorOf(ran).code).toBe('foreign_home')
    expect(readdirSync(home)).toEqual([])
    expect((await runCli(['list', '--json'], { env: { ...env, FINCHCONN_HOME: home } })).code).toBe(0)
  })

  it('a key file that others may read', async () => {
    const place = await world()
    const { writeFileSync, chmodSync } = await import('node:fs')
    const file = `${place.home}/vault.key`
    writeFileSync(file, String(place.env.FINCHCONN_VAULT_KEY))
    const env = { FINCHCONN_VAULT_KEY: undefined, FINCHCONN_VAULT_KEY_FILE: file }
    chmodSync(file, 0o644)
    expect(errorOf(await place.run('vault status --json', { env })).code).toBe('vault_key_file')
    chmodSync(file, 0o600)
    expect((await place.run('vault status --json', { env })).code).toBe(0)
  })

  it('another vault than the store was made with', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const ran = await place.run('token acme/gusto', { env: { FINCHCONN_VAULT: 'keychain' } })
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain('sealed')
  })

  it('no key at all, when nobody can be asked', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const ran = await place.run('token acme/gusto', { env: { FINCHCONN_VAULT_KEY: undefined } })
    expect(ran.code).toBe(7)
    expect(ran.stderr).toContain('FINCHCONN_VAULT_KEY_FILE')
  })
})

describe('names from outside', () => {
  it('cannot act on the terminal, and JSON gives them back', async () => {
    const evil = 'Acme\u001b]52;c;ZXZpbA==\u0007\u202e\u009b2J'
    const place = await world()
    place.finch.fault({ path: '/employer/company', kind: { patch: { legal_name: evil } } })
    const ran = await place.run('connect --customer acme --provider gusto --create', { employer: {}, tty: true })
    expect(ran.code).toBe(0)
    for (const words of [
      ran.stdout,
      (await place.run('list', { tty: true })).stdout,
      (await place.run('show acme/gusto', { tty: true })).stdout,
    ]) {
      expect(words).toContain('\\x1b]52')
      expect(words).not.toContain('\u001b]')
      expect(words).not.toContain('\u202e')
      expect(words).not.toContain('\u009b')
    }
    const json = await place.run('show acme/gusto --json')
    expect(json.stdout).not.toMatch(/[\u001b\u202e\u009b]/)
    expect(json.json().connection).toMatchObject({ company_name: evil })
  })
})
