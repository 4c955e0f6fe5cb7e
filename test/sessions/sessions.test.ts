/**
 * What a person types and sees: each *.txt beside this file is played against the built tool, in the profile emulator.
 * `$ command` runs it; the lines below are its stdout and stderr in order of streams; `[3]` at the end is the exit code.
 * What differs each time (ids, times, fingerprints) is written as <id>, <hex>, <time>, <address>.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgsStringToArgv } from 'string-argv'
import { describe, expect, it } from 'vitest'
import { BIN, folder, freePort } from '../harness.ts'

const FOLDER = new URL('.', import.meta.url).pathname

function settled(words: string): string {
  return words
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>')
    .replaceAll(/http:\/\/localhost:\d+\/go\/[\w-]+/g, '<address>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replaceAll(/\b[0-9a-f]{12}\b/g, '<fingerprint>')
    .replaceAll(/\b[0-9a-f]{8}\b/g, '<short>')
    .replaceAll(/EIN ending \d{4}/g, 'EIN ending <4>')
}

describe('sessions', () => {
  it.each(readdirSync(FOLDER).filter((name) => name.endsWith('.txt')))('%s', async (name) => {
    const file = join(FOLDER, name)
    const script = readFileSync(file, 'utf8')
    const env = {
      PATH: process.env.PATH ?? '',
      FINCHCONN_HOME: folder(),
      FINCHCONN_PROFILE: 'emulator',
      FINCHCONN_BROWSER: 'robot',
      FINCHCONN_REDIRECT_URI: `http://localhost:${await freePort()}/callback`,
      NO_COLOR: '1',
    }
    const played = script
      .split('\n')
      .filter((line) => line.startsWith('$ ') || line.startsWith('# '))
      .map((line) => {
        if (line.startsWith('# ')) return `${line}\n`
        const ran = spawnSync(process.execPath, [BIN, ...parseArgsStringToArgv(line.slice('$ finchconn'.length))], {
          env,
          encoding: 'utf8',
        })
        const code = ran.status === 0 ? '' : `[${ran.status}]\n`
        return `${line}\n${settled(ran.stdout)}${settled(ran.stderr)}${code}`
      })
      .join('\n')
    // UPDATE_SESSIONS=1 writes what is seen now; the difference is then read by a person.
    if (process.env.UPDATE_SESSIONS === '1') writeFileSync(file, played)
    expect(played).toBe(script)
  })
})
