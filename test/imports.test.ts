import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from './harness.ts'

/** From the roof down; a file imports from its own room or from a lower floor. */
const FLOORS = [
  ['main'],
  ['cli'],
  ['commands'],
  ['flows'],
  ['app'],
  ['app-vault'],
  ['host'],
  ['config'],
  ['config-values'],
  ['config-file'],
  ['safety'],
  ['folders', 'replace-file'],
  ['finch', 'store', 'vault', 'terminal', 'web', 'reconcile', 'emulator'],
  ['domain', 'disk'],
  ['problem'],
  ['problem-codes', 'version'],
]

/** One door per heavy package. */
const DOORS: Record<string, string> = {
  keytar: 'vault/keychain-child.ts',
  'better-sqlite3': 'store/engine.ts',
  kysely: 'store/',
  chalk: 'terminal/color.ts',
  'cli-table3': 'terminal/table.ts',
  'string-width': 'terminal/measure.ts',
  'cli-truncate': 'terminal/cut.ts',
  'fast-wrap-ansi': 'terminal/wrap.ts',
  inquirer: 'terminal/prompts.ts',
  open: 'web/browser.ts',
  '@tryfinch/finch-api': 'finch/sdk.ts',
  undici: 'finch/proxied.ts',
}

const SRC = join(ROOT, 'src')

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return files(path)
    return path.endsWith('.ts') ? [path] : []
  })
}

function roomOf(path: string): string {
  return relative(SRC, path).split('/')[0]?.replace(/\.ts$/, '') ?? ''
}

function floorOf(room: string): number {
  const floor = FLOORS.findIndex((rooms) => rooms.includes(room))
  if (floor === -1) throw new Error(`no floor for ${room}`)
  return floor
}

interface Import {
  readonly from: string
  readonly target: string
  readonly typeOnly: boolean
}

function importsOf(path: string): Import[] {
  const code = readFileSync(path, 'utf8')
  const found = code.matchAll(
    /(?:^|\n)\s*(?:import|export)\s+(type\s)?[^'"`;]*?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/g,
  )
  return [...found].map((match) => ({
    from: path,
    target: match[2] ?? match[3] ?? '',
    typeOnly: match[1] !== undefined,
  }))
}

const all = files(SRC).flatMap(importsOf)

describe('imports go down', () => {
  it('finds the imports it is about to judge', () => {
    expect(all.length).toBeGreaterThan(200)
  })

  it('never sideways, never up', () => {
    const wrong = all
      .filter(({ target }) => target.startsWith('.') && !target.endsWith('.json'))
      .map(({ from, target }) => ({ from, to: resolve(dirname(from), target) }))
      .filter(({ from, to }) => roomOf(from) !== roomOf(to) && floorOf(roomOf(to)) <= floorOf(roomOf(from)))
    expect(wrong.map(({ from, to }) => `${relative(SRC, from)} → ${relative(SRC, to)}`)).toEqual([])
  })

  it.each(Object.entries(DOORS))('%s is imported only by %s', (name, door) => {
    const guests = all
      .filter(({ target }) => target === name || target.startsWith(`${name}/`))
      .filter(({ typeOnly, from }) => !(typeOnly && roomOf(from) === 'emulator'))
      .map(({ from }) => relative(SRC, from))
    expect(guests.length).toBeGreaterThan(0)
    expect(guests.filter((guest) => !guest.startsWith(door))).toEqual([])
  })

  it('emulator imports nothing of ours', () => {
    const strangers = all.filter(
      ({ from, target }) =>
        roomOf(from) === 'emulator' && target.startsWith('.') && roomOf(resolve(dirname(from), target)) !== 'emulator',
    )
    expect(strangers).toEqual([])
  })

  it('only main.ts, and the child that is a process of its own, touch `process`', () => {
    const guilty = files(SRC).filter((path) =>
      /\bprocess\.(env|argv|exit|std|cwd|on|platform|version|execPath|kill|umask)/.test(readFileSync(path, 'utf8')),
    )
    expect(guilty.map((path) => relative(SRC, path)).sort()).toEqual(['main.ts', 'vault/keychain-child.ts'])
  })
})
