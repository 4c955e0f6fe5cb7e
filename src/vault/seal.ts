/**
 * The envelope: how a secret is sealed with a key. Pure, no file and no database.
 * AES-256-GCM under a key made for this one write (HKDF with a fresh 32-byte salt), so the limit on random nonces is out
 * of reach; 16-byte tags only; associated data is length-prefixed, because glued strings have two readings.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  scryptSync,
} from 'node:crypto'
import { Secret } from '../domain/secret.ts'
import { Problem } from '../problem.ts'

const TAG_BYTES = 16
const STEP_BYTES = 512

export interface Sealed {
  readonly salt: Buffer
  readonly nonce: Buffer
  /** Ciphertext followed by its tag. */
  readonly sealed: Buffer
}

/** Each field behind its length: `("ab","c")` and `("a","bc")` must not look alike. */
export function associated(...fields: readonly (string | number | Buffer)[]): Buffer {
  return Buffer.concat(
    fields.flatMap((field) => {
      const bytes = Buffer.isBuffer(field) ? field : Buffer.from(String(field), 'utf8')
      const length = Buffer.alloc(4)
      length.writeUInt32BE(bytes.length)
      return [length, bytes]
    }),
  )
}

function derive(key: Buffer, salt: Buffer, info: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, info, bytes))
}

export function seal(key: Buffer, info: string, about: Buffer, plain: Buffer): Sealed {
  const salt = randomBytes(32)
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', derive(key, salt, info, 32), nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(about)
  const body = Buffer.concat([cipher.update(plain), cipher.final()])
  return { salt, nonce, sealed: Buffer.concat([body, cipher.getAuthTag()]) }
}

/** The plain bytes, or null when key, associated data or any byte differ from what was sealed. */
export function open(key: Buffer, info: string, about: Buffer, { salt, nonce, sealed }: Sealed): Buffer | null {
  if (salt.length !== 32 || nonce.length !== 12 || sealed.length < TAG_BYTES) return null
  const cipher = createDecipheriv('aes-256-gcm', derive(key, salt, info, 32), nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(about)
  cipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES))
  try {
    return Buffer.concat([cipher.update(sealed.subarray(0, -TAG_BYTES)), cipher.final()])
  } catch {
    // GCM says only that it does not fit; the caller knows what that means where it stands.
    return null
  }
}

/** One buffer for a column or a file: version, salt, nonce, sealed. */
export function pack({ salt, nonce, sealed }: Sealed): Buffer {
  return Buffer.concat([Buffer.from([1]), salt, nonce, sealed])
}

export function unpack(packed: Buffer): Sealed | null {
  if (packed.length < 45 + TAG_BYTES || packed[0] !== 1) return null
  return { salt: packed.subarray(1, 33), nonce: packed.subarray(33, 45), sealed: packed.subarray(45) }
}

/** Pads to 512-byte steps, so that the size of a row does not tell the length of its token. */
export function pad(plain: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(plain.length)
  const used = 4 + plain.length
  return Buffer.concat([length, plain, Buffer.alloc((STEP_BYTES - (used % STEP_BYTES)) % STEP_BYTES)])
}

export function unpad(padded: Buffer): Buffer | null {
  if (padded.length < 4) return null
  const length = padded.readUInt32BE(0)
  return length > padded.length - 4 ? null : padded.subarray(4, 4 + length)
}

const KEY_SHAPE = /^fck1_([A-Za-z0-9_-]{43})_([0-9a-f]{6})$/

function checksum(key: Buffer): string {
  return createHash('sha256').update('finchconn/vault-key/1').update(key).digest('hex').slice(0, 6)
}

/** A new key for `FINCHCONN_VAULT_KEY`: `fck1_`, 32 random bytes in base64url, `_`, 6 hex digits of checksum. */
export function newVaultKey(): Secret {
  const key = randomBytes(32)
  return new Secret(`fck1_${key.toString('base64url')}_${checksum(key)}`)
}

/** The 32 bytes of a written key; a passphrase or a truncated key is refused before it is used. */
export function readVaultKey(written: Secret): Buffer {
  const match = KEY_SHAPE.exec(written.reveal().trim())
  const key = Buffer.from(match?.[1] ?? '', 'base64url')
  if (match === null || key.length !== 32 || checksum(key) !== match[2] || key.every((byte) => byte === 0)) {
    throw new Problem('unavailable', "invalid vault key: it's truncated, mistyped or not a finchconn key", {
      code: 'vault_key_malformed',
      hint: 'a key looks like fck1_…; make one with: finchconn vault keygen',
    })
  }
  return key
}

/** The two keys a vault key yields: one wraps the data key, one proves which vault key it was. */
export interface WrappingKeys {
  readonly wrap: Buffer
  readonly commit: Buffer
}

function halves(bytes: Buffer): WrappingKeys {
  return { wrap: bytes.subarray(0, 32), commit: bytes.subarray(32, 64) }
}

export function keysFromRaw(key: Buffer, vaultId: Buffer): WrappingKeys {
  return halves(derive(key, vaultId, 'finchconn/kek/1', 64))
}

export interface ScryptCost {
  readonly N: number
  readonly r: number
  readonly p: number
}

/** OWASP's floor where Argon2id is not available. */
export const SCRYPT_COST: ScryptCost = { N: 2 ** 17, r: 8, p: 1 }

/** Checked before running: a written cost is somebody's input, and may be a downgrade or a memory bomb. */
export function acceptableCost({ N, r, p }: ScryptCost): boolean {
  const power = Math.log2(N)
  return Number.isInteger(power) && power >= 17 && power <= 19 && r === 8 && Number.isInteger(p) && p >= 1 && p <= 4
}

export function keysFromPassphrase(passphrase: Secret, salt: Buffer, cost: ScryptCost): WrappingKeys {
  const bytes = Buffer.from(passphrase.reveal().normalize('NFC'), 'utf8')
  // Node's default memory limit is below what 2^17 needs.
  return halves(scryptSync(bytes, salt, 64, { ...cost, maxmem: 129 * cost.N * cost.r + 1024 * 1024 }))
}

/** AES-GCM does not commit to its key; this value lets "wrong key" and "damaged" be told apart. */
export function commitment(keys: WrappingKeys, vaultId: Buffer, keyId: string): Buffer {
  return createHmac('sha256', keys.commit).update('finchconn/commit/1').update(vaultId).update(keyId).digest()
}
