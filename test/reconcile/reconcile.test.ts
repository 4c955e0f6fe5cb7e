/**
 * The promises of the whole: the same answer whatever the order, nothing private in it, decisions honored, odd
 * customers answered.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { rolldown } from 'rolldown'
import { describe, expect, it } from 'vitest'
import { matchPeople, reconcile } from '../../src/reconcile/reconcile.ts'
import type { Person, Reconciliation } from '../../src/reconcile/types.ts'
import { asked, crowd, home, merged, person, told } from './people.ts'

const withoutSeconds = (result: Reconciliation) =>
  JSON.stringify({ ...result, summary: { ...result.summary, seconds: 0 } })
const imogen = { firstName: 'Imogen', lastName: 'Thistlewood', dob: '1984-02-29' }

describe('the answer depends on the people alone', () => {
  it('shuffled input gives the same bytes', async () => {
    const people = crowd(120, 5)
    const expected = withoutSeconds(await reconcile(people))
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(people, { minLength: people.length }), async (shuffled) => {
        expect(withoutSeconds(await reconcile(shuffled))).toBe(expected)
      }),
      { numRuns: 12 },
    )
  })

  it('also where blocks and learning are at work, and with repeats', async () => {
    const people = crowd(1500, 6)
    expect(people.length).toBeGreaterThan(1500)
    const turned = [...people].reverse()
    expect(withoutSeconds(await reconcile(turned))).toBe(withoutSeconds(await reconcile(people)))
    expect(withoutSeconds(await reconcile(turned, { allowRepeats: true }))).toBe(
      withoutSeconds(await reconcile(people, { allowRepeats: true })),
    )
  })

  it('worker threads change nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'finchconn-worker-'))
    try {
      const bundle = await rolldown({
        input: 'src/reconcile/comparison/worker.ts',
        platform: 'node',
        logLevel: 'silent',
      })
      await bundle.write({ dir: folder, format: 'esm', entryFileNames: '[name].mjs' })
      const people = crowd(900, 7)
      const alone = await reconcile(people)
      const helped = await reconcile(people, { threads: 2, workerUrl: pathToFileURL(join(folder, 'worker.mjs')) })
      expect(withoutSeconds(helped)).toBe(withoutSeconds(alone))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('a worker that cannot start is an error, not a wait', async () => {
    const options = { threads: 1, workerUrl: new URL('file:///nowhere/worker.mjs') }
    await expect(reconcile(crowd(900, 7), options)).rejects.toThrow()
  })
})

it('nothing of a person but ids is in the answer', async () => {
  const people = crowd(100, 8)
  const match = await matchPeople(people)
  const text = JSON.stringify(match.reconciliation) + JSON.stringify(match.explain(people[0]?.individualId ?? ''))
  for (const { ssn, dob, emails, lastName } of people) {
    for (const secret of [ssn, ssn?.replaceAll('-', ''), dob, lastName, ...emails]) {
      if (secret !== null && secret !== undefined && secret.length > 5) expect(text).not.toContain(secret)
    }
  }
})

it('every record is listed once, and the summary counts what is listed', async () => {
  const people = crowd(300, 9)
  const { people: listed, review, summary } = await reconcile(people)
  const ids = listed.flatMap(({ members }) =>
    members.map((member) => `${member.connection_id} ${member.individual_id}`),
  )
  expect(ids.toSorted()).toEqual(people.map((one) => `${one.connectionId} ${one.individualId}`).toSorted())
  expect(summary).toMatchObject({ records: people.length, people: listed.length, to_review: review.length })
  expect(summary.in_several).toBe(
    listed.filter(({ band, members }) => band === 'same' && new Set(members.map((m) => m.connection_id)).size > 1)
      .length,
  )
  expect(summary.in_several).toBeGreaterThan(50)
  for (const { band, members } of listed) expect(members.length === 1).toBe(band === 'single')
})

describe('bands', () => {
  it('same is 99 % or more, review is even odds or more', async () => {
    const { people, review } = await reconcile(crowd(600, 10))
    for (const { band, probability } of people) {
      if (band === 'same') expect(probability).toBeGreaterThanOrEqual(0.97)
      if (band === 'review') expect(probability).toBeGreaterThanOrEqual(0.5)
    }
    for (const { probability, reasons } of review) {
      expect(probability).toBeGreaterThanOrEqual(0.5)
      expect(reasons.length).toBeGreaterThan(0)
    }
  })

  it('the id of a person follows from its members alone', async () => {
    const pair = [person('a1', { ...imogen, ssn: '421-55-9087' }), person('b1', { ...imogen, ssn: '421-55-9087' })]
    const alone = (await reconcile(pair)).people[0]
    const among = (await reconcile([...crowd(50), ...pair])).people.find(({ members }) =>
      members.some((m) => m.individual_id === 'b1'),
    )
    expect(alone?.members).toHaveLength(2)
    expect(among?.person_id).toBe(alone?.person_id)
  })

  it('a sure pair keeps its part when someone doubtful is probably the same', async () => {
    const { people } = await reconcile([
      person('a1', { ...imogen, ssn: '421-55-9087' }),
      person('b1', { ...imogen, ssn: '421-55-9087' }),
      person('c1', { firstName: 'Imogen', lastName: 'Thistlewood' }),
    ])
    const found = people.find(({ members }) => members.length === 3)
    expect(found?.band).toBe('review')
    expect(found?.members.map(({ part }) => part)).toEqual([1, 1, 2])
  })
})

describe('decisions', () => {
  const a = { connectionId: 'a', individualId: 'a1' }
  const b = { connectionId: 'b', individualId: 'b1' }
  const doubtful = [
    person('a1', { firstName: 'Imogen', lastName: 'Thistlewood' }),
    person('b1', { firstName: 'Imogen', lastName: 'Thistlewood' }),
  ]

  it('said to be the same: merged', async () => {
    const result = await reconcile(doubtful, { decisions: [{ a, b, verdict: 'same' }] })
    expect(told(result, 'a1', 'b1')).toEqual(['a1+b1 same'])
    expect(result.review).toEqual([])
  })

  it('said to be the same though nothing is alike: merged', async () => {
    const people = [person('a1', { firstName: 'Ann' }), person('b1', { firstName: 'Peter' })]
    expect(told(await reconcile(people, { decisions: [{ a: b, b: a, verdict: 'same' }] }), 'a1', 'b1')).toEqual([
      'a1+b1 same',
    ])
  })

  it('said to be different: apart, and not asked again', async () => {
    const people = [
      person('a1', { ...imogen, residence: home('12 Elm St') }),
      person('b1', { ...imogen, residence: home('12 Elm St') }),
    ]
    expect(told(await reconcile(people), 'a1', 'b1')).toEqual(['a1+b1 same'])
    const result = await reconcile(people, { decisions: [{ a, b, verdict: 'different' }] })
    expect(told(result, 'a1', 'b1')).toEqual(['a1 single', 'b1 single'])
    expect(result.review).toEqual([])
  })

  it('the same, but two numbers have come: asked again, unless that was seen', async () => {
    const people = [person('a1', { ...imogen, ssn: '421-55-9087' }), person('b1', { ...imogen, ssn: '318-44-2071' })]
    const result = await reconcile(people, { decisions: [{ a, b, verdict: 'same' }] })
    expect(merged(result)).toEqual([])
    expect(asked(result, 'a1', 'b1')).toContain('a1?b1 decision_contradicted')
    const seen = await reconcile(people, { decisions: [{ a, b, verdict: 'same', contradictionSeen: true }] })
    expect(told(seen, 'a1', 'b1')).toEqual(['a1+b1 same'])
  })

  it('different, but one number has come: apart, and asked again', async () => {
    const people = [person('a1', { ...imogen, ssn: '421-55-9087' }), person('b1', { ...imogen, ssn: '421-55-9087' })]
    const result = await reconcile(people, { decisions: [{ a, b, verdict: 'different' }] })
    expect(told(result, 'a1', 'b1')).toEqual(['a1 single', 'b1 single'])
    expect(asked(result, 'a1', 'b1')).toEqual(['a1?b1 decision_contradicted'])
  })

  it('about someone who is gone: left aside', async () => {
    const result = await reconcile(doubtful, {
      decisions: [{ a, b: { connectionId: 'z', individualId: 'z9' }, verdict: 'same' }],
    })
    expect(result.people.length).toBeGreaterThan(0)
  })
})

describe('odd customers', () => {
  it('nobody', async () => {
    expect(await reconcile([])).toMatchObject({
      people: [],
      review: [],
      summary: { records: 0, people: 0, in_several: 0 },
    })
  })

  it('one connection only: everyone alone', async () => {
    const people = crowd(200).filter(({ connectionId }) => connectionId === 'a')
    expect((await reconcile(people)).summary.in_several).toBe(0)
  })

  it('people with all fields null', async () => {
    const people = Array.from({ length: 40 }, (_, k) => person(`${k % 2 === 0 ? 'a' : 'b'}${k}`))
    const result = await reconcile(people)
    expect(result.people.every(({ band }) => band === 'single')).toBe(true)
    expect(result.review).toEqual([])
  })

  it('a directory alone gives a review list and merges no one', async () => {
    const bare = crowd(300).map(
      (one): Person => ({
        ...person(one.individualId),
        connectionId: one.connectionId,
        firstName: one.firstName,
        lastName: one.lastName,
      }),
    )
    const result = await reconcile(bare)
    expect(merged(result)).toEqual([])
    expect(result.review.length).toBeGreaterThan(50)
  })

  it('thirty thousand people of one name are done in seconds', async () => {
    const people = Array.from({ length: 30_000 }, (_, k) =>
      person(`${k % 3 === 0 ? 'a' : 'b'}${k}`, { firstName: 'John', lastName: 'Smith' }),
    )
    const result = await reconcile(people)
    expect(result.summary.in_several).toBe(0)
    expect(result.summary.seconds).toBeLessThan(20)
  })

  it('a hundred records of one person in one connection are one person', async () => {
    const people = Array.from({ length: 100 }, (_, k) => person(`a${k}`, { ...imogen, ssn: '421-55-9087' }))
    const result = await reconcile(people, { allowRepeats: true })
    expect(result.people).toHaveLength(1)
  })

  it('day and month first are settled per connection', async () => {
    const late = (k: number) => ({ firstName: 'Filler', lastName: `Number${k}` })
    const people = [
      person('a1', { ...imogen, dob: '1984-03-07', residence: home('12 Elm St') }),
      person('b1', { ...imogen, dob: '07/03/1984', residence: home('12 Elm St') }),
      ...[13, 17, 25].map((day, k) => person(`b${k + 2}`, { ...late(k), dob: `${day}/03/1984` })),
    ]
    const match = await matchPeople(people)
    const reason = match.explain('a1')?.pairs[0]?.reasons.find(({ field }) => field === 'dob')
    expect(reason?.level).toBe('equal')
  })

  it('two entities of one connection list the same individual: one record', async () => {
    const result = await reconcile([
      person('a1', { ...imogen, entityId: 'x' }),
      person('a1', { ...imogen, entityId: 'y' }),
    ])
    expect(result.summary.records).toBe(1)
  })
})

it('stops at once when told to', async () => {
  const stop = new AbortController()
  const people = crowd(2500, 12)
  const running = reconcile(people, {
    signal: stop.signal,
    progress: (stage) => stage === 'comparing' && stop.abort(new Error('enough')),
  })
  await expect(running).rejects.toThrow('enough')
})

it('explains one individual: bits per field, best first', async () => {
  const people = [
    person('a1', { ...imogen, ssn: '421-55-9087' }),
    person('b1', { ...imogen, ssn: '421-55-9087' }),
    ...crowd(60),
  ]
  const match = await matchPeople(people)
  const explained = match.explain('a1')
  expect(explained?.pairs[0]).toMatchObject({ other: { connection_id: 'b', individual_id: 'b1' }, merged: true })
  const reasons = explained?.pairs[0]?.reasons ?? []
  expect(reasons.map(({ field }) => field).toSorted()).toEqual(['dob', 'first_name', 'last_name', 'ssn'])
  expect(reasons.map(({ bits }) => bits)).toEqual(reasons.map(({ bits }) => bits).toSorted((x, y) => y - x))
  expect(reasons[0]?.bits).toBeGreaterThan(8)
  expect(match.explain('nobody')).toBeNull()
})
