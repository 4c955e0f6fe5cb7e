/** The built command beside a database engine that is missing, damaged, or made for another Node. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { folder, ROOT } from '../harness.ts'

/** As a package manager lays it out; `engine` is the folder of better-sqlite3. */
function installed(): { main: string; engine: string } {
  const modules = join(folder(), 'node_modules')
  const own = join(modules, 'finchconn')
  cpSync(join(ROOT, 'dist'), join(own, 'dist'), { recursive: true })
  const engine = join(modules, 'better-sqlite3')
  return { main: join(own, 'dist', 'main.cjs'), engine }
}

function standIn(engine: string, version: string, index: string): void {
  mkdirSync(engine, { recursive: true })
  writeFileSync(join(engine, 'package.json'), JSON.stringify({ name: 'better-sqlite3', version, main: 'index.js' }))
  writeFileSync(join(engine, 'index.js'), index)
}

interface Ended {
  readonly code: number | null
  readonly error: { readonly code: string; readonly message: string; readonly hint: string }
}

function list(main: string, nodeApi?: string): Ended {
  const older =
    nodeApi === undefined
      ? ''
      : `Object.defineProperty(process.versions, 'napi', { value: '${nodeApi}', enumerable: true });`
  const ran = spawnSync(
    process.execPath,
    [
      '-e',
      `${older} process.argv.splice(1, 0, 'finchconn'); require(${JSON.stringify(main)})`,
      '--',
      '--profile',
      'emulator',
      'list',
      '--json',
    ],
    { encoding: 'utf8', env: { PATH: process.env.PATH, FINCHCONN_HOME: folder() } },
  )
  return { code: ran.status, error: JSON.parse(ran.stdout).error }
}

describe('the database engine', () => {
  it('is said to be missing where it was never installed', () => {
    const { main } = installed()
    const ended = list(main)
    expect(ended.code).toBe(7)
    expect(ended.error.code).toBe('engine_missing')
  })

  it('is said to be missing where its install script was blocked, with the command that runs it', () => {
    const { main, engine } = installed()
    for (const name of ['better-sqlite3', 'bindings', 'file-uri-to-path'])
      cpSync(join(ROOT, 'node_modules', name), join(engine, '..', name), { recursive: true })
    for (const built of ['build', 'prebuilds']) rmSync(join(engine, built), { recursive: true, force: true })
    const ended = list(main)
    expect(ended.code).toBe(7)
    expect(ended.error).toMatchObject({
      code: 'engine_missing',
      hint: expect.stringContaining(`npm --prefix "${engine}"`),
    })
  })

  it('is said to be of another system where its native part does not load', () => {
    const { main, engine } = installed()
    standIn(engine, '12.11.1', `module.exports = class { constructor() { require('./engine.node') } }`)
    writeFileSync(join(engine, 'engine.node'), 'not a library')
    const ended = list(main)
    expect(ended.code).toBe(7)
    expect(ended.error).toMatchObject({ code: 'engine_mismatch', message: expect.stringContaining('on this system') })
  })

  it('is said to be built for another Node, with the way back and the way on', () => {
    const { main, engine } = installed()
    const words = "The module 'x' was compiled against a different Node.js version using NODE_MODULE_VERSION 83."
    standIn(
      engine,
      '12.11.1',
      `module.exports = class { constructor() { throw Object.assign(new Error(${JSON.stringify(words)}), { code: 'ERR_DLOPEN_FAILED' }) } }`,
    )
    const ended = list(main)
    expect(ended.code).toBe(7)
    expect(ended.error).toMatchObject({ code: 'engine_mismatch', message: expect.stringContaining('another Node') })
    expect(ended.error.hint).toMatch(/nvm use.*npm --prefix ".*" run install/)
  })

  it('of version 13 is not even loaded on a Node it would crash', () => {
    const { main, engine } = installed()
    standIn(engine, '13.2.0', `process.kill(process.pid, 'SIGSEGV')`)
    const ended = list(main, '9')
    expect(ended.code).toBe(7)
    expect(ended.error).toMatchObject({ code: 'engine_mismatch', message: expect.stringContaining('13.2.0') })
    expect(ended.error.hint).toContain('npm install --global finchconn')
  })

  it('that pnpm has installed comes with the command of pnpm', () => {
    const { main, engine } = installed()
    const real = join(engine, '..', '.pnpm', 'better-sqlite3@13.2.0', 'node_modules', 'better-sqlite3')
    standIn(real, '13.2.0', `process.kill(process.pid, 'SIGSEGV')`)
    symlinkSync(real, engine)
    expect(list(main, '9').error.hint).toContain(
      'pnpm add --global better-sqlite3@12 --allow-build=better-sqlite3 finchconn',
    )
  })
})
