import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { connected, errorOf, everyByte, folder, runCli, type World, world } from '../harness.ts'

interface Answer {
  readonly people: readonly {
    person_id: string
    band: string
    probability: number
    members: { connection_id: string; individual_id: string }[]
  }[]
  readonly review: readonly unknown[]
  readonly summary: Record<string, number>
}

async function acme(): Promise<World> {
  const place = await world()
  await place.runWords(['customers', 'create', 'acme', '--name', 'Acme, Inc.'])
  for (const provider of ['gusto', 'justworks', 'rippling']) await connected(place, 'acme', provider)
  return place
}

const answerOf = (stdout: string) => JSON.parse(stdout) as Answer

describe('reconcile --customer', () => {
  it('finds people who recur in several connections, and prints no more of them than Finch ids', async () => {
    const place = await acme()
    const ran = await place.run('reconcile --customer acme --json')
    expect(ran.code).toBe(0)
    const { people, summary } = answerOf(ran.stdout)
    expect(summary).toMatchObject({ records: 60 })
    // Six are meant. Ids differ each time and the clerks' slips with them: one or two may go to review.
    expect(summary.in_several).toBeGreaterThanOrEqual(3)
    for (const person of people) {
      expect(Object.keys(person)).toEqual(['person_id', 'band', 'probability', 'members'])
      // The same human is at most once in each connection.
      expect(new Set(person.members.map((member) => member.connection_id)).size).toBe(person.members.length)
    }
    // A name that is surely there, and must be neither printed nor stored.
    const token = (await place.run('token acme/gusto')).stdout.trim()
    const directory = await fetch(`${place.finch.url}/employer/directory`, {
      headers: { Authorization: `Bearer ${token}`, 'Finch-API-Version': '2020-09-17' },
    })
    const { individuals } = (await directory.json()) as { individuals: { last_name: string }[] }
    const names = [...new Set(individuals.map((one) => one.last_name))].filter((name) => name?.length > 5)
    expect(names.length).toBeGreaterThan(2)
    const written = everyByte(place.home)
    for (const name of names) {
      expect(ran.stdout + ran.stderr).not.toContain(name)
      expect(written.includes(name)).toBe(false)
    }
  })

  it('leaves out a connection whose employer must log in again, names it, and ends with 5', async () => {
    const place = await acme()
    await place.run('sandbox status acme/rippling reauth')
    const ran = await place.run('reconcile --customer acme --json')
    expect(ran.code).toBe(5)
    expect(answerOf(ran.stdout).summary.records).toBe(40)
    expect(ran.stderr).toContain('rippling')
    expect((await place.run('reconcile --customer acme --strict --json')).code).toBe(5)
    expect(errorOf(await place.run('reconcile --customer acme --strict --json')).code).toBe('reauthenticate_user')
  })

  it('leaves out a connection that cannot be reached, and ends with 6', async () => {
    const place = await acme()
    place.finch.fault({ path: '/employer/directory', times: 3, kind: { status: 500, body: {} } })
    const ran = await place.run('reconcile --customer acme --json')
    expect(ran.code).toBe(6)
    expect(answerOf(ran.stdout).summary.records).toBe(40)
  })

  it('answers for one connection, and says that there is nobody to find', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const ran = await place.run('reconcile --customer acme --json')
    expect(ran.code).toBe(0)
    expect(ran.stderr).toContain('Only one connection')
    expect(answerOf(ran.stdout).people.every((person) => person.band === 'single')).toBe(true)
  })

  it('listens for Ctrl-C without piling up listeners, however many calls it makes', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto', { secret: 'multi_entity' })
    await connected(place, 'acme', 'justworks')
    const warnings: string[] = []
    const hear = (warning: Error) => warnings.push(warning.name)
    process.on('warning', hear)
    await place.run('reconcile --customer acme --json', { signal: new AbortController().signal })
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', hear)
    expect(warnings).toEqual([])
  })

  it('reads every entity of a connection', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto', { secret: 'multi_entity' })
    expect(answerOf((await place.run('reconcile --customer acme --json')).stdout).summary.records).toBe(60)
  })

  it('with names alone merges nothing', async () => {
    const place = await world()
    await place.run('customers create acme')
    for (const provider of ['gusto', 'justworks']) {
      await place.run(`connect --customer acme --provider ${provider} --products company,directory`, { employer: {} })
    }
    const ran = await place.run('reconcile --customer acme --json')
    expect(ran.code).toBe(0)
    expect(ran.stderr).toContain('by name only')
    expect(answerOf(ran.stdout).people.filter((person) => person.band === 'same')).toEqual([])
  })

  it('knows no customer without connections', async () => {
    const place = await world()
    await place.run('customers create empty')
    expect((await place.run('reconcile --customer empty --json')).code).toBe(3)
    expect((await place.run('reconcile --customer nobody --json')).code).toBe(3)
  })

  it('explains one individual, and shows who it is only to a person who asks', async () => {
    const place = await acme()
    const { people } = answerOf((await place.run('reconcile --customer acme --json')).stdout)
    const id = people.find((person) => person.members.length > 1)?.members[0]?.individual_id ?? ''
    const shown = await place.run(`reconcile --customer acme --explain ${id}`)
    expect(shown.stdout).toContain('█')
    expect(shown.stdout).not.toContain('born')
    expect((await place.run(`reconcile --customer acme --explain ${id} --show-pii`)).code).toBe(2)
    expect((await place.run(`reconcile --customer acme --explain ${id} --show-pii`, { tty: true })).stdout).toContain(
      'born',
    )
    expect((await place.run('reconcile --customer acme --explain nobody --json')).code).toBe(3)
  })

  it('honors decisions, lists them, and takes them back', async () => {
    const place = await acme()
    const first = answerOf((await place.run('reconcile --customer acme --json')).stdout)
    const pair = first.people.find((person) => person.band === 'same')?.members.slice(0, 2) ?? []
    const { openStore } = await import('../../src/store/store.ts')
    const store = await openStore(join(place.home, 'default'), () => new Date())
    const [a, b] = pair.map((member) => ({ connectionId: member.connection_id, individualId: member.individual_id }))
    if (a === undefined || b === undefined) throw new Error('nobody is in two connections')
    await store.decisions.save('acme', { a, b, verdict: 'different', contradictionSeen: true })
    await store.close()
    const together = (answer: Answer) =>
      answer.people.some(
        (person) =>
          person.band === 'same' &&
          [a, b].every((one) => person.members.some((member) => member.individual_id === one.individualId)),
      )
    expect(together(first)).toBe(true)
    expect(together(answerOf((await place.run('reconcile --customer acme --json')).stdout))).toBe(false)
    const listed = (await place.run('reconcile decisions --customer acme --json')).json().decisions as unknown as {
      decision_id: number
    }[]
    expect(listed).toMatchObject([{ verdict: 'different' }])
    expect((await place.run(`reconcile undo ${listed[0]?.decision_id} --customer acme --json`)).code).toBe(0)
    expect(together(answerOf((await place.run('reconcile --customer acme --json')).stdout))).toBe(true)
    expect((await place.run('reconcile undo 99 --customer acme --json')).code).toBe(3)
  })

  it('says which decisions are about nobody any more', async () => {
    const place = await acme()
    const { openStore } = await import('../../src/store/store.ts')
    const store = await openStore(join(place.home, 'default'), () => new Date())
    const [a, b] = ['1', '2'].map((id) => ({ connectionId: `connection-${id}`, individualId: `person-${id}` }))
    if (a === undefined || b === undefined) throw new Error('two were made')
    await store.decisions.save('acme', { a, b, verdict: 'same', contradictionSeen: false })
    await store.close()
    const ran = await place.run('reconcile --customer acme --json')
    expect(ran.code).toBe(0)
    expect(ran.stderr).toContain('1 decision is about people Finch no longer lists')
    expect(answerOf(ran.stdout).summary.decisions_unused).toBe(1)
  })

  it('a review needs someone to answer (running without prompts)', async () => {
    const place = await acme()
    expect((await place.run('reconcile review --customer acme --json')).code).toBe(10)
  })
})

