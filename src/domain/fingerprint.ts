import { createHash, timingSafeEqual } from 'node:crypto'
import type { Secret } from './secret.ts'

/** First 12 hex digits of SHA-256 over a label and the token: two operators can compare tokens without showing one. */
export function fingerprint(token: Secret): string {
  return createHash('sha256').update('finchconn/fingerprint/1').update(token.reveal()).digest('hex').slice(0, 12)
}

/** SHA-256 in hex, for values that are only ever compared (the `state` of a login). */
export function digest(value: string): string {
  return createHash('sha256').update(value).digest('hex')
}

/** Comparison whose time does not tell how much was right. Lengths may be seen. */
export function equalInConstantTime(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
