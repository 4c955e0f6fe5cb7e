/** Names that people give, addresses that are told back, and texts of any length. */
import { describe, expect, it } from 'vitest'
import { addressToShow } from '../../src/domain/address.ts'
import { checkCustomerId, checkName } from '../../src/domain/customer.ts'
import { providerName } from '../../src/domain/provider.ts'
import { readCompany, readIntrospection } from '../../src/finch/answers.ts'
import { errorOf, world } from '../harness.ts'

describe('names', () => {
  it.each(['Acme 👩‍👩‍👧‍👦', '❤️ Bakery', '株式会社山田', 'Ünïcode'])('%s is one', (name) => {
    expect(checkName(name)).toBe(name)
  })

  it.each(['a\u200db', 'Acme\u00ad', 'Acme\u3164', 'Acme\u115f', 'Acme\u{e0041}', 'Acme\u202e', 'a\nb', '👩\u200d'])(
    '%j is none',
    (name) => {
      expect(() => checkName(name)).toThrow()
      expect(() => checkCustomerId(name)).toThrow()
    },
  )

  it('two writings of one letter are one', () => {
    expect(checkName('Cafe\u0301')).toBe('Caf\u00e9')
  })
})

describe('an address that is told back', () => {
  const cases: [written: string, shown: string][] = [
    ['https://api.example.com/x', 'https://api.example.com/x'],
    ['https://user:hunter2@api.example.com', 'https://…@api.example.com'],
    ['https://user:hun#ter2@api.example.com', 'https://…@api.example.com'],
    ['https://user:hun@ter2@api.example.com/?key=hunter2', 'https://…@api.example.com/…'],
    ['user:hunter2@api.example.com', '…@api.example.com'],
    ['https://api.example.com?key=hunter2', 'https://api.example.com…'],
    ['hunter2 @ nowhere', '…@ nowhere'],
  ]
  it.each(cases)('%s', (written, shown) => {
    expect(addressToShow(written)).toBe(shown)
  })

  const settings: [name: string, value: string][] = [
    ['FINCHCONN_API_URL', 'https://user:hunter2@api.example.com'],
    ['FINCHCONN_API_URL', 'http://user:hunter2@api.example.com'],
    ['FINCHCONN_API_URL', 'user:hunter2@api.example.com'],
    ['FINCHCONN_CONNECT_URL', 'https://:hunter2@connect.example.com'],
    ['FINCHCONN_REDIRECT_URI', 'http://user:hunter2@localhost:4179/callback'],
    ['FINCHCONN_REDIRECT_URI', 'http://:hunter2@localhost:4179/callback'],
    ['FINCHCONN_REDIRECT_URI', 'ftp://a:hunter2@x'],
  ]
  it.each(settings)('%s=%s is refused without its password', async (name, value) => {
    const place = await world()
    for (const command of ['list --json', 'config --json']) {
      const ran = await place.run(command, { env: { [name]: value } })
      expect(ran.stdout + ran.stderr).not.toContain('hunter2')
    }
    expect(errorOf(await place.run('list --json', { env: { [name]: value } })).code).toBe('bad_settings')
  })

  it.each(['http://127.0.0.2:4180', 'http://127.255.0.1:4180'])('%s is this machine', async (url) => {
    const place = await world()
    const ran = await place.run('config --json', { env: { FINCHCONN_API_URL: url, FINCHCONN_CONNECT_URL: url } })
    expect(ran.code).toBe(0)
    expect(ran.stdout).toContain(url)
  })
})

describe('texts of Finch', () => {
  it('are cut at reading', () => {
    const long = 'x'.repeat(1_000_000)
    const { legalName } = readCompany(Buffer.from(JSON.stringify({ id: 'c', legal_name: long, ein: null })))
    expect(legalName).toHaveLength(501)
    const said = readIntrospection(
      Buffer.from(
        JSON.stringify({
          connection_id: 'c',
          client_type: 'sandbox',
          provider_id: 'gusto',
          connection_status: { status: 'connected', message: long },
          products: [long],
          company_id: long,
          entities: [{ id: 'e', name: long, source_id: long, status: long }],
        }),
      ),
    )
    expect(JSON.stringify(said).length).toBeLessThan(8_000)
  })

  it('are not cut in the middle of a character', () => {
    const { legalName } = readCompany(Buffer.from(JSON.stringify({ legal_name: `${'x'.repeat(499)}😀😀` })))
    expect(legalName).toBe(`${'x'.repeat(499)}…`)
  })
})

it('providers are written as people write them', () => {
  expect(['gusto', 'adp_run', 'bamboo_hr', 'paychex_flex'].map(providerName)).toEqual([
    'Gusto',
    'ADP Run',
    'BambooHR',
    'Paychex Flex',
  ])
})
