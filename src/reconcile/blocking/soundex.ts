/** Soundex digits of the letters a to z; 0 is not written. */
const DIGITS = '01230120022455012623010202'
const LETTER_A = 97
const LONGEST = 4
/** Stands for a first letter that has no digit. */
const VOWEL = 7

/** Number for the sounds of a text; 0 for an empty one. Unlike Soundex, the first letter counts by its sound. */
export function soundOf(bytes: Uint8Array, from: number, to: number): number {
  let sound = 0
  let previous = 0
  let kept = 0
  for (let k = from; k < to && kept < LONGEST; k++) {
    const digit = digitOf(bytes[k]!)
    if (k === from) sound = digit === 0 ? VOWEL : digit
    else if (digit !== 0 && digit !== previous) {
      sound = sound * 8 + digit
      kept++
    }
    previous = digit
  }
  return sound
}

function digitOf(byte: number): number {
  const letter = byte - LETTER_A
  return letter >= 0 && letter < DIGITS.length ? DIGITS.charCodeAt(letter) - 48 : 0
}
