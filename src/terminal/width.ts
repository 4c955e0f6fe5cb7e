/** The one door to what knows terminal cells: measures and cuts what is shown; colors end with it, no character is halved. */
import cliTruncate from 'cli-truncate'
// The version cli-table3 measures with: what fits here must not be found too wide there.
import stringWidth from 'string-width'

/** Cells a text takes; most are plain ASCII, where it is their length. */
export function widthOf(words: string): number {
  return /^[ -~]*$/.test(words) ? words.length : stringWidth(words)
}

export function cutToWidth(painted: string, cells: number): string {
  // A wide character that begins in the last cell is kept by cli-truncate, and sticks out.
  for (let asked = cells; asked > 0; asked -= 1) {
    const cut = cliTruncate(painted, asked)
    if (widthOf(cut) <= cells) return cut
  }
  return ''
}

/** The first of several wordings that fits, else the last one, cut. */
export function firstFitting(wordings: readonly string[], cells: number): string {
  const whole = wordings.find((one) => widthOf(one) <= cells)
  return whole ?? cutToWidth(wordings.at(-1) ?? '', cells)
}
