/** Openers that are real programs. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openBrowser, type Surroundings } from '../../src/web/browser.ts'
import { browserCommand, browserList, withAddress } from '../../src/web/browser-command.ts'
import { folder } from '../harness.ts'

const ADDRESS = 'http://localhost:4179/go/x'

/** A program that writes its arguments into a file beside itself, then ends with `code`. */
function program(path: string, code = 0): string {
  writeFileSync(path, `#!/bin/sh\nfor word in "$@"; do echo "$word"; done > "$0.seen"\nexit ${code}\n`)
  chmodSync(path, 0o755)
  return path
}

function seenBy(path: string): string[] {
  return existsSync(`${path}.seen`) ? readFileSync(`${path}.seen`, 'utf8').trim().split('\n') : []
}

function surroundings(change: Partial<Surroundings> = {}): Surroundings {
  return { env: { PATH: process.env.PATH }, platform: 'linux', usual: null, reached: new Promise(() => {}), ...change }
}

describe('how a browser is written down', () => {
  const commands: [written: string, command: string[]][] = [
    ['firefox', ['firefox']],
    ['firefox --new-window', ['firefox', '--new-window']],
    ['"/opt/my browser" -x', ['/opt/my browser', '-x']],
  ]
  it.each(commands)('%s', (written, command) => {
    expect(browserCommand(written)).toEqual(command)
  })

  it('a path with spaces is one word where such a file is', () => {
    const path = program(join(folder(), 'my browser'))
    expect(browserCommand(path)).toEqual([path])
  })

  it('a list has the separator of paths', () => {
    expect(browserList('a -b: c :', 'linux')).toEqual([['a', '-b'], ['c']])
    expect(browserList('C:\\a.exe;b', 'win32')).toHaveLength(2)
  })

  it('the address stands for %s, or at the end', () => {
    expect(withAddress(['a', '--url=%s', '%s'], ADDRESS)).toEqual(['a', `--url=${ADDRESS}`, ADDRESS])
    expect(withAddress(['a', '-b'], ADDRESS)).toEqual(['a', '-b', ADDRESS])
  })
})

describe.skipIf(process.platform === 'win32')('opening', () => {
  it('a program that ends well has opened it', async () => {
    const browser = program(join(folder(), 'browser'))
    expect(await openBrowser(ADDRESS, [browser, '-x'], surroundings())).toEqual({ opened: true })
    expect(seenBy(browser)).toEqual(['-x', ADDRESS])
  })

  it('sees no secret of ours', async () => {
    const browser = join(folder(), 'browser')
    writeFileSync(browser, '#!/bin/sh\nenv > "$0.seen"\n')
    chmodSync(browser, 0o755)
    const env = {
      PATH: process.env.PATH,
      DISPLAY: ':7',
      FINCH_CLIENT_SECRET: 'hunter2',
      FINCHCONN_VAULT_KEY: 'hunter3',
    }
    expect(await openBrowser(ADDRESS, [browser], surroundings({ env }))).toEqual({ opened: true })
    expect(seenBy(browser)).toContain('DISPLAY=:7')
    expect(seenBy(browser).join()).not.toContain('hunter')
  })

  it('one that ends badly has not', async () => {
    const browser = program(join(folder(), 'browser'), 3)
    expect(await openBrowser(ADDRESS, [browser], surroundings())).toEqual({
      opened: false,
      why: `${browser} ended with 3`,
    })
  })

  it('one that is missing has not, or one that may not be run', async () => {
    expect(await openBrowser(ADDRESS, ['/nowhere/browser'], surroundings())).toEqual({
      opened: false,
      why: '/nowhere/browser is not installed',
    })
    const file = join(folder(), 'file')
    writeFileSync(file, '')
    expect(await openBrowser(ADDRESS, [file], surroundings())).toMatchObject({ opened: false })
  })

  it('the list in BROWSER is tried in turn', async () => {
    const home = folder()
    const [bad, good, never] = [
      program(join(home, 'bad'), 1),
      program(join(home, 'good')),
      program(join(home, 'never')),
    ]
    const usual = `/nowhere/browser:${bad}:${good} --url=%s:${never}`
    expect(await openBrowser(ADDRESS, null, surroundings({ usual }))).toEqual({ opened: true })
    expect([seenBy(bad), seenBy(good), seenBy(never)]).toEqual([[ADDRESS], [`--url=${ADDRESS}`], []])
  })

  it('an opener that still runs is not waited for once a browser has come', async () => {
    const home = folder()
    const browser = join(home, 'browser')
    writeFileSync(browser, '#!/bin/sh\nexec sleep 5\n')
    chmodSync(browser, 0o755)
    const opened = await openBrowser(ADDRESS, [browser], surroundings({ reached: Promise.resolve() }))
    expect(opened).toEqual({ opened: true })
  })

  it.runIf(process.platform === 'linux')('without xdg-open nothing opened, and that is said', async () => {
    const before = process.env.PATH
    const empty = folder()
    mkdirSync(join(empty, 'bin'))
    process.env.PATH = [join(empty, 'bin')].join(delimiter)
    try {
      expect(await openBrowser(ADDRESS, null, surroundings())).toMatchObject({ opened: false })
    } finally {
      process.env.PATH = before
    }
  })
})
