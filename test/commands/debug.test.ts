import { describe, expect, it } from 'vitest'
import { connected, world } from '../harness.ts'

const traceOf = (stderr: string) => stderr.split('\n').filter((line) => line.startsWith('debug: '))

describe('--debug', () => {
  it('tells each call: method, path, status, time, request id', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const ran = await place.run('show acme/gusto --refresh --debug')
    expect(ran.code).toBe(0)
    expect(traceOf(ran.stderr)[0]).toMatch(/^debug: GET \/introspect: 200, \d+ ms, request [0-9a-f-]{36}$/)
  })

  it('tells retries and what is waited for', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    place.finch.fault({ path: '/introspect', times: 1, kind: { status: 503, body: {} } })
    const ran = await place.run('show acme/gusto --refresh', { env: { FINCHCONN_DEBUG: '1' } })
    const [failed, waiting, again] = traceOf(ran.stderr)
    expect(failed).toContain('/introspect: 503')
    expect(waiting).toMatch(/^debug: waiting 0\.\d s before try 2 of 3$/)
    expect(again).toContain('/introspect: 200')
  })

  it('is silent unless asked for', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    expect(traceOf((await place.run('show acme/gusto --refresh')).stderr)).toEqual([])
  })

  it('shows no token that a server repeats as a request id, nor in the path', async () => {
    const place = await world()
    await connected(place, 'acme', 'gusto')
    const token = (await place.run('token acme/gusto')).stdout.trim()
    place.finch.fault({
      path: '/introspect',
      times: 1,
      kind: { status: 400, body: {}, headers: { 'Finch-Request-Id': token } },
    })
    const ran = await place.run('show acme/gusto --refresh --debug')
    expect(traceOf(ran.stderr).length).toBeGreaterThan(0)
    expect(traceOf(ran.stderr).join('\n')).not.toContain(token)
  })
})
