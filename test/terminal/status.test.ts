import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { reportToTerminal } from '../../src/commands/tell.ts'
import { openTerminal } from '../../src/terminal/terminal.ts'

/** What a person reads on a line of this many columns while the employer is waited for. */
function waiting(name: string, columns: number): Promise<string> {
  return new Promise((resolve) => {
    const write = (words: string) => resolve(words.replace('\r\u001b[2K', ''))
    const stderr = { isTTY: true, columns, on: () => {}, off: () => {}, write }
    const terminal = openTerminal({ stdout: stderr, stderr, stdin: {}, env: {}, noColor: true, noInput: true })
    reportToTerminal({ terminal, spell: (words) => words }, name)({ kind: 'waiting', leftMs: 277_000 })
  })
}

describe('the waiting line', () => {
  const names = [
    'Acme, Inc.',
    'Westerburg-Hohenstein Industries and Partners International Holdings of North America',
    '株式会社山田製作所ホールディングス東京本社',
    '👩🏽‍🔬 Labs 🧪🧪🧪🧪🧪🧪🧪🧪🧪🧪🧪🧪🧪🧪🧪🧪🧪🧪🧪🧪',
  ]
  const cases = names.flatMap((name) => [40, 60, 80, 120].map((columns) => [name, columns] as const))

  it.each(cases)('of %s fits %d columns, with the time and Ctrl-C in sight', async (name, columns) => {
    const line = await waiting(name, columns)
    // The terminal's own ^C has to find room behind it.
    expect(stringWidth(line) + '^C'.length).toBeLessThan(columns)
    expect(line).toMatch(/^4:37 left\. .*Ctrl-C stops waiting\.$/)
  })

  it('says all of it where there is room, and the less the narrower it is', async () => {
    const lines = await Promise.all([100, 80, 40].map((columns) => waiting('Acme, Inc.', columns)))
    expect(lines).toEqual([
      '4:37 left. Waiting for Acme, Inc. to finish Finch Connect. Ctrl-C stops waiting.',
      '4:37 left. Waiting for Acme, Inc. in Finch Connect. Ctrl-C stops waiting.',
      '4:37 left. Ctrl-C stops waiting.',
    ])
  })
})
