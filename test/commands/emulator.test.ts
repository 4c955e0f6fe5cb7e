import { spawn } from 'node:child_process'
import { once } from 'node:events'
import Finch from '@tryfinch/finch-api'
import { describe, expect, it } from 'vitest'
import { openReceiver, unwrap } from '../emulator/webhook-receiver.ts'
import { BIN, errorOf, later, runCli } from '../harness.ts'

interface Ready {
  readonly url: string
  readonly client_id: string
  readonly client_secret: string
  readonly webhook_url: string | null
  readonly webhook_secret: string | null
}

/** The emulator as a process of its own, once it is ready. */
async function startServer(...args: string[]): Promise<{ ready: Ready; end: () => Promise<number | null> }> {
  const child = spawn(process.execPath, [BIN, 'emulator', '--port', '0', '--json', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  later(() => child.kill('SIGKILL'))
  let text = ''
  for await (const part of child.stdout.setEncoding('utf8')) {
    text += part
    if (text.includes('\n')) break
  }
  const end = async () => {
    const exited = once(child, 'exit')
    child.kill('SIGINT')
    const [code] = (await exited) as [number | null]
    return code
  }
  return { ready: JSON.parse(text) as Ready, end }
}

describe('emulator --webhook-url', () => {
  it('sends signed webhooks, and ends though one waits for its retry', async () => {
    const receiver = await openReceiver()
    later(() => receiver.close())
    receiver.answers.push(200, 500)
    const secret = Buffer.from('thirty-two bytes of a secret .. ').toString('base64')
    const { ready, end } = await startServer('--webhook-url', receiver.url, '--webhook-secret', secret)
    expect(ready).toMatchObject({ webhook_url: receiver.url, webhook_secret: secret })
    const finch = new Finch({ baseURL: ready.url, clientID: ready.client_id, clientSecret: ready.client_secret })
    await finch.sandbox.connections.create({ provider_id: 'gusto' })
    for (const one of await receiver.atLeast(2)) unwrap(one, secret)
    // The retry is due in five seconds; the process does not stay for it.
    expect(await end()).toBe(0)
    expect(receiver.received).toHaveLength(2)
  })

  it('says null where there is none', async () => {
    const { ready, end } = await startServer()
    expect(ready).toMatchObject({ webhook_url: null, webhook_secret: null })
    await end()
  })

  it('prints the secret as the SDK reads it', async () => {
    const stop = new AbortController()
    const running = runCli(['emulator', '--port', '0', '--webhook-url', 'http://localhost:3000/'], {
      signal: stop.signal,
      onStderr: (words) => {
        if (words.includes('Ctrl-C')) stop.abort(new Error('enough'))
      },
    })
    expect((await running).stdout).toMatch(/^export FINCH_WEBHOOK_SECRET=[\w+/=']+$/m)
  })

  it.each([
    ['another scheme', ['--webhook-url', 'ftp://localhost/']],
    ['no address', ['--webhook-url', 'localhost:3000']],
    ['a user in the address', ['--webhook-url', 'http://me:secret@localhost/']],
    ['a port nobody opens', ['--webhook-url', 'http://localhost:6000/']],
    ['a secret that is not base64', ['--webhook-url', 'http://localhost/', '--webhook-secret', 'not base64!']],
    ['a secret without an address', ['--webhook-secret', 'c2VjcmV0']],
  ])('refuses %s', async (_, args) => {
    const ran = await runCli(['emulator', '--port', '0', '--json', ...args])
    expect(ran.code).toBe(2)
    expect(ran.stdout).not.toContain('me:secret')
    expect(errorOf(ran).message).toMatch(/webhook|port/)
  })
})
