/** How we write: American English, and none of the phrases our readers stumbled over. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from './harness.ts'

const FILES = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => /\.(ts|mjs|js|md|yml|txt|html)$/.test(path) && path !== 'test/words.test.ts')
  .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))

function found(forbidden: RegExp, among = FILES): string[] {
  return among.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => (forbidden.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  )
}

describe('American English', () => {
  it('finds the files it is about to judge', () => {
    expect(FILES.length).toBeGreaterThan(200)
  })

  const BRITISH = [
    'colour',
    'honour',
    'behaviour',
    'neighbour',
    'favour',
    'flavour',
    'labour',
    'licence',
    'defence',
    'catalogue',
    'dialogue',
    'grey\\b',
    'centre',
    'judgement',
    'cancelled',
    'cancelling',
    'labell',
    'modell',
    'travell',
    '\\bfulfil\\b',
    '\\blearnt\\b',
    '\\bspelt\\b',
    '\\bburnt\\b',
    '\\btowards\\b',
    '\\bwhilst\\b',
    '\\bamongst\\b',
    '(?:normal|recogn|organ|real|serial|initial|summar|author|minim|maxim|optim|synchron|categor|custom|general|standard|util|final|priorit)is(?:e|ed|es|er|ing|ation)\\b',
    'analys(?:e|ed|ing)\\b',
  ]
  it.each(BRITISH)('is not written %s', (spelling) => {
    expect(found(new RegExp(spelling, 'i'))).toEqual([])
  })
})
