/** The one door to cli-table3: columns without lines, as other tools of this kind print them, no wider than the terminal. */
import CliTable from 'cli-table3'
import { type Column, type Fitted, fitColumns, GAP } from './fit.ts'
import { widthOf } from './measure.ts'
import { asText, type Text, type Words } from './text.ts'

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' '.repeat(GAP),
}

/** A title alone is a column that may be cut and is never left out. */
export type Head = readonly (string | Column)[]

export interface TableOptions {
  readonly paint: (text: Text) => string
  /** Cells of a line; Infinity where nobody looks and the whole text is wanted. */
  readonly room: number
}

export interface Table {
  /** Some text does not fit: `draw` needs a way to cut it. */
  readonly isCut: boolean
  /** The table as it is drawn, some lines at a time, each with its line break. */
  draw(cut?: (painted: string, cells: number) => string): Generator<string>
}

/** cli-table3 compares each cell with all rows above it: in blocks the time grows with the rows and not with their square. */
const BLOCK = 8

export function layTable(head: Head, rows: readonly (readonly Words[])[], { paint, room }: TableOptions): Table {
  const columns = head.map((one) => (typeof one === 'string' ? { title: one } : one))
  const titles = columns.map(({ title }) => title)
  const natural = titles.map((title, index) =>
    rows.reduce((widest, row) => Math.max(widest, widthOf(asText(row[index] ?? '').plain())), widthOf(title)),
  )
  const fitted = fitColumns(columns, natural, room)
  const widths = fitted.map(({ width }) => width)
  const isNarrow = ({ index, width }: Fitted) => width < (natural[index] ?? 0)
  return {
    isCut: fitted.some(isNarrow),
    *draw(cut = (painted) => painted) {
      const line = (row: readonly Words[]) =>
        fitted.map((column) => {
          const cell = paint(asText(row[column.index] ?? ''))
          return isNarrow(column) ? cut(cell, column.width) : cell
        })
      yield drawBlock([line(titles)], widths)
      for (let start = 0; start < rows.length; start += BLOCK)
        yield drawBlock(rows.slice(start, start + BLOCK).map(line), widths)
    },
  }
}

function drawBlock(lines: string[][], colWidths: number[]): string {
  const table = new CliTable({
    chars: NO_LINES,
    colWidths,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  table.push(...lines)
  return table
    .toString()
    .split('\n')
    .map((line) => `${line.trimEnd()}\n`)
    .join('')
}
