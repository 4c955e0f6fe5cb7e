import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { painter } from '../../src/terminal/color.ts'
import { bold, dim, text } from '../../src/terminal/text.ts'
import { wrapped } from '../../src/terminal/wrap.ts'

const plain = painter(false)
const SENTENCE = 'Some people are in both systems, with a different id in each. Who are they?'

describe('a line for a person', () => {
  it('breaks between words', () => {
    expect(wrapped(text`${SENTENCE}`, plain, 40).split('\n')).toEqual([
      'Some people are in both systems, with a',
      'different id in each. Who are they?',
    ])
  })

  it('goes on below where its text began, behind its label', () => {
    const line = text`  ${dim('products'.padEnd(12))} company, directory, individual, employment`
    expect(wrapped(line, plain, 40).split('\n')).toEqual([
      '  products     company, directory,',
      '               individual, employment',
    ])
  })

  it('goes on below its indent where the label is too long for that', () => {
    const line = text`${' '.repeat(15)}just now    login required (was connected)`
    expect(wrapped(line, plain, 40).split('\n')).toEqual([
      `${' '.repeat(15)}just now    login`,
      `${' '.repeat(15)}required (was connected)`,
    ])
  })

  it('leaves a long address whole', () => {
    const address = `http://localhost:4179/go/${'x'.repeat(40)}`
    expect(wrapped(text`Open ${bold(address)} in a browser on this machine.`, plain, 40)).toContain(address)
  })

  it('is one line where nobody looks', () => {
    expect(wrapped(text`${SENTENCE}`, plain, Number.POSITIVE_INFINITY)).toBe(SENTENCE)
  })

  it('loses no word, whatever the width', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 12, max: 100 }),
        (words, cells) => {
          const lines = wrapped(text`${words.join(' ')}`, plain, cells).split('\n')
          expect(lines.join(' ')).toBe(words.join(' '))
          for (const line of lines) expect(line.length).toBeLessThanOrEqual(cells)
        },
      ),
    )
  })
})
