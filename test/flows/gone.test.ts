/** A connection that Finch no longer has, and a token that Finch does not take: understood, said, remembered. */
import { describe, expect, it } from 'vitest'
import { type ConnectionJson, connected, errorOf, type World, world } from '../harness.ts'

const REAUTHENTICATE = '/connect/sessions/reauthenticate'
const refusals: [what: string, status: number, body: Record<string, unknown>][] = [
  ['its code alone', 400, { code: 400, finch_code: 'connection_not_found' }],
  [
    'as its document has it',
    400,
    { code: 400, finch_code: 'invalid_request', message: 'Connection not found', name: 'bad_request' },
  ],
  ['404', 404, { code: 404, finch_code: 'item_not_found', message: 'no', name: 'not_found_error' }],
]

async function disconnected(place: World): Promise<ConnectionJson> {
  const connection = await connected(place, 'acme', 'gusto')
  const token = (await place.run('token acme/gusto')).stdout.trim()
  await fetch(`${place.finch.url}/disconnect`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Finch-API-Version': '2020-09-17' },
  })
  return connection
}

const shown = async (place: World, id: string) =>
  (await place.run(`show ${id} --json`)).json().connection as unknown as ConnectionJson

describe('reauth of a connection that Finch no longer has', () => {
  it.each(refusals)('%s', async (_what, status, body) => {
    const place = await world()
    const { connection_id: id } = await connected(place, 'acme', 'gusto')
    place.finch.fault({ path: REAUTHENTICATE, kind: { status, body } })
    const ran = await place.run(`reauth ${id} --force --json`, { employer: {} })
    expect(ran.code).toBe(3)
    expect(errorOf(ran)).toMatchObject({ code: 'connection_gone', message: expect.stringContaining('disconnected') })
    expect(errorOf(ran).hint).toContain('connect --customer acme --provider gusto --another')
    expect((await shown(place, id)).status).toBe('disconnected')
    expect((await place.run('list')).stdout).toContain('disconnected')
    expect((await place.run('list')).stderr).not.toContain('login')
    expect((await place.run(`show ${id}`)).stdout).toContain('disconnected (was connected)')
  })

  it('a 404 of something on the way is no word of Finch', async () => {
    const place = await world()
    const { connection_id: id } = await connected(place, 'acme', 'gusto')
    place.finch.fault({ path: REAUTHENTICATE, kind: { status: 404, body: { error: 'no route' } } })
    expect((await place.run(`reauth ${id} --force --json`, { employer: {} })).code).toBe(3)
    expect((await shown(place, id)).status).toBe('connected')
  })

  it('the whole way: refused token, reauth that learns the truth, and the next step works', async () => {
    const place = await world()
    const { connection_id: id } = await disconnected(place)
    const refreshed = await place.run(`show ${id} --refresh --json`)
    expect(refreshed.code).toBe(5)
    expect(errorOf(refreshed)).toMatchObject({ code: 'token_refused', hint: expect.stringContaining('reauth') })
    expect((await shown(place, id)).status).toBe('token-refused')
    expect((await place.run(`reauth ${id} --json`, { employer: {} })).code).toBe(3)
    expect((await shown(place, id)).status).toBe('disconnected')
    // Known to be gone, it stays so whatever is asked with its token.
    const again = await place.run(`show ${id} --refresh --json`)
    expect(again.code).toBe(3)
    expect(errorOf(again).code).toBe('connection_gone')
    const next = await place.run('connect --customer acme --provider gusto --another --json', { employer: {} })
    expect(next.code).toBe(0)
    const listed = (await place.run('list --json')).json().connections as unknown as ConnectionJson[]
    expect(listed.map((one) => one.status)).toEqual(['connected'])
    expect(((await place.run('list --all --json')).json().connections as unknown as unknown[]).length).toBe(2)
    expect((await place.run('token acme/gusto')).code).toBe(0)
  })

  it('a one-to-one customer gets its next connection', async () => {
    const place = await world()
    await place.run('customers create acme --single')
    const { connection_id: id } = await disconnected(place)
    expect((await place.run(`reauth ${id} --json`, { employer: {} })).code).toBe(3)
    expect((await place.run('connect --customer acme --provider gusto --json', { employer: {} })).code).toBe(0)
    expect((await place.run('connect --customer acme --provider gusto --json', { employer: {} })).code).toBe(11)
  })

  it('taking up a connection that Finch never had is said', async () => {
    const place = await world()
    await place.run('customers create acme')
    const ran = await place.run('reauth 11111111-2222-4333-8444-555555555555 --customer acme --json', { employer: {} })
    expect(ran.code).toBe(3)
    expect(errorOf(ran)).toMatchObject({ code: 'connection_gone', hint: expect.stringContaining('connect') })
  })
})

