import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { credentialMistake } from '../../src/domain/credentials.ts'
import { errorOf, freePort, runCli, world } from '../harness.ts'
import { atTerminal, ENTER } from '../person.ts'

describe('client id and secret', () => {
  it.each([
    ['', 'empty'],
    ['two words', 'a space'],
    ['two\nlines', 'a line break'],
    ['"quoted"', 'quotes'],
    ['sécret', 'not plain ASCII'],
    ['long–dash', 'not plain ASCII'],
    ['x'.repeat(513), 'longer than 512'],
  ])('%j: %s', (value, words) => {
    expect(credentialMistake('client id', value)).toContain(words)
    expect(credentialMistake('client secret', value)).toContain(words)
  })

  it('a colon ends an id, and not a secret', () => {
    expect(credentialMistake('client id', 'a:b')).toContain('colon')
    expect(credentialMistake('client secret', 'a:b')).toBeNull()
  })

  it.each([
    ['blank lines at its end', 'finch-secret\n\n'],
    ['a byte order mark and Windows line ends', '\ufefffinch-secret\r\n'],
    ['blanks around it', '  finch-secret \n'],
  ])('the secret on stdin may have %s', async (_, stdin) => {
    const place = await world({ clientSecret: 'finch-secret' })
    const ran = await place.run(
      `setup --environment sandbox --client-id ${place.finch.clientId} --client-secret-stdin --vault sealed --json`,
      { env: { FINCH_CLIENT_SECRET: undefined }, stdin },
    )
    expect(ran.json()).toMatchObject({ credentials_accepted: true })
  })

  it('one rule for setup and for variables', async () => {
    const place = await world()
    const env = { FINCH_CLIENT_SECRET: 'sécret' }
    const setup = await place.run('setup --environment sandbox --vault sealed --json', { env })
    const connect = await place.run('connect --customer acme --create --json', { env })
    expect([setup.code, errorOf(setup).code]).toEqual([2, 'credentials_malformed'])
    expect([connect.code, errorOf(connect).code]).toEqual([4, 'credentials_malformed'])
    expect(errorOf(connect).message).toBe(errorOf(setup).message)
  })

  it('that Finch does not accept are saved, with a warning', async () => {
    const place = await world()
    const env = { FINCH_CLIENT_SECRET: 'another-secret' }
    const ran = await place.run('setup --environment sandbox --vault sealed', { env })
    expect(ran.code).toBe(0)
    expect(ran.stderr).toContain('Finch does not accept this client id and secret')
    const silent = { ...env, FINCHCONN_API_URL: `http://127.0.0.1:${await freePort()}` }
    expect(
      (await place.run('setup --environment sandbox --vault sealed --json', { env: silent })).json(),
    ).toMatchObject({
      credentials_accepted: null,
    })
  })
})

it.each([
  'setup --environment sandbox --client-id c --client-secret-stdin --vault sealed',
  'reconcile --people - --json',
])('%s ends with the signal while stdin stays open', async (args) => {
  const place = await world()
  const stop = new AbortController()
  const stdin = new PassThrough()
  const running = runCli(args.split(' '), { env: place.env, stdin, signal: stop.signal })
  await new Promise<void>((resolve) => stdin.on('newListener', (event) => event === 'readable' && resolve()))
  const { stopped } = await import('../../src/problem.ts')
  stop.abort(stopped())
  expect((await running).code).toBe(130)
})

describe.runIf(process.platform === 'linux')('setup at a terminal', () => {
  const asked = (env: Record<string, string | undefined>) => ({
    ...env,
    FINCH_CLIENT_ID: undefined,
    FINCH_CLIENT_SECRET: undefined,
    FINCHCONN_VAULT_KEY: undefined,
    FINCHCONN_REDIRECT_URI: undefined,
    DBUS_SESSION_BUS_ADDRESS: 'disabled:',
  })

  it('says beside the choice that there is no keychain, and makes a sealed vault in place', async () => {
    const place = await world()
    const person = atTerminal(['setup'], asked(place.env))
    await person.answers('Which Finch application', ENTER)
    await person.answers('Client id', `${place.finch.clientId}${ENTER}`)
    await person.answers('Client secret', `${place.finch.clientSecret}${ENTER}`)
    await person.answers('Redirect URI', ENTER)
    await person.answers('request by default', ENTER)
    await person.answers(/sealed vault in a file.*keychain \(not usable: /s, ENTER)
    await person.answers('Passphrase for the new vault', `a long enough phrase${ENTER}`)
    await person.answers('Repeat the passphrase', `a long enough phrase${ENTER}`)
    const { code, screen } = await person.ended()
    expect(screen).toContain('Saved the profile default (sandbox); the secret is in the sealed vault')
    expect(code).toBe(0)
  })

  it('asks again only for what was wrong', async () => {
    const place = await world()
    const person = atTerminal(['setup', '--environment', 'sandbox', '--vault', 'keychain'], asked(place.env))
    await person.answers('Client id', `bad id${ENTER}`)
    await person.answers('the client id has a space', `\u0015${place.finch.clientId}${ENTER}`)
    await person.answers('Client secret', `${place.finch.clientSecret}${ENTER}`)
    await person.answers('Redirect URI', `http://example.com/cb${ENTER}`)
    await person.answers('redirect URI must be', `\u0015${ENTER}`)
    await person.answers('request by default', `comapny${ENTER}`)
    await person.answers('comapny', `\u0015company${ENTER}`)
    await person.answers(/the keychain \(Secret Service\) cannot be used.*Where should tokens be kept/s, ENTER)
    await person.answers('Passphrase for the new vault', `a long enough phrase${ENTER}`)
    await person.answers('Repeat the passphrase', `a long enough phrase${ENTER}`)
    const { code, screen } = await person.ended()
    expect(screen).toContain('Saved the profile default')
    expect(code).toBe(0)
  })
})
