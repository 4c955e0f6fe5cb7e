/** A process that may open only a few files: each failure is a sentence, and none is called a bug. */
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { BIN, connected, world } from './harness.ts'

const LIMITS = [19, 20, 21, 22, 23, 24, 26, 28, 32, 40, 64]

describe.skipIf(process.platform === 'win32')('few open files', () => {
  it('end in an answer or in 7, from the fewest with which Node starts', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const known = Object.entries(place.env).filter((pair): pair is [string, string] => pair[1] !== undefined)
    const ended = LIMITS.map((limit) => {
      const command = `ulimit -n ${limit}; exec "${process.execPath}" "${BIN}" show acme/gusto --json`
      const { status, stdout, stderr } = spawnSync('bash', ['-c', command], {
        env: Object.fromEntries(known),
        encoding: 'utf8',
      })
      return { limit, status, stdout, stderr }
    }).filter(({ stdout }) => stdout !== '')
    expect(ended.length).toBeGreaterThan(5)
    expect(ended.filter(({ status }) => status !== 0 && status !== 7)).toEqual([])
    const codes = ended.filter(({ status }) => status === 7).map(({ stdout }) => JSON.parse(stdout).error.code)
    expect(codes.length).toBeGreaterThan(0)
    expect(ended.at(-1)?.status).toBe(0)
  })
})
