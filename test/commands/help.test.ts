import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { ERROR_CODES } from '../../src/commands/help.ts'
import { SETTINGS } from '../../src/domain/settings.ts'
import { EXIT_CODES, EXIT_MEANINGS } from '../../src/problem.ts'
import { PROBLEM_CODES } from '../../src/problem-codes.ts'
import { folder, ROOT, runCli } from '../harness.ts'

const env = { FINCHCONN_HOME: folder(), PATH: process.env.PATH }
const help = async (words: readonly string[], columns?: number) => {
  const ran = await runCli(['help', ...words], { env, ...(columns === undefined ? {} : { tty: true, columns }) })
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  return ran.stdout
}
const paper = (path: string) => readFileSync(join(ROOT, path), 'utf8')

/** The commands a help page lists. */
function listed(page: string): string[] {
  const [, list = ''] = /(?:Commands|Connections):\n([\s\S]*?)\n(?:Options|Global options):/.exec(page) ?? []
  return [...list.matchAll(/^ {2}([a-z]+) /gm)].map(([, name = '']) => name)
}

/** Every command there is, as the words after `finchconn`, with its page. */
async function everyPage(): Promise<Map<string, string>> {
  const pages = new Map<string, string>()
  const walk = async (words: readonly string[]): Promise<void> => {
    const page = await help(words)
    pages.set(words.join(' '), page)
    for (const name of listed(page)) await walk([...words, name])
  }
  await walk([])
  return pages
}

