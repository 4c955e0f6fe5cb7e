/** The papers of the repository: a first page that stays one, and links that lead somewhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
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
})
