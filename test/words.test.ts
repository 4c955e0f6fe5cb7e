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
    '(?:normal|recogn|organ|real|serial|initial|summar|author|minim|maxim|optim|synchron|categor|custom|general|roman|standard|util|final|priorit)is(?:e|ed|es|er|ing|ation)\\b',
    'analys(?:e|ed|ing)\\b',
  ]
  it.each(BRITISH)('is not written %s', (spelling) => {
    expect(found(new RegExp(spelling, 'i'))).toEqual([])
  })
})

describe('words for people', () => {
  const READ = FILES.filter(({ path }) => /^(src\/|docs\/|\.github\/|README|CHANGELOG)/.test(path)).map(
    ({ path, text }) => ({
      path,
      // Comments are for ourselves; the lines stay, so that their numbers are right.
      text: path.startsWith('src/') ? text.replaceAll(/^\s*(?:\/\*\*|\*|\/\/).*$/gm, '') : text,
    }),
  )

  const STUMBLED_OVER: [phrase: string, instead: string][] = [
    ['may not be asked', 'running without prompts'],
    ['exists already', 'already exists'],
    ['cannot be had', 'is in use'],
    ['not yours to', "you don't have permission to"],
    ['No connection fits', 'No connections match'],
    ['is no status', 'unknown status'],
    ['`no (command|customer|connection|profile) \\$', 'not found'],
    ['a command is missing', 'missing subcommand'],
    ['log in again\\W*(:|,) \\{? *need', 'login required'],
    ["['`]waiting for Finch\\b", 'pending (Finch is setting it up)'],
    ['needs a yes', 'use --force'],
    ["all the same('|`|$)", 'anyway'],
    ['trial secret', 'test secret'],
    ['take up a connection', 'recover a connection'],
    ['what becomes of', 'what happens to'],
    ['nobody to find', 'nothing to match against'],
    ['was left out', 'skipped'],
    ['asks to slow down', 'rate limited'],
    ['nobody came back', 'timed out'],
    ['wrong merges expected', 'expected false matches'],
    ['household only', 'same household?'],
    ['Nothing was decided', 'No decisions'],
    ['stand-in for Finch', 'simulated Finch Connect'],
    ['breaks off', 'loses access'],
    ['Finch does not (take|know|permit)\\b', 'rejected, does not recognize, denied'],
    ['(asked for) but not granted', 'requested but not granted'],
    ['lower-case', 'lowercase'],
    ['scroll-back', 'scrollback'],
  ]
  it.each(STUMBLED_OVER)('not "%s" but "%s"', (phrase) => {
    expect(found(new RegExp(phrase), READ)).toEqual([])
  })
})
