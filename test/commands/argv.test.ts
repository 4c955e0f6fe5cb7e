/** Where the options of finchconn end: what stands after `--` is an argument, whatever it looks like. */
import { describe, expect, it } from 'vitest'
import { runCli, world } from '../harness.ts'

describe('what follows `--`', () => {
  it('does not make a failure a JSON document', async () => {
    const place = await world()
    const ran = await runCli(['show', '--', '--json'], { env: place.env })
    expect(ran.code).toBe(3)
    expect(ran.stdout).toBe('')
    expect(ran.stderr).toContain('finchconn: ')
  })

  it('does not turn colors off', async () => {
    const place = await world()
    const ran = await runCli(['show', '--', '--no-color'], { env: place.env, tty: true })
    expect(ran.stderr).toContain('\u001b[')
  })

  it('is still the command, where a command stands there', async () => {
    const place = await world()
    const ran = await runCli(['--', 'customers', 'list'], { env: place.env })
    expect(ran.code).toBe(0)
    expect(ran.stderr).toContain('No customers yet')
  })
})
