/** The one door to string-width. */
// The version cli-table3 measures with: what fits here must not be found too wide there.
import stringWidth from 'string-width'

/** Cells a text takes; most are plain ASCII, where it is their length. */
export function widthOf(words: string): number {
  return /^[ -~]*$/.test(words) ? words.length : stringWidth(words)
}
