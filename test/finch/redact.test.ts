import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../src/domain/secret.ts'
import { redactor } from '../../src/finch/redact.ts'

const SECRET = 'finch-secret-sandbox-q3T/8z+"LqM&0x~Vb7'
const hidden = redactor([new Secret(SECRET), undefined])
const bytes = Buffer.from(SECRET)

describe('a secret that a server repeats', () => {
  const writings: [how: string, written: string][] = [
    ['as it is', SECRET],
    ['in JSON', JSON.stringify(SECRET).slice(1, -1)],
    ['in JSON with escaped slashes', JSON.stringify(SECRET).slice(1, -1).replaceAll('/', '\\/')],
    ['in an address', encodeURIComponent(SECRET)],
    ['in an address, in small letters', encodeURIComponent(SECRET).toLowerCase()],
    ['in an address, every byte', bytes.toString('hex').replaceAll(/../g, '%$&')],
    ['in HTML', SECRET.replaceAll('&', '&amp;').replaceAll('"', '&quot;')],
    ['in hex', bytes.toString('hex')],
    ['in big hex', bytes.toString('hex').toUpperCase()],
    ['in base64', bytes.toString('base64')],
    ['in base64url', bytes.toString('base64url')],
    ['in base64 after one byte', Buffer.concat([Buffer.from('x'), bytes]).toString('base64')],
    ['in base64 after two bytes', Buffer.concat([Buffer.from('xy'), bytes, Buffer.from('z')]).toString('base64')],
    ['in base64url after two bytes', Buffer.concat([Buffer.from('xy'), bytes]).toString('base64url')],
    ['as Basic credentials', Buffer.from(`client:${SECRET}`).toString('base64')],
    ['backwards', [...SECRET].reverse().join('')],
    ['shortened to 8', SECRET.slice(0, 8)],
    ['shortened to 10', SECRET.slice(0, 10)],
    ['its end', SECRET.slice(-8)],
    ['its middle', SECRET.slice(14, 30)],
  ]
  it.each(writings)('%s is not shown', (_how, written) => {
    const shown = hidden.words(`bad credentials (${written}) for you`)
    expect(shown).toMatch(/^bad credentials \(.{0,10}\[secret\].{0,4}\) for you$/)
    const body = hidden.body(Buffer.from(JSON.stringify({ a: [{ b: written, [written]: 1 }], c: 7, d: null })))
    expect(body.toString()).not.toContain(written)
    expect(JSON.parse(body.toString())).toMatchObject({ c: 7, d: null })
  })

  it('what surrounds it stays, and every repetition goes', () => {
    expect(hidden.words(`<${SECRET}> and ${SECRET}${SECRET}!`)).toBe('<[secret]> and [secret][secret]!')
  })

  it('an id that begins like the token stays, and one that is in the token goes', () => {
    const id = '7f3a91c2-5b7e-4c1d-9e2f-0a1b2c3d4e5f'
    const near = '7f3a91c2-5b7e-4aaa-8bbb-ccccddddeeee'
    const token = redactor([new Secret(`tok_${id}`)])
    expect(redactor([new Secret(near)]).value({ connection_id: id })).toEqual({ connection_id: id })
    expect(token.value({ connection_id: near, entity_ids: [near] })).toEqual({
      connection_id: near,
      entity_ids: [near],
    })
    expect(token.value({ connection_id: id })).toEqual({ connection_id: '[secret]' })
    expect(token.words(`no token ${id.slice(0, 30)}`)).toBe('no token [secret]')
  })

  it('ordinary words stay', () => {
    const ordinary = 'Finch keeps one connection per customer; this sandbox is finch-like, and the secret is out.'
    expect(hidden.words(ordinary)).toBe(ordinary)
    const body = Buffer.from('{ "a" : 1 }')
    expect(hidden.body(body)).toBe(body)
    expect(redactor([undefined, new Secret('ab')]).words('ab')).toBe('ab')
  })

  it('no eight characters of its beginning ever come through', () => {
    fc.assert(
      fc.property(
        fc.string({
          minLength: 8,
          maxLength: 60,
          unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
        }),
        fc.integer({ min: 8, max: 60 }),
        fc.string(),
        fc.string(),
        (secret, length, before, after) => {
          const shown = redactor([new Secret(secret)]).words(before + secret.slice(0, length) + after)
          expect(shown.includes(secret.slice(0, 8)) && !'[secret]'.includes(secret.slice(0, 8))).toBe(false)
        },
      ),
      { numRuns: 2_000 },
    )
  })
})