it('a refused token is put right by a login', async () => {
  const place = await world()
  const { connection_id: id } = await connected(place, 'acme', 'gusto')
  place.finch.fault({
    path: '/introspect',
    kind: { status: 401, body: { code: 401, name: 'unauthorized_request_error', message: 'no' } },
  })
  expect((await place.run(`show ${id} --refresh --json`)).code).toBe(5)
  const listed = await place.run('list')
  expect(listed.stdout).toContain('token refused')
  expect(listed.stderr).toContain(`reauth ${id.slice(0, 8)}`)
  expect((await place.run(`reauth ${id} --force --json`, { employer: {} })).code).toBe(0)
  expect((await shown(place, id)).status).toBe('connected')
})

it('a token that Finch has never taken is put right by a login, too', async () => {
  const place = await world()
  place.finch.fault({ path: '/introspect', times: 3, kind: { drop: 'before' } })
  const ran = await place.run('connect --customer acme --provider gusto --create --json', { employer: {} })
  const { connection_id: id } = ran.json().connection as unknown as ConnectionJson
  place.finch.fault({
    path: '/introspect',
    times: 2,
    kind: { status: 401, body: { code: 401, name: 'invalid_token_error', message: 'no' } },
  })
  expect((await place.run(`reauth ${id} --json`, { employer: {} })).code).toBe(0)
  expect((await shown(place, id)).status).toBe('connected')
})

it('reconcile does without a connection that Finch no longer has, and says so', async () => {
  const place = await world()
  const { connection_id: id } = await disconnected(place)
  await place.run(`reauth ${id} --json`, { employer: {} })
  const alone = await place.run('reconcile --customer acme --json')
  expect(alone.code).toBe(3)
  expect(errorOf(alone)).toMatchObject({ code: 'connection_gone', hint: expect.stringContaining('--another') })
  await connected(place, 'acme', 'justworks')
  const ran = await place.run('reconcile --customer acme --strict --json')
  expect(ran.code).toBe(0)
  expect(ran.stderr).toContain('it is disconnected')
  expect(JSON.parse(ran.stdout).unread).toMatchObject([{ connection_id: id, code: 'connection_gone' }])
})

describe('a further connection that Finch keeps refusing', () => {
  const refuse = (place: World, connectionIds: (string | null)[]) => {
    for (const connection_id of connectionIds) {
      place.finch.fault({
        path: '/connect/sessions',
        kind: {
          status: 400,
          body: {
            code: 400,
            finch_code: 'connection_already_exists',
            name: 'bad_request',
            message: 'There is an existing connection',
            context: connection_id === null ? {} : { customer_id: 'acme', connection_id },
          },
        },
      })
    }
  }
  const asked = (place: World) => place.finch.requests().filter(({ path }) => path === '/connect/sessions').length
  const another = 'connect --customer acme --provider gusto --another --create --json'

  it('is not asked for again once the same connection is named under another id', async () => {
    const place = await world()
    const id = '11111111-2222-4333-8444-555555555555'
    refuse(place, Array(40).fill(id))
    const ran = await place.run(another, { employer: {} })
    expect(ran.code).toBe(11)
    expect(errorOf(ran).hint).toContain(id)
    expect(asked(place)).toBe(2)
  })

  it('is asked for ten times at most', async () => {
    const place = await world()
    refuse(place, Array(40).fill(null))
    expect((await place.run(another, { employer: {} })).code).toBe(11)
    expect(asked(place)).toBe(10)
  })
})

it('the same token for two connections is remarked', async () => {
  const place = await world()
  const first = await connected(place, 'acme', 'gusto')
  const token = (await place.run('token acme/gusto')).stdout.trim()
  place.finch.fault({ path: '/auth/token', kind: { patch: { access_token: token } } })
  place.finch.fault({ path: '/introspect', times: 9, kind: { drop: 'before' } })
  const ran = await place.run('connect --customer globex --provider rippling --create', { employer: {} })
  expect(ran.code).toBe(0)
  expect(ran.stderr).toContain(`the token that ${first.connection_id.slice(0, 8)} has`)
})

it('wrong credentials are told as such, with a name or without', async () => {
  for (const body of [
    { code: 401, finch_code: 'invalid_client', message: 'Invalid client: Unable to validate credentials' },
    { code: 401, name: 'invalid_client_error', message: 'no' },
  ]) {
    const place = await world()
    place.finch.fault({ path: '/connect/sessions', kind: { status: 401, body } })
    const ran = await place.run('connect --customer acme --create --json', { employer: {} })
    expect(ran.code).toBe(4)
    expect(errorOf(ran).hint).toContain('each environment has its own pair')
  }
})
