/** What list, show, reauth and sandbox say of a connection that is not simply connected. */
import { describe, expect, it } from 'vitest'
import { type ConnectionJson, connected, errorOf, type World, world } from '../harness.ts'

async function put(place: World, connectionId: string, status: string, entityId?: string): Promise<void> {
  const answer = await fetch(`${place.finch.url}/_emulator/status`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      connection_id: connectionId,
      status,
      ...(entityId === undefined ? {} : { entity_id: entityId }),
    }),
  })
  expect(answer.status).toBe(200)
}

/** Removed on purpose, as an integration does it: with the token, at Finch. */
async function remove(place: World, entityId: string): Promise<void> {
  const answer = await fetch(`${place.finch.url}/disconnect-entity`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${(await place.run('token acme')).stdout.trim()}`,
      'Content-Type': 'application/json',
      'Finch-API-Version': '2020-09-17',
    },
    body: JSON.stringify({ entity_ids: [entityId] }),
  })
  expect(answer.status).toBe(200)
}

const three = (place: World) => connected(place, 'acme', 'gusto', { secret: 'multi_entity' })

describe('an entity', () => {
  it.each(['disconnected', 'pending', 'processing'])('that is %s asks for no login', async (status) => {
    const place = await world()
    const { connection_id: id, entities } = await three(place)
    const entityId = entities[1]?.entity_id ?? ''
    await (status === 'disconnected' ? remove(place, entityId) : put(place, id, status, entityId))
    const shown = await place.run(`show ${id} --refresh`)
    expect(shown.code).toBe(0)
    expect(shown.stderr).not.toContain('reauth')
    const listed = await place.run('list')
    expect(listed.stderr).not.toContain('login')
    expect(listed.stderr).not.toContain('reauth')
    expect((await place.run('list --exit-code')).code).toBe(status === 'disconnected' ? 0 : 8)
  })

  it('that needs a login says so, and its history tells when that began', async () => {
    const place = await world()
    const { connection_id: id, entities } = await three(place)
    await put(place, id, 'reauth', entities[1]?.entity_id)
    const shown = await place.run(`show ${id} --refresh`)
    expect(shown.code).toBe(5)
    expect(shown.stdout).toMatch(new RegExp(`just now\\s+${entities[1]?.name}: login required \\(was connected\\)`))
    expect((await place.run('list')).stderr).toContain('1 connection, 1 needs a login')
    expect((await place.run('list --exit-code')).code).toBe(5)
  })
})

describe('show --refresh', () => {
  const cases: [status: string, code: number, word: string][] = [
    ['reauth', 5, 'login required'],
    ['error_permissions', 5, 'permissions missing'],
    ['error_no_account_setup', 5, 'account not set up'],
    ['pending', 0, 'pending (Finch is setting it up)'],
    ['processing', 0, 'first sync running'],
  ]
  it.each(cases)('of a connection in %s ends with %i', async (status, code, word) => {
    const place = await world()
    const { connection_id: id } = await connected(place, 'acme', 'gusto')
    await put(place, id, status)
    const shown = await place.run(`show ${id} --refresh`)
    expect(shown.code).toBe(code)
    expect(shown.stdout).toContain(word)
    expect(shown.stdout).toContain(`${word} (was connected)`)
    // A table has room for the word, not for what it means.
    expect((await place.run('list')).stdout).toContain(word.replace(/ \(.*/, ''))
    const json = (await place.run(`show ${id} --refresh --json`)).json()
    expect((json.connection as unknown as ConnectionJson).status).toBe(status)
  })

  it('needs neither client id nor secret', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const env = { FINCH_CLIENT_ID: undefined, FINCH_CLIENT_SECRET: undefined }
    expect((await place.run('show acme/gusto --refresh --json', { env })).code).toBe(0)
    expect((await place.run('sandbox status acme/gusto reauth --json', { env })).code).toBe(0)
    expect((await place.run('reconcile --customer acme --json', { env })).code).toBe(5)
  })
})

describe('reauth', () => {
  it.each(['pending', 'processing'])('of a connection that is %s wants --force', async (status) => {
    const place = await world()
    const { connection_id: id } = await connected(place, 'acme', 'gusto')
    await put(place, id, status)
    const ran = await place.run(`reauth ${id} --json`, { employer: {} })
    expect(ran.code).toBe(10)
    expect(errorOf(ran)).toMatchObject({ code: 'login_not_needed', hint: 'use --force to log in anyway' })
  })

  it('after which Finch still wants a login ends with 5', async () => {
    const place = await world()
    const { connection_id: id } = await connected(place, 'acme', 'gusto')
    await put(place, id, 'reauth')
    place.finch.fault({ path: '/introspect', times: 2, kind: { patch: { connection_status: { status: 'reauth' } } } })
    const ran = await place.run(`reauth ${id}`, { employer: {} })
    expect(ran.code).toBe(5)
    expect(ran.stdout).toContain('login required')
  })
})

it('sandbox status takes the words that tables show, and names the near one', async () => {
  const place = await world()
  await connected(place, 'acme', 'gusto')
  const shown = await place.runWords(['sandbox', 'status', 'acme', 'login required', '--json'])
  expect((shown.json().connection as unknown as ConnectionJson).status).toBe('reauth')
  const near = await place.run('sandbox status acme raeuth --json')
  expect(near.code).toBe(2)
  expect(errorOf(near).message).toContain('did you mean reauth?')
})

describe('list refuses a filter that names nothing', () => {
  const cases: [args: string[], code: number, hint: string][] = [
    [['--status', 'raeuth'], 2, 'reauth'],
    [['--status', 'log in again'], 2, 'those here'],
    [['--provider', 'gutso'], 2, 'gusto'],
    [['--provider', 'nonesuch'], 2, 'gusto'],
    [['--customer', 'acne'], 3, 'acme'],
  ]
  it.each(cases)('%j', async (args, code, hint) => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const ran = await place.runWords(['list', ...args, '--json'])
    expect(ran.code).toBe(code)
    expect(errorOf(ran).hint).toContain(hint)
  })

  const accepted: [args: string[], count: number][] = [
    [['--status', 'login required'], 1],
    [['--status', 'reauth'], 1],
    [['--status', 'pending'], 0],
    [['--status', 'a_word_of_tomorrow'], 1],
    [['--provider', 'justworks'], 0],
  ]
  it('and accepts the words that tables show, and those in the store', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const { connection_id: id } = await connected(place, 'globex', 'gusto')
    await place.run('sandbox status acme/gusto reauth')
    place.finch.fault({ path: '/introspect', kind: { patch: { connection_status: { status: 'a_word_of_tomorrow' } } } })
    const shown = await place.run(`show ${id} --refresh`)
    expect(shown.code).toBe(0)
    expect(shown.stdout).toContain('a_word_of_tomorrow')
    expect(shown.stderr).toBe('')
    for (const [args, count] of accepted) {
      const ran = await place.runWords(['list', ...args, '--json'])
      expect([args, ran.code, (ran.json().connections as unknown as unknown[]).length]).toEqual([args, 0, count])
    }
  })

  it('--exit-code with --stale-for says that something is stale', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    expect((await place.run('list --stale-for 1h --exit-code')).code).toBe(0)
    const tomorrow = () => new Date(Date.now() + 26 * 3_600_000)
    expect((await place.run('list --stale-for 1h --exit-code', { now: tomorrow })).code).toBe(5)
    expect((await place.run('list --stale-for 1h', { now: tomorrow })).code).toBe(0)
  })
})

describe('a customer names its only connection', () => {
  it('and not one of several', async () => {
    const place = await world()
    await place.run('customers create acme')
    expect(errorOf(await place.run('show acme --json')).code).toBe('no_connections')
    const { connection_id: id } = await connected(place, 'acme', 'gusto')
    expect((await place.run('show acme --json')).json().connection).toMatchObject({ connection_id: id })
    expect((await place.run('token acme')).code).toBe(0)
    await connected(place, 'acme', 'justworks')
    const several = await place.run('show acme --json')
    expect(several.code).toBe(3)
    expect(errorOf(several).code).toBe('ambiguous_connection')
  })

  it('never the connection of another customer that is called the same', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    await place.run('rename acme/gusto globex')
    expect((await place.run('token globex')).code).toBe(0)
    await connected(place, 'globex', 'gusto')
    expect((await place.run('token globex')).code).toBe(3)
  })
})

it('customers show and list tell email, what is allowed, and since when', async () => {
  const place = await world()
  await place.runWords(['customers', 'create', 'acme', '--email', 'hr@acme.test', '--single'])
  const shown = (await place.run('customers show acme')).stdout
  expect(shown).toContain('hr@acme.test')
  expect(shown).toContain('one allowed (--single)')
  expect(shown).toMatch(/created\s+just now/)
  const [head = '', row = ''] = (await place.run('customers list')).stdout.split('\n')
  expect(head.split(/\s+/)).toEqual(['CUSTOMER', 'NAME', 'CONNECTIONS', 'ALLOWED', 'CREATED', 'EMAIL'])
  expect(row).toContain('single')
  const plain = (await place.run('customers list --plain')).stdout.trimEnd().split('\t')
  expect([plain[0], plain[3], plain[5]]).toEqual(['acme', 'single', 'hr@acme.test'])
})

it('config --json gives values a script can use', async () => {
  const place = await world()
  const settings = async (env: Record<string, string | undefined>, args = '') =>
    (await place.run(`${args} config --json`, { env })).json().settings as unknown as Record<string, { value: unknown }>
  const plain = await settings({ FINCHCONN_BROWSER: 'firefox --new-window', CI: 'true' })
  expect(plain.browser?.value).toEqual(['firefox', '--new-window'])
  expect(plain.no_input?.value).toBe(true)
  expect(plain.products?.value).toEqual(['company', 'directory', 'individual', 'employment'])
  expect(plain.client_secret?.value).toBe(true)
  expect(plain.vault_key_file?.value).toBeNull()
  expect((await settings({})).browser?.value).toBeNull()
  expect((await settings({}, '--no-browser')).browser?.value).toEqual([])
  const emulated = await settings({}, '--profile emulator')
  expect(emulated.api_url?.value).toBeNull()
  expect(emulated.client_id?.value).toBeNull()
})
