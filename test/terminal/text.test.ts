import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { painter, wantsColor } from '../../src/terminal/color.ts'
import { layTable } from '../../src/terminal/table.ts'
import { bold, red, safe, safeJson, text } from '../../src/terminal/text.ts'

const FORBIDDEN =
  /[\u0000-\u001f\u007f-\u009f\u200b\u200c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\u00ad\u3164\u{e0000}-\u{e0fff}]|\u034f|\p{Cs}/u

describe('the gate', () => {
  const cases: [given: string, shown: string][] = [
    ['Acme, Inc.', 'Acme, Inc.'],
    ['Ünïcode 株式会社', 'Ünïcode 株式会社'],
    ['\u001b[31mred', '\\x1b[31mred'],
    ['\u001b]52;c;cGF5bG9hZA==\u0007', '\\x1b]52;c;cGF5bG9hZA==\\x07'],
    ['\u009b2J', '\\x9b2J'],
    ['two\nlines\tand a tab', 'two\\nlines\\tand a tab'],
    ['cr\roverwrites', 'cr\\x0doverwrites'],
    ['abc\u202edcba', 'abc\\u202edcba'],
    ['zero\u200bwidth', 'zero\\u200bwidth'],
    ['lone \ud800 surrogate', 'lone \\ud800 surrogate'],
    ['soft\u00adhyphen', 'soft\\xadhyphen'],
    ['Acme\u034f\u115f\u1160\u17b4\u180e\u3164\uffa0', 'Acme\\u034f\\u115f\\u1160\\u17b4\\u180e\\u3164\\uffa0'],
    ['old\u206a\u206fmarks', 'old\\u206a\\u206fmarks'],
    ['tag\u{e0041}\u{e007f}', 'tag\\u{e0041}\\u{e007f}'],
    ['selector\ufe0f\u{e0100}', 'selector\\ufe0f\\u{e0100}'],
    ['a blank \u2800 and a note\ufff9', 'a blank \\u2800 and a note\\ufff9'],
    ['a joined\u200dword', 'a joined\\u200dword'],
    ['👩‍👩‍👧‍👦 ❤️ 👩🏽‍🚀 1️⃣', '👩‍👩‍👧‍👦 ❤️ 👩🏽‍🚀 1️⃣'],
    ['👩\u200d', '👩\\u200d'],
  ]
  it.each(cases)('%j is shown as %s', (given, shown) => {
    expect(safe(given)).toBe(shown)
  })

  it('lets nothing through that acts on a terminal, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (given) => {
        const shown = painter(false)(text`name: ${given}`)
        expect(FORBIDDEN.test(shown)).toBe(false)
      }),
      { numRuns: 5_000 },
    )
  })

  it('keeps JSON readable as what it was', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, word) => {
        const written = safeJson({ value, word })
        expect(FORBIDDEN.test(written)).toBe(false)
        const indented = safeJson({ value, word }, 2)
        expect(FORBIDDEN.test(indented.replaceAll('\n', ''))).toBe(false)
        expect(JSON.parse(indented)).toEqual(JSON.parse(written))
        expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify({ value, word })))
      }),
      { numRuns: 2_000 },
    )
  })

  it('cuts a value nobody could read', () => {
    expect(safe('x'.repeat(5_000)).length).toBeLessThan(1_100)
  })

  it('makes table cells safe too', () => {
    const drawn = [...layTable(['A'], [['\u001b[2Jgone']], { paint: painter(false), room: 80 }).draw()].join('')
    expect(drawn).toContain('\\x1b[2Jgone')
  })

  it('adds color of our own only', () => {
    expect(painter(true)(bold(red('\u001b[0m')))).toContain('\\x1b[0m')
    expect(painter(true)(bold('x'))).toBe('\u001b[1mx\u001b[22m')
    expect(painter(false)(bold('x'))).toBe('x')
  })
})

describe('color', () => {
  const cases: [env: Record<string, string>, isTTY: boolean, refused: boolean, color: boolean][] = [
    [{}, true, false, true],
    [{}, false, false, false],
    [{ NO_COLOR: '1' }, true, false, false],
    [{ NO_COLOR: '' }, true, false, true],
    [{ FORCE_COLOR: '1' }, false, false, true],
    [{ FORCE_COLOR: '0' }, true, false, false],
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true, false, false],
    [{ TERM: 'dumb' }, true, false, false],
    [{ FORCE_COLOR: '1' }, true, true, false],
  ]
  it.each(cases)('%j tty %s refused %s → %s', (env, isTTY, refused, color) => {
    expect(wantsColor({ env, isTTY, refused })).toBe(color)
  })
})
