/** What reconcile could not read is in its words, in its JSON and in its exit code; nothing falls back to names in silence. */
import { describe, expect, it } from 'vitest'
import { connected, errorOf, type Ran, type World, world } from '../harness.ts'

interface Unread {
  readonly connection_id: string
  readonly entity_id: string | null
  readonly product: string
  readonly individual_ids: string[] | null
  readonly code: string
  readonly message: string
}

interface Answer {
  readonly unread: readonly Unread[]
  readonly summary: Record<string, number>
  readonly people: readonly { band: string }[]
}

const answerOf = (ran: Ran) => JSON.parse(ran.stdout) as Answer
const inSeveral = (ran: Ran) => answerOf(ran).summary.in_several ?? 0

async function two(): Promise<World> {
  const place = await world()
  for (const provider of ['gusto', 'justworks']) await connected(place, 'acme', provider)
  return place
}

const PEOPLE = ['/employer/individual', '/employer/employment'] as const
const reconcile = (place: World, flags = '') => place.run(`reconcile --customer acme ${flags} --json`)
const wait = (finch_code: string, name = 'authorization_pending', message = 'words of Finch') => ({
  status: 202,
  body: { name, finch_code, message },
})

describe('a reading that nothing is wrong with', () => {
  it('says so with every key', async () => {
    const ran = await reconcile(await two())
    expect(ran.code).toBe(0)
    expect(answerOf(ran).unread).toEqual([])
    expect(answerOf(ran).summary).toMatchObject({ connections_unread: 0, records_incomplete: 0, lines_skipped: 0 })
  })
})

describe('202, in three kinds and a fourth', () => {
  const kinds: [finchCode: string, code: number, says: string][] = [
    ['data_sync_in_progress', 6, 'still reading this from the provider'],
    ['pending', 8, 'Finch or the employer has to finish setting it up'],
    ['accountant_setup_pending', 8, 'setting up its accountant user'],
    ['a_word_of_tomorrow', 6, 'words of Finch'],
  ]
  it.each(kinds)('%s for the person data', async (finchCode, code, says) => {
    const place = await two()
    place.finch.fault({ path: '/employer/individual', kind: wait(finchCode) })
    const ran = await reconcile(place)
    expect(ran.code).toBe(code)
    const [unread, ...others] = answerOf(ran).unread
    expect(others).toEqual([])
    expect(unread).toMatchObject({ product: 'individual', message: expect.stringContaining(says) })
    expect(unread?.individual_ids?.length).toBe(20)
    expect(answerOf(ran).summary.records_incomplete).toBe(20)
    expect(ran.stderr).toContain('20 people')
    expect(ran.stderr).toContain(says)
  })

  it.each(kinds)('%s for the directory, and for the employer', async (finchCode, code, says) => {
    const place = await two()
    place.finch.fault({ path: '/employer/directory', kind: wait(finchCode) })
    const ran = await reconcile(place)
    expect(ran.code).toBe(code)
    expect(answerOf(ran).unread).toMatchObject([{ product: 'directory', individual_ids: null }])
    expect(answerOf(ran).summary).toMatchObject({ connections_unread: 1, records: 20 })
    place.finch.fault({ path: '/employer/company', kind: wait(finchCode) })
    const shown = await place.run('show acme/gusto --refresh')
    expect(shown.code).toBe(0)
    expect(shown.stderr).toContain(says)
  })

  it('a body that is empty is a 202 all the same', async () => {
    const place = await two()
    place.finch.fault({ path: '/employer/individual', kind: { status: 202, body: null } })
    expect((await reconcile(place)).code).toBe(6)
  })
})

describe('errors of single people', () => {
  it.each(PEOPLE)('%s: who and why is told, by ids', async (path) => {
    const place = await two()
    const names = path === '/employer/individual' ? 'individual' : 'employment'
    place.finch.fault({
      path,
      kind: {
        patch: {
          responses: [
            {
              individual_id: '8b3f8edc-735d-4382-84d6-104eac2013b5',
              code: 404,
              body: { code: 404, finch_code: 'individual_not_found', message: 'x', name: 'not_found_error' },
            },
          ],
        },
      },
    })
    const ran = await reconcile(place)
    expect(ran.code).toBe(6)
    // Everybody of this connection was asked about, and nobody of them answered.
    expect(answerOf(ran).unread).toMatchObject([{ product: names, code: 'no_answer' }])
    expect(answerOf(ran).summary).toMatchObject({ records: 40, records_incomplete: 20 })
  })

  const shapes: [what: string, status: number, item: (id: string) => object, code: string][] = [
    [
      'an error of its own',
      200,
      (id) => ({ individual_id: id, code: 500, body: { code: 500, name: 'server_error', message: 'x' } }),
      'server_error',
    ],
    [
      'an error whose item says 200',
      200,
      (id) => ({
        individual_id: id,
        code: 200,
        body: { code: 404, name: 'not_found_error', finch_code: 'individual_not_found', message: 'x' },
      }),
      'individual_not_found',
    ],
    [
      '207',
      207,
      (id) => ({ individual_id: id, code: 404, body: { code: 404, name: 'not_found_error', message: 'x' } }),
      'not_found_error',
    ],
    ['a body that is none', 200, (id) => ({ individual_id: id, code: 200, body: 'nonsense' }), 'unreadable_answer'],
  ]
  it.each(shapes)('%s', async (_what, status, item, code) => {
    const place = await two()
    const ids = await directoryIds(place, 'acme/gusto')
    place.finch.fault({ path: '/employer/individual', kind: { status, body: { responses: ids.map(item) } } })
    const ran = await reconcile(place)
    expect(ran.code).toBe(6)
    const [unread] = answerOf(ran).unread
    expect(unread).toMatchObject({ product: 'individual', code })
    expect(unread?.individual_ids?.toSorted()).toEqual(ids.toSorted())
    expect((await place.run('reconcile --customer acme')).code).toBe(0)
  })
})

