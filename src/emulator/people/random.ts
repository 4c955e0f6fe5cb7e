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
  let state = 0x9e3779b9
  for (const step of path) state = scramble(state ^ scramble(step + 0x7f4a7c15))
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
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
export function commonRank(chance: number, length: number): number {
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
