/** The letters of a string as bits, to rule out that two strings are alike before they are compared. */

/** Which of 26 letters and 6 groups of digits and signs a string holds, one bit each. */
export function letterSet(bytes: Uint8Array, from: number, to: number): number {
  let set = 0
  for (let k = from; k < to; k++) {
    const byte = bytes[k]!
    set |= 1 << (byte >= 97 && byte <= 122 ? byte - 97 : 26 + (byte % 6))
  }
  return set
}