describe('--strict stops', () => {
  it.each(PEOPLE)('at a %s that is not there yet', async (path) => {
    const place = await two()
    place.finch.fault({ path, kind: wait('data_sync_in_progress', 'sync_in_progress') })
    const ran = await reconcile(place, '--strict')
    expect(ran.code).toBe(6)
    expect(errorOf(ran)).toMatchObject({ code: 'data_sync_in_progress', retryable: true })
  })

  it('and not at a product that the provider does not have', async () => {
    const place = await two()
    notOffered(place, '/employer/employment')
    expect((await reconcile(place, '--strict')).code).toBe(0)
  })
})

const notOffered = (place: World, path: string) =>
  place.finch.fault({
    path,
    kind: { status: 501, body: { code: 501, name: 'not_implemented_error', message: 'not offered' } },
  })

describe('a product that is missing', () => {
  it.each(PEOPLE)('%s at the provider: it goes on without it, and says so', async (path) => {
    const place = await two()
    notOffered(place, path)
    const ran = await reconcile(place)
    expect(ran.code).toBe(0)
    const product = path.replace('/employer/', '')
    expect(answerOf(ran).summary).toMatchObject({ records: 40, records_incomplete: 0, connections_unread: 0 })
    expect(answerOf(ran).unread).toMatchObject([{ product, individual_ids: null, code: 'not_implemented' }])
    expect(ran.stderr).toContain(`gives no ${product} data`)
    if (product === 'employment') expect(inSeveral(ran)).toBeGreaterThan(0)
  })

  it('because it was not granted', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    await place.run('connect --customer acme --provider justworks --products company,directory,individual', {
      employer: {},
    })
    const ran = await reconcile(place)
    expect(ran.code).toBe(0)
    expect(answerOf(ran).unread).toMatchObject([{ product: 'employment', individual_ids: null, code: 'not_granted' }])
  })
})

it('where nothing can be read, each connection is said, and a login comes first', async () => {
  const place = await two()
  await place.run('sandbox status acme/gusto pending')
  await place.run('sandbox status acme/justworks reauth')
  const ran = await reconcile(place)
  expect(ran.code).toBe(5)
  expect(errorOf(ran)).toMatchObject({ code: 'reauthenticate_user', message: expect.stringContaining('and 1 more') })
  expect(ran.stderr).toContain('(gusto) was skipped')
  expect(ran.stderr).toContain('(justworks) was skipped')
})

it('one entity that needs a login does not take the others with it', async () => {
  const place = await world()
  const { connection_id, entities } = await connected(place, 'acme', 'gusto', { secret: 'multi_entity' })
  const whole = answerOf(await reconcile(place)).summary.records ?? 0
  await fetch(`${place.finch.url}/_emulator/status`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ connection_id, status: 'reauth', entity_id: entities[1]?.entity_id }),
  })
  const ran = await reconcile(place)
  expect(ran.code).toBe(5)
  expect(answerOf(ran).summary.records).toBeLessThan(whole)
  expect(answerOf(ran).summary.records).toBeGreaterThan(0)
  expect(answerOf(ran).unread).toMatchObject([
    { product: 'directory', entity_id: entities[1]?.entity_id, code: 'reauthenticate_user' },
  ])
  expect(ran.stderr).toContain('finchconn reauth')
})

describe('a directory', () => {
  it('that counts more people than it lists is told', async () => {
    const place = await two()
    place.finch.fault({ path: '/employer/directory', times: 2, kind: { patch: { paging: { count: 25, offset: 0 } } } })
    const ran = await reconcile(place)
    expect(ran.code).toBe(6)
    expect(answerOf(ran).unread).toMatchObject([{ product: 'directory', code: 'directory_cut_short' }])
    expect(ran.stderr).toContain('Finch lists 20 people and counts 25')
    expect(answerOf(ran).summary.records).toBe(40)
  })

  it('that gives one page for ever ends', async () => {
    const place = await two()
    const page = { individuals: [{ id: 'somebody', first_name: 'A', last_name: 'B' }], paging: { offset: 0 } }
    place.finch.fault({ path: '/employer/directory', times: 99, kind: { status: 200, body: page } })
    expect(answerOf(await reconcile(place)).summary.records).toBe(2)
  })
})

it('a token that Finch does not take is remembered', async () => {
  const place = await two()
  place.finch.fault({
    path: '/employer/directory',
    kind: { status: 401, body: { code: 401, name: 'invalid_token_error', message: 'x' } },
  })
  expect((await reconcile(place)).code).toBe(5)
  expect((await place.run('list')).stdout).toContain('token refused')
})

it('the limit of a minute is waited for', async () => {
  const place = await two()
  const limit = { code: 429, name: 'rate_limit_exceeded_error', finch_code: 'finch_application_rl', message: 'x' }
  // More often than a single call would try again.
  place.finch.fault({
    path: '/employer/directory',
    times: 7,
    kind: { status: 429, body: limit, headers: { 'Retry-After': '0' } },
  })
  const ran = await reconcile(place)
  expect(ran.code).toBe(0)
  expect(ran.stderr).toContain('20 calls a minute')
})

async function directoryIds(place: World, word: string): Promise<string[]> {
  const token = (await place.run(`token ${word}`)).stdout.trim()
  const answer = await fetch(`${place.finch.url}/employer/directory`, {
    headers: { Authorization: `Bearer ${token}`, 'Finch-API-Version': '2020-09-17' },
  })
  const { individuals } = (await answer.json()) as { individuals: { id: string }[] }
  return individuals.map(({ id }) => id)
}
