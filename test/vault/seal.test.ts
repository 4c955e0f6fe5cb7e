import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../src/domain/secret.ts'
import {
  acceptableCost,
  associated,
  newVaultKey,
  open,
  pack,
  pad,
  readVaultKey,
  seal,
  unpack,
  unpad,
} from '../../src/vault/seal.ts'

const KEY = randomBytes(32)
const ABOUT = associated('finchconn/row', 1, 'sandbox', 'connection')

describe('the envelope', () => {
  it('opens what it sealed, whatever that was', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3_000 }), (bytes) => {
        const plain = Buffer.from(bytes)
        const sealed = unpack(pack(seal(KEY, 'info', ABOUT, pad(plain))))
        const opened = sealed === null ? null : open(KEY, 'info', ABOUT, sealed)
        expect(opened === null ? null : unpad(opened)).toEqual(plain)
      }),
      { numRuns: 300 },
    )
  })

  it('does not open with any single bit changed', () => {
    const packed = pack(seal(KEY, 'info', ABOUT, pad(Buffer.from('a token'))))
    for (let bit = 0; bit < packed.length * 8; bit += 1) {
      const altered = Buffer.from(packed)
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const sealed = unpack(altered)
      expect(sealed === null ? null : open(KEY, 'info', ABOUT, sealed)).toBeNull()
    }
  })

  it('does not open cut short', () => {
    const packed = pack(seal(KEY, 'info', ABOUT, Buffer.from('a token')))
    for (let length = 0; length < packed.length; length += 1) {
      const sealed = unpack(packed.subarray(0, length))
      expect(sealed === null ? null : open(KEY, 'info', ABOUT, sealed)).toBeNull()
    }
  })

  const others: [what: string, about: Buffer, info: string, key: Buffer][] = [
    ['another connection', associated('finchconn/row', 1, 'sandbox', 'connectioN'), 'info', KEY],
    ['another environment', associated('finchconn/row', 1, 'production', 'connection'), 'info', KEY],
    ['the same letters divided elsewhere', associated('finchconn/row', 1, 'sandboxc', 'onnection'), 'info', KEY],
    ['another purpose', ABOUT, 'other', KEY],
    ['another key', ABOUT, 'info', randomBytes(32)],
  ]
  it.each(others)('does not open as %s', (_what, about, info, key) => {
    expect(open(key, info, about, seal(KEY, 'info', ABOUT, Buffer.from('a token')))).toBeNull()
  })

  it('is never the same twice', () => {
    const seen = new Set(
      Array.from({ length: 200 }, () => pack(seal(KEY, 'info', ABOUT, Buffer.from('x'))).toString('hex')),
    )
    expect(seen.size).toBe(200)
  })

  it('pads, so that lengths of tokens look alike', () => {
    expect(new Set([1, 36, 100, 500].map((length) => pad(Buffer.alloc(length, 1)).length))).toEqual(new Set([512]))
  })
})

describe('written vault keys', () => {
  it('are read back as 32 bytes', () => {
    expect(readVaultKey(newVaultKey()).length).toBe(32)
    expect(readVaultKey(new Secret(` ${newVaultKey().reveal()}\n`)).length).toBe(32)
  })

  const good = newVaultKey().reveal()
  const bad: [what: string, key: string][] = [
    ['empty', ''],
    ['a passphrase', 'correct horse battery staple'],
    ['cut', good.slice(0, -1)],
    // Not the last letter: two bits of it are no part of the key.
    ['mistyped', good.replace(/^fck1_./, (first) => (first === 'fck1_A' ? 'fck1_B' : 'fck1_A'))],
    ['another prefix', good.replace('fck1', 'fck2')],
    ['all zero', `fck1_${Buffer.alloc(32).toString('base64url')}_000000`],
    ['standard base64', good.replace(/^fck1_./, 'fck1_+')],
  ]
  it.each(bad)('%s is refused', (_what, key) => {
    expect(() => readVaultKey(new Secret(key))).toThrow(/invalid vault key/)
  })
})

describe('the cost of a passphrase', () => {
  const cases: [N: number, r: number, p: number, fine: boolean][] = [
    [2 ** 17, 8, 1, true],
    [2 ** 19, 8, 4, true],
    [2 ** 16, 8, 1, false],
    [2 ** 20, 8, 1, false],
    [2 ** 17 + 1, 8, 1, false],
    [2 ** 17, 9, 1, false],
    [2 ** 17, 8, 0, false],
    [2 ** 17, 8, 5, false],
    [Number.NaN, 8, 1, false],
  ]
  it.each(cases)('N %d r %d p %d: %s', (N, r, p, fine) => {
    expect(acceptableCost({ N, r, p })).toBe(fine)
  })
})
