/** What a user installs: the packed tarball, in an empty folder, with nothing beside it but the two native packages. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { BIN, folder, ROOT } from './harness.ts'

describe('the package', () => {
  it('installs into an empty folder and runs', { timeout: 300_000 }, () => {
    const target = folder()
    const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', target], {
      cwd: ROOT,
      encoding: 'utf8',
    })
    const [{ filename, files }] = JSON.parse(packed) as [{ filename: string; files: { path: string }[] }]
    const outside = files
      .map(({ path }) => path)
      .filter((path) => !/^(bin\/finchconn\.js|dist\/.+|package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(path))
    expect(outside).toEqual([])
    expect(files.map(({ path }) => path)).toContain('dist/THIRD-PARTY-LICENSES.txt')

    writeFileSync(join(target, 'package.json'), '{"private":true}')
    // The engine is not compiled a second time: the one this repository built is put in its place afterwards.
    execFileSync(
      'npm',
      ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', `./${filename}`],
      { cwd: target, stdio: 'pipe' },
    )
    const { scripts } = JSON.parse(readFileSync(join(target, 'node_modules', 'finchconn', 'package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
    // npm 12 blocks these and warns of them.
    expect(Object.keys(scripts).filter((name) => /^((pre|post)?install|prepare)$/.test(name))).toEqual([])
    const beside = readdirSync(join(target, 'node_modules')).filter((name) => !name.startsWith('.'))
    const own = new Set(['finchconn', ...dependenciesOf('better-sqlite3'), ...dependenciesOf('keytar')])
    expect(beside.filter((name) => !own.has(name))).toEqual([])
    const built = join('node_modules', 'better-sqlite3', 'build')
    if (existsSync(join(ROOT, built)))
      execFileSync('cp', ['-r', join(ROOT, built), join(target, 'node_modules', 'better-sqlite3')])

    const env = { PATH: process.env.PATH ?? '', FINCHCONN_HOME: join(target, 'home') }
    const installed = join(target, 'node_modules', '.bin', 'finchconn')
    expect(execFileSync(installed, ['--version'], { env, encoding: 'utf8' }).trim()).toBe(manifest.version)
    expect(
      JSON.parse(
        execFileSync(
          installed,
          ['--profile', 'emulator', 'connect', '--customer', 'acme', '--create', '--browser', 'robot', '--json'],
          {
            env: { ...env, FINCHCONN_REDIRECT_URI: 'http://localhost:41791/callback' },
            encoding: 'utf8',
            stdio: ['ignore', 'pipe', 'pipe'],
          },
        ),
      ),
    ).toMatchObject({ connection: { customer_id: 'acme', status: 'connected' } })
  })

  it('says which Node it needs before anything else can fail', () => {
    const old = spawnSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `Object.defineProperty(process.versions, 'node', { value: '18.20.0' }); await import(${JSON.stringify(BIN)})`,
      ],
      { encoding: 'utf8' },
    )
    expect(old.status).toBe(1)
    expect(old.stderr).toContain('Node 18.20.0 is not supported')
  })
})

/** A package and all it depends on, by the names npm would put beside it. */
function dependenciesOf(name: string, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return seen
  seen.add(name.split('/')[0] ?? name)
  seen.add(name)
  const path = join(ROOT, 'node_modules', name, 'package.json')
  if (!existsSync(path)) return seen
  const { dependencies = {} } = JSON.parse(execFileSync('cat', [path], { encoding: 'utf8' })) as {
    dependencies?: Record<string, string>
  }
  for (const one of Object.keys(dependencies)) dependenciesOf(one, seen)
  return seen
}
