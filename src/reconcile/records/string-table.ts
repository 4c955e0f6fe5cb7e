/**
 * Every distinct string once, as bytes in one array, known by a small number (0 = none). Two records have the same
 * string exactly when they have the same number, and threads can share the arrays as they are.
 */
import { letterSet } from './letter-set.ts'

export interface StringTable {
  readonly bytes: Uint8Array
  /** String t spans bytes[start[t] .. start[t + 1]). */
  readonly start: Uint32Array
  /** Depends on the bytes alone, never on the order of arrival: blocking keys are made of it. */
  readonly hash: Uint32Array
  /** Which letters occur, one bit each: see letterSet. */
  readonly letters: Int32Array
  readonly count: number
}

export class StringTableBuilder {
  #bytes = new Uint8Array(1 << 16)
  #start = new Uint32Array(1 << 12)
  #hash = new Uint32Array(1 << 12)
  #slots = new Int32Array(1 << 13)
  #used = 0
  #count = 1

  /** The number of a string, new or known. Code units above 255 are folded: the table compares, it does not print. */
  intern(text: string): number {
    const length = text.length
    if (length === 0) return 0
    let hash = 0x811c9dc5
    for (let k = 0; k < length; k++) hash = Math.imul(hash ^ (text.charCodeAt(k) & 0xff), 0x01000193)
    hash = mix(hash)
    const mask = this.#slots.length - 1
    let slot = hash & mask
    for (let id = this.#slots[slot]!; id !== 0; id = this.#slots[slot]!) {
      if (this.#hash[id] === hash && this.#holds(id, text)) return id
      slot = (slot + 1) & mask
    }
    return this.#add(text, hash, slot)
  }

  /** The finished arrays; strings added later are not in them. */
  finish(): StringTable {
    const letters = new Int32Array(this.#count)
    for (let id = 1; id < this.#count; id++)
      letters[id] = letterSet(this.#bytes, this.#start[id]!, this.#start[id + 1]!)
    return {
      letters,
      bytes: this.#bytes.slice(0, this.#used),
      start: this.#start.slice(0, this.#count + 1),
      hash: this.#hash.slice(0, this.#count),
      count: this.#count,
    }
  }

  #holds(id: number, text: string): boolean {
    const from = this.#start[id]!
    if (this.#start[id + 1]! - from !== text.length) return false
    for (let k = 0; k < text.length; k++) if (this.#bytes[from + k] !== (text.charCodeAt(k) & 0xff)) return false
    return true
  }

  #add(text: string, hash: number, slot: number): number {
    const id = this.#count++
    if (id + 2 > this.#start.length) {
      this.#start = grown(this.#start, Uint32Array)
      this.#hash = grown(this.#hash, Uint32Array)
    }
    while (this.#used + text.length > this.#bytes.length) this.#bytes = grown(this.#bytes, Uint8Array)
    for (let k = 0; k < text.length; k++) this.#bytes[this.#used + k] = text.charCodeAt(k) & 0xff
    this.#start[id] = this.#used
    this.#used += text.length
    this.#start[id + 1] = this.#used
    this.#hash[id] = hash
    this.#slots[slot] = id
    if (id * 2 > this.#slots.length) this.#rehash()
    return id
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2)
    const mask = slots.length - 1
    for (let id = 1; id < this.#count; id++) {
      let slot = this.#hash[id]! & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = id
    }
    this.#slots = slots
  }
}

/** Twice as long, same content. */
function grown<T extends Uint8Array | Uint32Array | Int32Array>(array: T, kind: new (length: number) => T): T {
  const next = new kind(Math.max(16, array.length * 2))
  next.set(array)
  return next
}

/** The finishing step of MurmurHash3: every bit of the key reaches every bit of the answer. */
export function mix(key: number): number {
  let h = key ^ (key >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** One key of two; 0 (none) if either is none, and never 0 otherwise. */
export function hashBoth(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : mix(Math.imul(a, 0x9e3779b1) ^ b) || 1
}
