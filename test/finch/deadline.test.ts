/** A deadline of our own around every call, which holds whatever the garbage collector takes and however the answer stops. */
import { spawn } from 'node:child_process'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { beforeAll, describe, expect, it } from 'vitest'
import { later, ROOT } from '../harness.ts'

const FOLDER = join(ROOT, 'node_modules', '.finchconn-test')

beforeAll(async () => {
  const bundle = await rolldown({ input: join(ROOT, 'test', 'finch', 'deadline-driver.ts'), platform: 'node' })
  await bundle.write({ dir: FOLDER, format: 'esm', entryFileNames: '[name].js' })
  await bundle.close()
})

/** A server that begins its answers in some way and never ends one. */
async function endless(answer: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    answer(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  later(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function drive(url: string, callMs: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--expose-gc', join(FOLDER, 'deadline-driver.js'), url, String(callMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  later(() => child.kill('SIGKILL'))
  let out = ''
  child.stdout.on('data', (words: Buffer) => {
    out += words
  })
  return new Promise((resolve) => child.once('close', () => resolve(out.trimEnd().split('\n').sort())))
}

const CALLS = [
  'company',
  'directory',
  'employments',
  'exchange',
  'individuals',
  'introspect',
  'reauth',
  'session',
  'status',
]

describe('a call to a Finch that never ends its answer ends by itself', () => {
  const headers = { 'content-type': 'application/json', 'content-length': '500' }
  const cases: [what: string, answer: (response: ServerResponse) => void, how: string][] = [
    ['headers, then silence', (response) => response.writeHead(200, headers).flushHeaders(), 'answered'],
    [
      'a body that trickles',
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        const trickle = setInterval(() => response.write(' '), 20)
        response.once('close', () => clearInterval(trickle))
      },
      'answered',
    ],
    ['a refusal whose body never comes', (response) => response.writeHead(400, headers).flushHeaders(), 'answered'],
    ['silence from the start', () => {}, 'silent'],
  ]
  it.each(cases)('%s', async (_what, answer, how) => {
    expect(await drive(await endless(answer), 1_500)).toEqual(
      CALLS.map((call) => `${call}: no answer from Finch: timed out after 2 seconds, ${how}`),
    )
  })
})
