/** Which columns of a table a terminal has room for, and how wide each may be. Pure: widths in, widths out. */

export interface Column {
  readonly title: string
  /** Never cut: what is copied from the table and typed again. */
  readonly whole?: boolean
  /** Cut to no fewer cells than this. */
  readonly least?: number
  /** `first`: left out before anything is cut; `last`: left out when cutting is not enough. The rightmost goes first. */
  readonly drop?: 'first' | 'last'
}

/** A column that is shown, by its place in the row, and its width in cells. */
export interface Fitted {
  readonly index: number
  readonly width: number
}

export const GAP = 2
const LEAST = 6

/** Makes columns of these natural widths fit into `room` cells; what can be neither cut nor dropped may still be wider. */
export function fitColumns(columns: readonly Column[], natural: readonly number[], room: number): readonly Fitted[] {
  let shown = columns.map((_column, index) => ({ index, width: natural[index] ?? 0 }))
  while (total(shown) > room) {
    const without = dropped(shown, columns, 'first')
    if (without === null) break
    shown = without
  }
  for (;;) {
    const cut = narrowed(shown, columns, room)
    if (total(cut) <= room) return cut
    const without = dropped(shown, columns, 'last')
    if (without === null) return cut
    shown = without
  }
}

function total(shown: readonly Fitted[]): number {
  return shown.reduce((sum, { width }) => sum + width, 0) + GAP * Math.max(0, shown.length - 1)
}

function dropped(shown: readonly Fitted[], columns: readonly Column[], when: Column['drop']): Fitted[] | null {
  const last = shown.findLast(({ index }) => columns[index]?.drop === when)
  return last === undefined ? null : shown.filter((one) => one !== last)
}

/** The widest columns come down together, a cell at a time, until all fit or each is as narrow as it may be. */
function narrowed(shown: readonly Fitted[], columns: readonly Column[], room: number): readonly Fitted[] {
  const widths = shown.map(({ width }) => width)
  const least = shown.map(({ index, width }) => {
    const column = columns[index]
    return column?.whole ? width : Math.min(width, column?.least ?? LEAST)
  })
  let over = total(shown) - room
  while (over > 0) {
    const widest = widths.reduce((best, width, at) => {
      const narrow = width <= (least[at] ?? 0)
      return narrow || (best !== -1 && width <= (widths[best] ?? 0)) ? best : at
    }, -1)
    if (widest === -1) break
    widths[widest] = (widths[widest] ?? 0) - 1
    over -= 1
  }
  return shown.map(({ index }, at) => ({ index, width: widths[at] ?? 0 }))
}
