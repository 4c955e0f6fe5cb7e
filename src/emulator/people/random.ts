/** Chance from a seed: the same seed and path give the same people on every machine. */

export interface Random {
  /** 0 ≤ x < 1. */
  next(): number
  /** 0 … n − 1. */
  below(n: number): number
  chance(share: number): boolean
  pick<T>(list: readonly T[]): T
  /** Early entries far more often than late ones, as names are. */
  pickCommon<T>(list: readonly T[]): T
  digits(n: number): string
}

/** A stream of its own for every path, e.g. (seed, household 12, member 1, connection 3). */
export function randomFor(...path: readonly number[]): Random {
  // 64 bits of seed: with 32, two of a million people would be one.
  let a = 0x9e3779b9
  let b = 0x243f6a88
  for (const step of path) {
    a = scramble(a ^ scramble(step + 0x7f4a7c15))
    b = scramble((b + scramble(step ^ 0x5bd1e995)) | 0)
  }
  let c = a ^ b
  let counter = 1
  // sfc32 by Chris Doty-Humphrey, public domain.
  const next = () => {
    const t = (a + b + counter++) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + t
    return (t >>> 0) / 2 ** 32
  }
  for (let round = 0; round < 4; round++) next()
  const below = (n: number) => Math.floor(next() * n)
  return {
    next,
    below,
    chance: (share) => next() < share,
    pick: <T>(list: readonly T[]) => list[below(list.length)] as T,
    pickCommon: <T>(list: readonly T[]) => list[commonRank(next(), list.length)] as T,
    digits: (n) => Array.from({ length: n }, () => below(10)).join(''),
  }
}

/** Rank r is drawn in proportion to 1 / (r + 8): about how surnames of a country are spread. */
function commonRank(chance: number, length: number): number {
  return Math.min(length - 1, Math.floor(8 * ((length + 8) / 8) ** chance - 8))
}

/** Share of rank r in `commonRank`. */
export function commonShare(rank: number, length: number): number {
  return Math.log((rank + 9) / (rank + 8)) / Math.log((length + 8) / 8)
}

function scramble(x: number): number {
  let h = x | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
