/** The papers of the repository: a first page that stays one, and links that lead somewhere. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { ROOT } from './harness.ts'

const DOCS = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'))
const PAPERS = ['README.md', 'CHANGELOG.md', '.github/CONTRIBUTING.md', ...DOCS.map((name) => `docs/${name}`)]
const text = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const linked = (path: string) => [...text(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)

describe('the papers', () => {
  it('have a first page under 8 kB', () => {
    expect(Buffer.byteLength(text('README.md'))).toBeLessThan(8_000)
  })

  it.each(PAPERS)('%s has links that lead to files', (path) => {
    const missing = linked(path)
      .filter((target) => !/^(https:|#)/.test(target))
      .filter((target) => !existsSync(join(ROOT, dirname(path), target.split('#')[0] ?? '')))
    expect(missing).toEqual([])
  })

  it('are all reached from the first page', () => {
    expect(linked('README.md')).toEqual(expect.arrayContaining(DOCS.map((name) => `docs/${name}`)))
  })

  it('name test files that are there', () => {
    const named = PAPERS.flatMap((path) => [...text(path).matchAll(/`((?:test|src)\/[\w/.-]+)`/g)])
    expect(named.length).toBeGreaterThan(5)
    expect(named.map(([, file = '']) => file).filter((file) => !existsSync(join(ROOT, file)))).toEqual([])
  })

  it('group the changelog as Keep a Changelog does', () => {
    const headings = [...text('CHANGELOG.md').matchAll(/^##.*$/gm)].map(([line]) => line)
    expect(headings[0]).toBe('## [Unreleased]')
    const known =
      /^## \[(Unreleased|\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d)\]?$|^### (Added|Changed|Deprecated|Removed|Fixed|Security)$/
    expect(headings.filter((line) => !known.test(line))).toEqual([])
  })

  it('say where to report a bug, as the package does', () => {
    const reported = execFileSync('git', ['grep', '-hoE', 'https://github[.]com/[a-z/]+/issues', '--', 'src'], {
      cwd: ROOT,
    })
    const [address, ...more] = reported.toString().trim().split('\n')
    expect(more).toEqual([])
    expect(manifest.bugs.url).toBe(address)
    expect(manifest.repository.url).toBe(`git+${address?.replace(/\/issues$/, '.git')}`)
    expect(text('README.md')).toContain(`git clone ${address?.replace(/\/issues$/, '')} `)
  })
})

describe('a command that prints figures', () => {
  const goals = (args: readonly string[], truth?: string) =>
    spawnSync(process.execPath, ['test/bench/reconcile.mjs', 'goals', ...args], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, ...(truth === undefined ? {} : { FINCHCONN_TRUTH: truth }) },
      encoding: 'utf8',
    })

  it('fails without its sets, and says how to get them', () => {
    for (const ran of [goals([]), goals([], join(ROOT, 'docs'))]) {
      expect(ran.status).toBe(1)
      expect(ran.stderr).toContain('bash test/truth.sh FOLDER')
    }
  })
})
