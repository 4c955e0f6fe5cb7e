/** The one door to cli-truncate: cuts what is shown to a number of terminal cells; colors end with it, no character is halved. */
import cliTruncate from 'cli-truncate'
import { widthOf } from './measure.ts'

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
