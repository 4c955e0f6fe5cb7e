/** The one door to fast-wrap-ansi: lines for a person break between words, and go on below where they began. */
import { wrapAnsi } from 'fast-wrap-ansi'
import { Text } from './text.ts'

/** `cells`: of a line; Infinity where nobody looks. */
export function wrapped(text: Text, paint: (text: Text) => string, cells: number): string {
  const plain = text.plain()
  if (plain.length <= cells / 2) return paint(text)
  const hang = hangOf(plain, cells)
  const [label, rest] = split(text, hang)
  // A word longer than a line, such as an address, is left to the terminal, which copies it whole.
  const lines = wrapAnsi(paint(rest), cells - hang)
  return `${paint(label)}${lines.replaceAll('\n', `\n${' '.repeat(hang)}`)}`
}

/** How far in a line's text begins: after its indent, and after its label where two spaces set that off. */
function hangOf(plain: string, cells: number): number {
  const found = [/^ +\S+(?: \S+)*? {2,}/, /^ +/].map((form) => form.exec(plain)?.[0].length ?? 0)
  return found.find((length) => length > 0 && length <= cells / 2) ?? 0
}

function split(text: Text, at: number): [Text, Text] {
  let left = at
  const parts = text.pieces.map(({ words, styles }) => {
    const head = words.slice(0, left)
    left -= head.length
    return { head: { words: head, styles }, tail: { words: words.slice(head.length), styles } }
  })
  return [new Text(parts.map(({ head }) => head)), new Text(parts.map(({ tail }) => tail))]
}
