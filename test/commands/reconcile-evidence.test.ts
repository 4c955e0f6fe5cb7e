/** What a person sees of probabilities: they add up, are never certain, and say what they are of. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { percent } from '../../src/commands/reconcile-words.ts'
import { connected, folder, runCli, type World, world } from '../harness.ts'

interface Evidence {
  readonly prior_bits: number
  readonly other_bits: number
  readonly bits: number
  readonly probability: number
  readonly reasons: readonly { bits: number }[]
}

const sum = ({ prior_bits, other_bits, reasons }: Evidence) =>
  Math.round(10 * reasons.reduce((total, { bits }) => total + bits, prior_bits + other_bits)) / 10

const person = (connection: string, id: string, more: object) =>
  JSON.stringify({ connection_id: connection, id, ...more })

/** Forty people, nearly all of them in both connections: who is left over counts too. */
function file(): string {
  const lines = Array.from({ length: 40 }, (_, index) => {
    const one = {
      first_name: `First${String.fromCharCode(97 + (index % 26))}${index}`,
      last_name: `Last${String.fromCharCode(97 + ((index * 7) % 26))}${index}`,
      dob: `19${60 + (index % 30)}-0${1 + (index % 9)}-1${index % 10}`,
      emails: [`someone${index}@example.com`],
    }
    const slip = index === 0 ? { last_name: 'Quite-Different', emails: [] } : {}
    return [person('a', `a${index}`, one), person('b', `b${index}`, { ...one, ...slip })]
  }).flat()
  const path = join(folder(), 'people.jsonl')
  writeFileSync(path, lines.join('\n'))
  return path
}

const env = () => ({ env: { FINCHCONN_HOME: folder() } })

describe('the evidence of a pair', () => {
  it.each(['a0', 'a1', 'b7'])('adds up to its probability: %s', async (id) => {
    const ran = await runCli(['reconcile', '--people', file(), '--explain', id, '--json'], env())
    const { pairs } = ran.json().explanation as unknown as { pairs: Evidence[] }
    expect(pairs.length).toBeGreaterThan(0)
    for (const pair of pairs) {
      expect(sum(pair)).toBe(pair.bits)
      expect(Math.abs(1 / (1 + 2 ** -pair.bits) - pair.probability)).toBeLessThan(0.02)
    }
  })

  it('adds up in the review list, too', async () => {
    const place = await two()
    const { review } = JSON.parse((await place.run('reconcile --customer acme --json')).stdout) as {
      review: Evidence[]
    }
    for (const item of review) expect(sum(item)).toBe(item.bits)
  })

  it('is shown with its rest and its sum, and never as certain', async () => {
    const ran = await runCli(['reconcile', '--people', file(), '--explain', 'a1'], env())
    expect(ran.stdout).toContain('together, in bits')
    expect(ran.stdout).toContain('who else could match')
    expect(ran.stdout).toMatch(/> 99\.99% likely one person {2}merged/)
    const table = await runCli(['reconcile', '--people', file()], env())
    expect(table.stdout + ran.stdout).not.toMatch(/\b100(\.0+)? ?%/)
    expect(table.stdout).toContain('expected false matches')
  })
})

describe('a percentage', () => {
  const cases: [probability: number, places: number, words: string][] = [
    [1, 2, '> 99.99%'],
    [0.99999, 1, '> 99.9%'],
    [0.971, 1, '97.1%'],
    [0.5, 0, '50%'],
    [0.00001, 2, '< 0.01%'],
    [0, 1, '< 0.1%'],
  ]
  it.each(cases)('%d to %d places is %s', (probability, places, words) => {
    expect(percent(probability, places)).toBe(words)
  })
})

async function two(): Promise<World> {
  const place = await world()
  for (const provider of ['gusto', 'justworks']) await connected(place, 'acme', provider)
  return place
}

describe('review', () => {
  const STOP = `${'\u001b[B'.repeat(3)}\r`
  const env = { NO_COLOR: '1' }

  it('over what could not be read is not "nothing to review"', async () => {
    const place = await two()
    await place.run('sandbox status acme/gusto reauth')
    const ran = await place.run('reconcile review --customer acme', { tty: true, env })
    expect(ran.code).toBe(5)
    expect(ran.stderr).not.toContain('✓')
    expect(ran.stderr).toContain('1 of 2 connections could not be read, so this list may be incomplete')
  })

  it('says before anybody decides who could not be read in full, and what its percentage is of', async () => {
    const place = await two()
    place.finch.fault({
      path: '/employer/individual',
      kind: { status: 202, body: { name: 'sync_in_progress', finch_code: 'data_sync_in_progress', message: 'x' } },
    })
    const typed: [string, string][] = [['Are they the same person?', STOP]]
    const ran = await place.run('reconcile review --customer acme', { tty: true, env, typed })
    expect(ran.code).toBe(6)
    expect(ran.stderr).toContain('20 people could not be read in full')
    expect(ran.stdout).toMatch(/1 of \d+ {2}(> )?[\d.]+% likely to be one person; only names to compare/)
    expect(ran.stdout).toContain('date of birth')
    expect(ran.stdout).toContain('together, in bits')
    // Side by side it would have to be cut at 80 columns.
    expect(ran.stdout).not.toContain('…')
  })
})

describe('names', () => {
  it('are in the table on the terms of a review: on a terminal, when asked for', async () => {
    const place = await two()
    const shown = await place.run('reconcile --customer acme --show-pii', { tty: true })
    expect(shown.code).toBe(0)
    expect(shown.stdout).toMatch(/PERSON\s+NAME\s+MATCH/)
    const plain = await place.run('reconcile --customer acme', { tty: true })
    expect(plain.stdout).toMatch(/PERSON\s+MATCH/)
    for (const flags of ['', '--json', '--csv', '--out /tmp/x'])
      expect((await place.run(`reconcile --customer acme --show-pii ${flags}`, { tty: flags !== '' })).code).toBe(2)
  })
})
