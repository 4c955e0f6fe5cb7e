import { addAbortSignal, type Readable } from 'node:stream'
import type { Host } from '../app.ts'

/** Our stdin, given up when the person stops us: whoever holds its other end may never close it. */
export function stdinOf({ stdin, signal }: Host): Readable {
  return addAbortSignal(signal, stdin as Readable)
}
