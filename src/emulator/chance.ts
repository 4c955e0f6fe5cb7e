import { createHash } from 'node:crypto'

// Everything the emulator makes up is drawn from words, never from the clock or from real chance: a restarted
// emulator must tell the same story about the same customer. Only secrets (tokens, codes, ids of sessions) are random.

/** Numbers that follow from the words they were seeded with. */
export interface Draw {
  /** A whole number from 0 up to, not including, `below`. */
  int(below: number): number
  /** True in about `percent` of 100 draws. */
  likely(percent: number): boolean
  pick<const T>(list: readonly T[]): T
}

/** The same uuid (version 4 in shape) for the same words. */
export function seededUuid(...words: readonly string[]): string {
  const hex = digest(words).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** The same sequence of draws for the same words. */
export function seededDraw(...words: readonly string[]): Draw {
  let state = digest(words).readUInt32LE(0)

  // mulberry32: small, and good enough for names and dates.
  function fraction(): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  return {
    int: (below) => Math.floor(fraction() * below),
    likely: (percent) => fraction() * 100 < percent,
    pick: (list) => {
      const found = list[Math.floor(fraction() * list.length)]
      if (found === undefined) throw new Error('nothing to pick from')
      return found
    },
  }
}

function digest(words: readonly string[]): Buffer {
  // Each word with its length, so that ('ab', 'c') and ('a', 'bc') differ.
  return createHash('sha256')
    .update(words.map((word) => `${word.length}:${word}`).join(''))
    .digest()
}
