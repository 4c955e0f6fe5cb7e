import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Fault } from '../../src/emulator/faults.ts'
import { ask, bearer, type Connected, openStand, type Stand } from './stand.ts'

let stand: Stand
let token: Connected

beforeEach(async () => {
  stand = await openStand()
  token = await stand.connect()
})
afterEach(() => stand.close())

/** The answer as it came over the wire. */
async function introspect(): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${stand.emulator.url}/introspect`, {
    headers: { 'finch-api-version': '2020-09-17', ...bearer(token.access_token) },
  })
  return { status: answer.status, text: await answer.text() }
}

function trouble(kind: Fault['kind'], times?: number): void {
  stand.emulator.fault({ path: '/introspect', kind, ...(times === undefined ? {} : { times }) })
}

test('delay: the real answer, later', async () => {
  trouble({ delay: 300 })
  const start = performance.now()
  expect((await introspect()).status).toBe(200)
  expect(performance.now() - start).toBeGreaterThan(290)
})

test('status: any, with a body and headers, the work left undone', async () => {
  trouble({ status: 503, body: { code: 503, name: 'server_error' }, headers: { 'retry-after': '7' } })
  const { status, json, headers } = await ask(stand.emulator, 'GET', '/introspect')
  expect([status, json, headers.get('retry-after')]).toEqual([503, { code: 503, name: 'server_error' }, '7'])
})

test('text: 200 that is no JSON', async () => {
  trouble({ text: '<html>sign in to the hotel</html>' })
  expect(await introspect()).toEqual({ status: 200, text: '<html>sign in to the hotel</html>' })
})

test('patch: the real answer with some keys changed', async () => {
  trouble({ patch: { connection_id: 'another', extra: 1 } })
  const { text } = await introspect()
  expect(JSON.parse(text)).toMatchObject({ connection_id: 'another', extra: 1, customer_id: 'acme' })
})

test('cutAfter: the head and some bytes, then nothing', async () => {
  trouble({ cutAfter: 10 })
  await expect(introspect()).rejects.toThrow('terminated')
})

test('times: so often, and only on its path; others come after it', async () => {
  trouble({ status: 500 }, 2)
  trouble({ status: 502 })
  const seen: number[] = []
  for (let count = 0; count < 4; count += 1) seen.push((await introspect()).status)
  expect(seen).toEqual([500, 500, 502, 200])
  trouble({ status: 500 })
  expect((await ask(stand.emulator, 'GET', '/providers')).status).toBe(200)
})

describe('drop', () => {
  test('before: nothing was done', async () => {
    stand.emulator.fault({ path: '/disconnect', kind: { drop: 'before' } })
    await expect(stand.as(token.access_token).account.disconnect()).rejects.toThrow('Connection error')
    expect((await introspect()).status).toBe(200)
  })

  test('after: it was done and nobody heard', async () => {
    stand.emulator.fault({ path: '/disconnect', kind: { drop: 'after' } })
    await expect(stand.as(token.access_token).account.disconnect()).rejects.toThrow('Connection error')
    expect((await introspect()).status).toBe(401)
  })

  test('a dropped request is told with status 0', async () => {
    trouble({ drop: 'before' })
    await expect(introspect()).rejects.toThrow()
    expect(stand.emulator.requests().at(-1)).toMatchObject({ path: '/introspect', status: 0 })
  })

  test('a code spent by a dropped exchange is spent', async () => {
    const walked = await stand.walk({ customer_id: 'lost' })
    const code = new URL(walked.callback ?? '').searchParams.get('code') ?? ''
    stand.emulator.fault({ path: '/auth/token', kind: { drop: 'after' } })
    const exchange = () => stand.finch.accessTokens.create({ code, redirect_uri: stand.redirectUri })
    await expect(exchange()).rejects.toThrow('Connection error')
    await expect(exchange()).rejects.toMatchObject({ error: { name: 'invalid_grant_error' } })
  })
})

test('faults can be made from outside', async () => {
  const body = { path: '/introspect', times: 1, kind: { status: 418 } }
  expect((await ask(stand.emulator, 'POST', '/_emulator/faults', { body })).status).toBe(200)
  expect((await introspect()).status).toBe(418)
  expect((await introspect()).status).toBe(200)
})

test('the pages of Connect can be in trouble too', async () => {
  stand.emulator.fault({ path: '/authorize', kind: { status: 500 } })
  expect(await stand.walk({ customer_id: 'page' })).toMatchObject({ ended: 'stuck', status: 500 })
})
