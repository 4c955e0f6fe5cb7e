/**
 * Characters that a reader does not see, or that change what is seen around them: two names that look equal may differ by
 * them. Inside an emoji some of them are what makes it one picture, and stay.
 */

// Control characters, lone surrogates, line separators, interlinear marks, a blank that is no space, and all that Unicode
// asks to leave out where it is not supported: zero-width and direction marks, fillers, tags, selectors.
const UNSEEN = '\\p{Cc}\\p{Cs}\\p{Default_Ignorable_Code_Point}\\u2028\\u2029\\u2800\\ufff9-\\ufffb'

// A joiner between two pictures, and the sign that asks for the colored form of one.
const IN_EMOJI = [
  '(?<=\\p{Extended_Pictographic}[\\ufe0f\\u{1f3fb}-\\u{1f3ff}]?)\\u200d(?=\\p{Extended_Pictographic})',
  '(?<=\\p{Extended_Pictographic})\\ufe0f',
  '(?<=[0-9#*])\\ufe0f(?=\\u20e3)',
].join('|')

const ANY = new RegExp(`[${UNSEEN}]`, 'u')
const EACH = new RegExp(`[${UNSEEN}]`, 'gu')
const EACH_BUT_EMOJI = new RegExp(`(?=[${UNSEEN}])(?!${IN_EMOJI}).`, 'gsu')

export function hasUnseen(words: string): boolean {
  return ANY.test(words) && words.replaceAll(EACH_BUT_EMOJI, '') !== words
}

/** Whether there is any such character, in an emoji or not. */
export function hasAnyUnseen(words: string): boolean {
  return ANY.test(words)
}

/** `write` gets each of them, as one code point; those of emoji stay. */
export function writeUnseen(words: string, write: (character: string) => string): string {
  return ANY.test(words) ? words.replaceAll(EACH_BUT_EMOJI, write) : words
}

/** `write` gets each of them, in emoji too. */
export function writeAnyUnseen(words: string, write: (character: string) => string): string {
  return words.replaceAll(EACH, write)
}
