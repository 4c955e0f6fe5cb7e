/** Canaries: real processes with every debugging variable set, then a search through all they printed and wrote. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { walkConnect } from '../src/emulator/robot.ts'
import { BIN, everyByte, type World, world } from './harness.ts'

const NOISE = {
  FINCHCONN_DEBUG: '1',
  FINCH_LOG: 'debug',
  DEBUG: '*',
  NODE_DEBUG: 'http,net,tls,fetch,undici',
  FINCH_CUSTOM_HEADERS: 'X-Canary: yes',
  FINCH_BASE_URL: 'http://127.0.0.1:1',
}

interface Spoken {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Command lines seen while it ran, its children's too. */
  readonly argv: string
}

async function speak(place: World, args: readonly string[], env: Record<string, string> = {}): Promise<Spoken> {
  const all = Object.entries({ ...place.env, ...NOISE, ...env }).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  )
  const child = spawn(process.execPath, [BIN, ...args, '--no-browser'], {
    env: Object.fromEntries(all),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  let argv = ''
  let walked: Promise<unknown> | null = null
  const watching = setInterval(() => {
    try {
      argv += readFileSync(`/proc/${child.pid}/cmdline`, 'utf8')
    } catch {
      // Gone already, or not Linux: then there is nothing to look at.
    }
  }, 5)
  child.stdout.on('data', (words) => {
    stdout += words
  })
  child.stderr.on('data', (words) => {
    stderr += words
    const address = /http:\/\/localhost:\d+\/go\/[\w-]+/.exec(stderr)?.[0]
    if (address !== undefined) walked ??= walkConnect(address).catch(() => null)
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  clearInterval(watching)
  await walked
  return { code, stdout, stderr, argv }
}

/** The forms a secret may hide in. */
function forms(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64')
  return [
    secret,
    Buffer.from(secret).toString('hex'),
    base64.slice(0, -4),
    encodeURIComponent(secret),
    secret.slice(0, 12),
    secret.slice(-12),
  ]
}

describe('secrets stay where they belong', () => {
  it('through connect, reauth and failures, with every debugging variable set', async () => {
    const place = await world()
    const heard: Spoken[] = []
    const hear = async (...args: string[]) => {
      heard.push(await speak(place, args))
      return heard.at(-1)
    }
    expect((await hear('connect', '--customer', 'acme', '--provider', 'gusto', '--create'))?.code).toBe(0)
    const first = (await place.run('token acme/gusto')).stdout.trim()
    expect((await hear('reauth', 'acme/gusto', '--force', '--json'))?.code).toBe(0)
    const second = (await place.run('token acme/gusto')).stdout.trim()
    for (const kind of [
      { status: 500, body: {} },
      { text: '<html>' },
      { cutAfter: 30 },
      { patch: { client_type: 'production' } },
    ] as const) {
      place.finch.fault({ path: '/auth/token', kind })
      await hear('reauth', 'acme/gusto', '--force', '--json')
    }
    const third = (await place.run('token acme/gusto')).stdout.trim()
    place.finch.fault({
      path: '/introspect',
      times: 3,
      kind: {
        status: 400,
        body: { name: 'invalid_request_error', message: `bad ${third} of ${place.finch.clientSecret}` },
      },
    })
    const told = await hear('show', 'acme/gusto', '--refresh')
    expect(told?.stderr).toContain('bad [secret] of [secret]')
    await hear('list')
    await hear('config')
    await hear('show', 'acme/gusto')

    const secrets = [first, second, third, place.finch.clientSecret, String(place.env.FINCHCONN_VAULT_KEY)]
    const written = everyByte(place.home)
    for (const secret of secrets) {
      for (const form of forms(secret)) {
        expect(written.includes(form)).toBe(false)
        for (const { stdout, stderr, argv } of heard) {
          expect(stdout).not.toContain(form)
          expect(stderr).not.toContain(form)
          expect(argv).not.toContain(form)
        }
      }
    }
    // The last search is only worth something if the noise was really on.
    expect(heard.some(({ stderr }) => stderr.length > 200)).toBe(true)
    // FINCH_BASE_URL would have sent everything to a dead port.
    expect(place.finch.requests().filter(({ path }) => path === '/auth/token').length).toBeGreaterThan(3)
  })

  it('codes and states stay in the browser’s address bar only', async () => {
    const place = await world()
    const spoken = await speak(place, ['connect', '--customer', 'acme', '--provider', 'gusto', '--create'])
    expect(spoken.code).toBe(0)
    expect(spoken.stderr).not.toMatch(/[?&](code|state|session)=/)
  })
})