describe('reconcile --people', () => {
  const line = (connection: string, id: string, more: object = {}) =>
    JSON.stringify({
      connection_id: connection,
      id,
      first_name: 'Ada',
      last_name: 'Byron',
      dob: '1985-12-10',
      ssn: '219-09-9999',
      ...more,
    })
  const env = () => ({ env: { FINCHCONN_HOME: folder() } })

  async function file(...lines: string[]): Promise<string> {
    const path = join(folder(), 'people.jsonl')
    writeFileSync(path, lines.join('\n'))
    return path
  }

  it('needs no customer, no store and no credentials', async () => {
    const path = await file(
      line('a', '1'),
      line('b', '2'),
      line('b', '3', { first_name: 'Max', last_name: 'Power', dob: '1970-05-05', ssn: null }),
    )
    const ran = await runCli(['reconcile', '--people', path, '--json'], env())
    expect(ran.code).toBe(0)
    const answer = answerOf(ran.stdout)
    expect(Object.keys(JSON.parse(ran.stdout))).toEqual(['schema_version', 'people', 'review', 'unread', 'summary'])
    expect(
      answer.people.find((person) => person.members.length === 2)?.members.map((one) => one.individual_id),
    ).toEqual(['1', '2'])
    expect(ran.stdout).not.toContain('Byron')
  })

  it('reads stdin, and gives the same answer for the lines in another order', async () => {
    const lines = [
      line('a', '1'),
      line('b', '2'),
      line('c', '3', { first_name: 'Grace', last_name: 'Hopper', ssn: null }),
    ]
    const answer = async (input: string[]) => {
      const ran = await runCli(['reconcile', '--people', '-', '--json'], { ...env(), stdin: input.join('\n') })
      return ran.stdout.replace(/"seconds":[\d.]+/, '')
    }
    expect(await answer(lines)).toBe(await answer([...lines].reverse()))
  })

  it('names a broken line and its field, or skips it and says how many', async () => {
    const path = await file(line('a', '1'), '{"connection_id": 5}', line('b', '2'))
    const ran = await runCli(['reconcile', '--people', path, '--json'], env())
    expect(ran.code).toBe(2)
    expect(errorOf(ran).message).toContain('line 2')
    const skipped = await runCli(['reconcile', '--people', path, '--skip-bad', '--json'], env())
    expect(skipped.code).toBe(0)
    expect(skipped.stderr).toContain('1 ')
    expect(answerOf(skipped.stdout).summary.records).toBe(2)
  })

  it('answers an empty file', async () => {
    const ran = await runCli(['reconcile', '--people', await file(''), '--json'], env())
    expect(ran.code).toBe(0)
    expect(answerOf(ran.stdout).people).toEqual([])
  })

  it('writes CSV and files', async () => {
    const path = await file(line('a', '1'), line('b', '2'))
    const csv = await runCli(['reconcile', '--people', path, '--csv'], env())
    expect(csv.stdout.split('\n')[0]).toBe('person_id,band,probability,connection_id,individual_id')
    const out = join(folder(), 'answer.json')
    expect((await runCli(['reconcile', '--people', path, '--json', '--out', out], env())).code).toBe(0)
    expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({ schema_version: 1, summary: { records: 2 } })
  })

  const wrong: [args: string[], code: number][] = [
    [['reconcile', '--json'], 2],
    [['reconcile', '--people', 'x', '--customer', 'y', '--json'], 2],
    [['reconcile', '--people', '/nonexistent/people.jsonl', '--json'], 2],
  ]
  it.each(wrong)('%j ends with %i', async (args, code) => {
    expect((await runCli(args, env())).code).toBe(code)
  })
})
