/** A program that is not whole says so, and is never silent or a trace of Node's own. */
import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { folder, ROOT } from './harness.ts'

/** A copy of the built program, and the path of one of its chunks. */
function copyOf(chunk: string) {
  const place = folder()
  for (const part of ['bin', 'dist', 'package.json']) cpSync(join(ROOT, part), join(place, part), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(place, 'node_modules'))
  const chunks = join(place, 'dist/chunks')
  const name = readdirSync(chunks).find((one) => one.startsWith(`${chunk}-`))
  if (name === undefined) throw new Error(`the build has no chunk ${chunk}`)
  const run = (...words: string[]) =>
    spawnSync(process.execPath, [join(place, 'bin/finchconn.js'), ...words], {
      env: { PATH: process.env.PATH, FINCHCONN_HOME: folder() },
      encoding: 'utf8',
    })
  return { path: join(chunks, name), run }
}

describe('a program with a file missing', () => {
  it('ends with 70 and a sentence where the first chunk is gone', () => {
    const { path, run } = copyOf('cli')
    rmSync(path)
    const ran = run('list')
    expect(ran.status).toBe(70)
    expect(ran.stdout).toBe('')
    expect(ran.stderr).toMatch(/^finchconn: finchconn cannot be loaded: [^\n]+\nhint: reinstall finchconn\n$/)
    const { status, stdout, stderr } = run('list', '--json')
    expect({ status, stderr, error: JSON.parse(stdout).error }).toMatchObject({
      status: 70,
      stderr: '',
      error: { code: 'bug', hint: 'reinstall finchconn', request_id: null, retryable: false },
    })
  })

  it('ends with 70 where the chunk of a command is gone', () => {
    const { path, run } = copyOf('list')
    rmSync(path)
    const ran = run('list')
    expect(ran.status).toBe(70)
    expect(ran.stderr).toContain('a bug in finchconn')
    expect(run('--help').status).toBe(0)
  })

  it.each([
    ['EMFILE', 'too_many_files'],
    ['ENOSPC', 'disk_full'],
  ])('ends with 7 where the system has no room to load it: %s', (system, code) => {
    const { path, run } = copyOf('cli')
    const whole = readFileSync(path, 'utf8')
    writeFileSync(path, `throw Object.assign(new Error('${system}'), { code: '${system}' });${whole}`)
    const ran = run('list', '--json')
    expect(ran).toMatchObject({ status: 7, stderr: '' })
    expect(JSON.parse(ran.stdout).error).toMatchObject({ code })
  })
})
