import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Arrived, cookieOf, inspectRequest, readCallback } from '../../src/web/guard.ts'

const HOST = 'localhost:4179'

function arrived(change: Partial<Arrived> = {}): Arrived {
  return { method: 'GET', target: '/callback?code=x', rawHeaders: ['Host', HOST], ...change }
}

describe('which requests are heard', () => {
  const cases: [what: string, change: Partial<Arrived>, status: number | 'heard'][] = [
    ['the right one', {}, 'heard'],
    ['host in capitals', { rawHeaders: ['HOST', 'LOCALHOST:4179'] }, 'heard'],
    ['another host', { rawHeaders: ['Host', 'evil.test'] }, 421],
    ['the host without its port', { rawHeaders: ['Host', 'localhost'] }, 421],
    ['another port', { rawHeaders: ['Host', 'localhost:80'] }, 421],
    ['the address instead of the name', { rawHeaders: ['Host', '127.0.0.1:4179'] }, 421],
    ['no host', { rawHeaders: [] }, 421],
    ['two hosts', { rawHeaders: ['Host', HOST, 'Host', HOST] }, 421],
    ['a host that only begins right', { rawHeaders: ['Host', `${HOST}.evil.test`] }, 421],
    ['POST', { method: 'POST' }, 405],
    ['HEAD', { method: 'HEAD' }, 405],
    ['OPTIONS', { method: 'OPTIONS' }, 405],
    ['an absolute target', { target: 'http://localhost:4179/callback?code=x' }, 400],
    ['a target of two slashes', { target: '//evil.test/callback' }, 400],
    ['a prefetch', { rawHeaders: ['Host', HOST, 'Sec-Purpose', 'prefetch;prerender'] }, 204],
  ]
  it.each(cases)('%s: %s', (_what, change, status) => {
    const verdict = inspectRequest(arrived(change), HOST)
    expect(verdict.fits ? 'heard' : verdict.status).toBe(status)
  })
})

describe('what a callback says', () => {
  const cases: [query: string, kind: string][] = [
    ['code=abc&state=s', 'code'],
    ['code=abc', 'code'],
    ['error=access_denied&state=s', 'refused'],
    ['', 'nonsense'],
    ['code=', 'nonsense'],
    ['code=a&code=b&state=s', 'nonsense'],
    ['code=a&state=s&state=t', 'nonsense'],
    ['code[]=a&state=s', 'nonsense'],
    ['code=a&error=b&state=s', 'nonsense'],
    ['code=a%00b&state=s', 'nonsense'],
    ['code=a%0d%0aSet-Cookie:x&state=s', 'nonsense'],
    [`code=${'x'.repeat(4_097)}`, 'nonsense'],
    ['state=s', 'nonsense'],
  ]
  it.each(cases)('%s → %s', (query, kind) => {
    expect(readCallback(new URLSearchParams(query)).kind).toBe(kind)
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.webQueryParameters(), (query) => {
        readCallback(new URLSearchParams(query))
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('the cookie', () => {
  const cases: [headers: string[], value: string | null][] = [
    [['Cookie', 'finchconn_flow=abc'], 'abc'],
    [['Cookie', 'a=1; finchconn_flow=abc; b=2'], 'abc'],
    [['cookie', 'a=1', 'Cookie', 'finchconn_flow=abc'], 'abc'],
    [['Cookie', 'finchconn_flow=abc; finchconn_flow=def'], null],
    [['Cookie', 'xfinchconn_flow=abc'], null],
    [[], null],
  ]
  it.each(cases)('%j → %s', (rawHeaders, value) => {
    expect(cookieOf(arrived({ rawHeaders }), 'finchconn_flow')).toBe(value)
  })
})
