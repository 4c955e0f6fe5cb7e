/** What a person sees who waits for Finch, and how long that can last. */
import { expect, it } from 'vitest'
import { stopped } from '../../src/problem.ts'
import { errorOf, world } from '../harness.ts'

it('a finished connect is held up by the employer’s name for one short bound, and says so', async () => {
  const place = await world()
  place.finch.fault({ path: '/employer/company', times: 9, kind: { delay: 45_000 } })
  const ran = await place.run('connect --customer acme --provider gusto --create', { employer: {} })
  expect(ran.code).toBe(0)
  expect(ran.stdout).toContain('not read yet')
  expect(ran.stderr).toContain("employer's name could not be read")
  expect(ran.stderr).toContain('timed out')
  expect(ran.stderr).toContain('--refresh')
  expect(place.finch.requests().filter(({ path }) => path === '/employer/company').length).toBeLessThanOrEqual(1)
})

it('Ctrl-C during the exchange says what is waited for and for how long, and loses nothing', async () => {
  const place = await world()
  place.finch.fault({ path: '/auth/token', kind: { delay: 500 } })
  const stop = new AbortController()
  const ran = await place.run('connect --customer acme --provider gusto --create', {
    employer: {},
    signal: stop.signal,
    onPhase: (phase) => {
      if (phase === 'P4') stop.abort(stopped())
    },
  })
  expect(ran.stderr).toMatch(/Still waiting for Finch's answer, \d+ seconds at most: it holds the new token/)
  expect((await place.run('token acme/gusto')).code).toBe(0)
})

it('a redirect is told as what it is: nothing was issued', async () => {
  const place = await world()
  place.finch.fault({
    path: '/auth/token',
    kind: { status: 307, headers: { Location: 'http://127.0.0.1:1/' }, body: {} },
  })
  const ran = await place.run('connect --customer acme --provider gusto --create --json', { employer: {} })
  expect(ran.code).toBe(6)
  expect(errorOf(ran)).toMatchObject({ code: 'redirected', retryable: true })
  expect(errorOf(ran).hint).not.toContain('lost')
  // The code is still good, so the next command finishes the login.
  expect((await place.run('token acme/gusto')).code).toBe(0)
})

it('a code that was spent by an answer nobody heard is worth another login', async () => {
  const place = await world()
  place.finch.fault({ path: '/auth/token', kind: { drop: 'after' } })
  const ran = await place.run('connect --customer acme --provider gusto --create --json', { employer: {} })
  expect(ran.code).toBe(1)
  expect(errorOf(ran)).toMatchObject({ code: 'invalid_grant', retryable: true })
})
