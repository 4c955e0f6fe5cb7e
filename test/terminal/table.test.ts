import fc from 'fast-check'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { CONNECTION_HEAD } from '../../src/commands/present.ts'
import { painter } from '../../src/terminal/color.ts'
import { cutToWidth } from '../../src/terminal/cut.ts'
import { type Head, layTable } from '../../src/terminal/table.ts'
import { bold, type Words } from '../../src/terminal/text.ts'

const UUID = '3f0d9c2a-5b7e-4c1d-9a8f-0123456789ab'
const LONG = 'Westerburg-Hohenstein Industries and Partners International Holdings of North America, Incorporated'
const row = (customer: string, employer: string, connection = '7f3a91c2'): Words[] => [
  customer,
  bold(connection),
  employer,
  'gusto',
  'login required',
  '17 min ago',
  '23 min ago',
]

function draw(rows: readonly Words[][], room: number, head: Head = CONNECTION_HEAD): string[] {
  return [...layTable(head, rows, { paint: painter(false), room }).draw(cutToWidth)].join('').trimEnd().split('\n')
}

describe('a table on a terminal', () => {
  const rows = [row('acme', 'Acme West, Inc.'), row(UUID, LONG), row('globex', '株式会社山田製作所ホールディングス')]

  it.each([80, 60, 40])('is no wider than %d cells, whatever is in it', (room) => {
    for (const line of draw(rows, room)) expect(stringWidth(line)).toBeLessThanOrEqual(room)
  })

  it('leaves the times out before it cuts anything', () => {
    const lines = draw([row('acme', 'Acme West, Inc.')], 66)
    expect(lines[0]).toBe('CUSTOMER  CONNECTION  EMPLOYER         PROVIDER  STATUS')
    expect(lines[1]).toBe('acme      7f3a91c2    Acme West, Inc.  gusto     login required')
    expect(draw([row('acme', 'Acme West, Inc.')], 80)[0]).toMatch(/LAST SYNC$/)
  })

  it('cuts the widest columns, with a sign that they are cut', () => {
    const lines = draw(rows, 80)
    expect(lines[2]).toMatch(/^3f0d9c2a-\S*…\s+7f3a91c2 {4}Westerburg-.*… {2}gusto {5}login required$/)
    expect(lines[1]).toContain('Acme West, Inc.')
  })

  it.each([80, 40, 20])('never cuts the connection id, at %d cells', (room) => {
    const id = 'id_of_another_shape_0123456789'
    for (const line of draw([row(UUID, LONG, id)], room).slice(1)) expect(line).toContain(id)
  })

  it('is whole where nobody looks', () => {
    const [, , line] = draw(rows, Number.POSITIVE_INFINITY)
    expect(line).toContain(UUID)
    expect(line).toContain(LONG)
    expect(line).toMatch(/23 min ago$/)
  })

  it('halves no character and no color', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', '株', '한', '👩🏽', '𠀋', 'é', ' '), maxLength: 40 }), {
          minLength: 1,
          maxLength: 5,
        }),
        fc.integer({ min: 12, max: 60 }),
        (names, room) => {
          const cells = names.map((name) => [bold(name), name])
          const head: Head = ['A', 'B']
          const drawn = [...layTable(head, cells, { paint: painter(true), room }).draw(cutToWidth)].join('')
          expect(drawn).not.toMatch(/\p{Cs}/u)
          for (const line of drawn.split('\n')) {
            expect(stringWidth(line)).toBeLessThanOrEqual(Math.max(room, 14))
            expect(line.split('\u001b[1m').length).toBe(line.split('\u001b[22m').length)
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('a long table', () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => row(`customer-${index}`, `Acme ${index}`))
  /** Processor time: what else the machine does is not counted. */
  const time = (rows: readonly Words[][], times: number) => {
    const begun = process.cpuUsage()
    for (let drawn = 0; drawn < times; drawn += 1) {
      const table = layTable(CONNECTION_HEAD, rows, { paint: painter(false), room: 80 })
      for (const part of table.draw(cutToWidth)) part.length
    }
    const { user, system } = process.cpuUsage(begun)
    return user + system
  }

  it('takes at most 12 times the time for 10 times the rows', () => {
    const [small, large] = [many(1_000), many(10_000)]
    // As much work on either side, so that both meet the same garbage collections.
    const ratios = Array.from({ length: 4 }, () => time(large, 1) / (time(small, 10) / 10))
    expect(Math.min(...ratios)).toBeLessThan(12)
  })

  it('aligns all its rows, also those far apart', () => {
    const lines = draw([...many(40), row('the-longest-customer-of-them-all', 'X')], 200)
    const at = lines.map((line) => line.search(/CONNECTION|7f3a91c2/))
    expect(new Set(at).size).toBe(1)
  })
})
