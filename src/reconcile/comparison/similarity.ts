/**
 * String distances over the bytes of the string table. They run millions of times, so nothing here allocates: scratch
 * space belongs to the caller. That is why no library is used; the tests hold them against fastest-levenshtein and
 * textbook versions.
 */

/** Longest run of bytes compared; names and streets beyond it are compared by their head. */
const LONGEST = 64

export interface Scratch {
  readonly used: Uint8Array
  readonly matched: Uint8Array
  readonly rows: Uint8Array
}

export function makeScratch(): Scratch {
  return { used: new Uint8Array(LONGEST), matched: new Uint8Array(LONGEST), rows: new Uint8Array(48) }
}

/**
 * Whether Jaro–Winkler can reach `floor` at all, from the lengths, the common prefix and the sets of letters
 * (`letterSet`). Most pairs of strings cannot, and need no search for matches.
 */
export function canReach(
  floor: number,
  aLength: number,
  bLength: number,
  aSet: number,
  bSet: number,
  prefix: number,
): boolean {
  const shorter = aLength < bLength ? aLength : bLength
  // Every letter the other one lacks is a byte without a match.
  const byA = aLength - bitCount(aSet & ~bSet)
  const byB = bLength - bitCount(bSet & ~aSet)
  const most = Math.min(shorter, byA, byB)
  if (most <= 0) return false
  const jaro = (most / aLength + most / bLength + 1) / 3
  return jaro + prefix * 0.1 * (1 - jaro) >= floor
}

function bitCount(set: number): number {
  let n = set - ((set >>> 1) & 0x55555555)
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333)
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** Jaro–Winkler, 0 to 1, with the usual prefix scale 0.1 over at most 4 bytes. Two empty strings give 0. */
export function jaroWinkler(
  bytes: Uint8Array,
  aStart: number,
  aEnd: number,
  bStart: number,
  bEnd: number,
  scratch: Scratch,
): number {
  const a = Math.min(aEnd - aStart, LONGEST)
  const b = Math.min(bEnd - bStart, LONGEST)
  if (a === 0 || b === 0) return 0
  const { used, matched } = scratch
  const reach = Math.max(0, (Math.max(a, b) >> 1) - 1)
  for (let j = 0; j < b; j++) used[j] = 0
  let matches = 0
  for (let i = 0; i < a; i++) {
    const byte = bytes[aStart + i]!
    const from = i > reach ? i - reach : 0
    const to = i + reach + 1 < b ? i + reach + 1 : b
    for (let j = from; j < to; j++) {
      if (used[j] === 0 && bytes[bStart + j] === byte) {
        used[j] = 1
        matched[matches++] = byte
        break
      }
    }
  }
  if (matches === 0) return 0
  let crossed = 0
  for (let j = 0, k = 0; j < b; j++) {
    if (used[j] === 1) {
      if (matched[k] !== bytes[bStart + j]) crossed++
      k++
    }
  }
  const jaro = (matches / a + matches / b + (matches - (crossed >> 1)) / matches) / 3
  let prefix = 0
  const most = Math.min(4, a, b)
  while (prefix < most && bytes[aStart + prefix] === bytes[bStart + prefix]) prefix++
  return jaro + prefix * 0.1 * (1 - jaro)
}

/**
 * Optimal string alignment (a swap of neighbors counts one) of two numbers written with `digits` digits.
 * Exact up to 2; anything further is 3, as the levels ask for no more.
 */
export function digitDistance(a: number, b: number, digits: number, scratch: Scratch): number {
  if (a === b) return 0
  const x = scratch.used
  const y = scratch.matched
  let differ = 0
  for (let k = digits - 1, p = a, q = b; k >= 0; k--) {
    const u = p % 10
    const v = q % 10
    x[k] = u
    y[k] = v
    if (u !== v) differ++
    p = (p - u) / 10
    q = (q - v) / 10
  }
  if (differ === 1) return 1
  return alignment(x, y, digits, scratch.rows)
}

/** Three rows of at most 16 cells, kept in one array; only the band within two of the diagonal can stay below 3. */
function alignment(x: Uint8Array, y: Uint8Array, n: number, rows: Uint8Array): number {
  let before = 0
  let above = 16
  let here = 32
  for (let j = 0; j <= n; j++) rows[above + j] = j
  for (let i = 1; i <= n; i++) {
    rows[here] = i
    let least = i
    const from = i > 3 ? i - 2 : 1
    const to = i + 2 < n ? i + 2 : n
    if (from > 1) rows[here + from - 1] = 9
    for (let j = from; j <= to; j++) {
      const same = x[i - 1] === y[j - 1]
      let cost = rows[above + j - 1]! + (same ? 0 : 1)
      // Cells outside the band were never written in this round: they count as far away.
      const up = j < i + 2 ? rows[above + j]! + 1 : 9
      const left = rows[here + j - 1]! + 1
      if (up < cost) cost = up
      if (left < cost) cost = left
      if (i > 1 && j > 1 && x[i - 1] === y[j - 2] && x[i - 2] === y[j - 1]) {
        const swap = rows[before + j - 2]! + 1
        if (swap < cost) cost = swap
      }
      rows[here + j] = cost
      if (cost < least) least = cost
    }
    if (least > 2) return 3
    const spare = before
    before = above
    above = here
    here = spare
  }
  return Math.min(3, rows[above + n]!)
}

/** Whether two runs of bytes are one edit apart (insertion, deletion, substitution, swap of neighbors). */
export function oneEdit(bytes: Uint8Array, aStart: number, aEnd: number, bStart: number, bEnd: number): boolean {
  let i = aStart
  let j = bStart
  while (i < aEnd && j < bEnd && bytes[i] === bytes[j]) {
    i++
    j++
  }
  let p = aEnd
  let q = bEnd
  while (p > i && q > j && bytes[p - 1] === bytes[q - 1]) {
    p--
    q--
  }
  const left = p - i
  const right = q - j
  if (left + right === 0) return false
  if (left <= 1 && right <= 1) return true
  return left === 2 && right === 2 && bytes[i] === bytes[j + 1] && bytes[i + 1] === bytes[j]
}