const TOPICS = ['environment', 'exit-codes', 'errors', 'connections', 'robot']
const plain = (words: string) => words.replaceAll(/\u001b\[\d+m/g, '')
const isCommandLine = (line: string) => /^(Usage:| {2}(finchconn|curl|\()) ?/.test(line)

describe('help', () => {
  let pages = new Map<string, string>()
  beforeAll(async () => {
    pages = await everyPage()
  })

  it('finds the commands it is about to judge', () => {
    expect([...pages.keys()]).toEqual(expect.arrayContaining(['connect', 'customers create', 'reconcile undo', 'demo']))
    expect(pages.size).toBeGreaterThan(25)
  })

  it('is the same by --help and by `help`', async () => {
    for (const [words, page] of pages) {
      const asked = await runCli([...words.split(' ').filter(Boolean), '--help'], { env })
      expect(asked).toMatchObject({ code: 0, stdout: page })
    }
  })

  it('has examples for every command, with options that exist', () => {
    for (const [words, page] of pages) {
      if (words === '') continue
      const lines = page.split('\n').filter((line) => isCommandLine(line) && !line.startsWith('Usage'))
      expect(lines, words).not.toEqual([])
      for (const line of lines) {
        const [, typed = ''] = /finchconn ([^|>)<]*)/.exec(line) ?? []
        const named = [...pages.keys()].filter(
          (one) => one !== '' && typed.replace(/^--profile \w+ /, '').startsWith(one),
        )
        const own = pages.get(named.sort((a, b) => b.length - a.length)[0] ?? '') ?? ''
        for (const [option] of typed.matchAll(/--[a-z-]+/g))
          expect(`${own}${pages.get('')}`, `${line}: ${option}`).toContain(option)
      }
    }
  })

  it.each([80, 60, 40])('fits %d columns, command lines apart', async (columns) => {
    for (const words of [
      ...[...pages.keys()].map((one) => one.split(' ').filter(Boolean)),
      ...TOPICS.map((one) => [one]),
    ]) {
      const lines = plain(await help(words, columns)).split('\n')
      const tooWide = lines.filter((line) => line.length > columns && !(isCommandLine(line) && columns < 80))
      expect(tooWide, words.join(' ')).toEqual([])
    }
  })

  it('has a first page of one screen', () => {
    expect(pages.get('')?.trimEnd().split('\n').length).toBeLessThanOrEqual(40)
  })

  it('shows the options a command takes from the one above it', () => {
    for (const words of ['reconcile review', 'reconcile decisions', 'reconcile undo'])
      expect(pages.get(words)).toContain('--customer <id>')
    expect(pages.get('reconcile decisions')).not.toContain('--csv')
  })

  it('lists global options once', () => {
    for (const [words, page] of pages) expect(page.includes('--no-color '), words).toBe(words === '')
  })

  it('names every command in the README', () => {
    const readme = paper('README.md')
    const table = readme.slice(readme.indexOf('## Commands'), readme.indexOf('## Where tokens are'))
    for (const name of listed(pages.get('') ?? '')) expect(table).toMatch(new RegExp(`\`${name}\\b`))
  })
})

describe('a group named alone', () => {
  it.each(['customers', 'vault', 'sandbox'])('%s lists its commands', async (group) => {
    const ran = await runCli([group], { env })
    expect(ran).toMatchObject({ code: 0, stderr: '', stdout: await help([group]) })
    expect(ran.stdout).toContain('Commands:')
  })
})

describe('the version', () => {
  it.each(['version', '-v', '-V', '--version'])('%s', async (word) => {
    expect(await runCli([word], { env })).toMatchObject({ code: 0, stdout: '0.0.0-test\n' })
  })
})

describe('topics', () => {
  it('exit codes are those of the code, and docs/exit-codes.md has the same table', async () => {
    const page = await help(['exit-codes'])
    for (const code of Object.values(EXIT_CODES)) expect(EXIT_MEANINGS).toHaveProperty(String(code))
    for (const [code, meaning] of Object.entries(EXIT_MEANINGS)) {
      expect(page).toMatch(new RegExp(`^ {2}${code} +${meaning.replaceAll(/[().]/g, '\\$&')}$`, 'm'))
      expect(paper('docs/exit-codes.md')).toContain(`| ${code} | ${meaning} |`)
    }
  })

  it('errors are those of the code, and docs/errors.md has the same table', async () => {
    const page = (await help(['errors'])).replaceAll(/\s+/g, ' ')
    const table = paper('docs/errors.md').match(/^\| `.*$/gm)
    for (const [code, meaning] of ERROR_CODES) expect(page).toContain(`${code} ${meaning}`)
    expect(table).toEqual(ERROR_CODES.map(([code, meaning]) => `| \`${code}\` | ${meaning.replace(': ', ' | ')} |`))
    const all = Object.values(PROBLEM_CODES).flatMap((codes) => Object.keys(codes))
    expect(ERROR_CODES.map(([code]) => code)).toEqual([...all, 'bug'])
  })

  it('settings are those of docs/settings.md', () => {
    const cells = (words: readonly string[]) => (words.length === 0 ? '–' : words.join(', '))
    const unmarked = paper('docs/settings.md').replaceAll('`', '')
    for (const { what, flags, variables, byDefault } of SETTINGS)
      expect(unmarked).toContain(`| ${what} | ${cells(flags)} | ${cells(variables)} | ${byDefault} |`)
  })

  it('no variable is read that is not told', () => {
    const told = SETTINGS.flatMap(({ variables }) => variables)
    // Refused or taken away, so that nothing goes by them.
    const refused = [
      'FINCHCONN_DATABASE_URL',
      'FINCH_BASE_URL',
      'FINCH_CUSTOM_HEADERS',
      'FINCH_LOG',
      'FINCH_WEBHOOK_SECRET',
    ]
    const read = sources(join(ROOT, 'src')).flatMap((path) => [
      ...readFileSync(path, 'utf8').matchAll(/(?:env\.|['"])((?:FINCHCONN|FINCH)_[A-Z_]*[A-Z])\b/g),
    ])
    const untold = read.map(([, name = '']) => name).filter((name) => ![...told, ...refused].includes(name))
    expect([...new Set(untold)]).toEqual([])
  })

  it('an unknown one is an error, with the near one named', async () => {
    const ran = await runCli(['help', 'exitcodes'], { env })
    expect(ran.code).toBe(2)
    expect(ran.stderr).toContain('hint: did you mean exit-codes?')
  })
})

describe('what was mistyped is told in one style', () => {
  const cases: [args: string[], message: string, hint: string][] = [
    [['lst'], 'unknown command "lst"', 'did you mean list?'],
    [['customers', 'creat'], 'unknown command "customers creat"', 'did you mean create?'],
    [['list', '--statu', 'x'], 'unknown option --statu', 'did you mean --status?'],
    [['--nonsense'], 'unknown option --nonsense', 'finchconn --help lists the options'],
    [['list', '--nonsense=1'], 'unknown option --nonsense', 'finchconn list --help lists the options'],
    [['connect', '--sandbox', 'finchh'], 'unknown value "finchh" for --sandbox', 'did you mean finch?'],
    [['connect', '--sandbox', 'mine'], 'unknown value "mine" for --sandbox', 'use one of: finch, provider'],
    [['connect', '--customer'], '--customer needs a value', 'finchconn connect --help'],
    [['token'], '<connection> is missing', 'finchconn token --help'],
    [['--profile', 'emulator', 'lst'], 'unknown command "lst"', 'did you mean list?'],
  ]
  it.each(cases)('%j', async (args, message, hint) => {
    const ran = await runCli(args, { env })
    expect(ran).toMatchObject({ code: 2, stdout: '', stderr: `finchconn: ${message}\nhint: ${hint}\n` })
  })
})

function sources(path: string): string[] {
  return readdirSync(path)
    .map((name) => join(path, name))
    .flatMap((one) => (statSync(one).isDirectory() ? sources(one) : [one]))
}
