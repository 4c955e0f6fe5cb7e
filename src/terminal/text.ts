/**
 * The one gate between text and a terminal. Whatever is interpolated into a `text` template came from outside until
 * shown otherwise: control characters, escape sequences and characters that reorder a line are shown, not obeyed.
 * Color is kept as a note beside the words and becomes an escape sequence only where it is written, per stream.
 */
import { writeAnyUnseen, writeUnseen } from '../domain/unseen.ts'

export type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan'

interface Piece {
  readonly words: string
  readonly styles: readonly Style[]
}

export class Text {
  readonly pieces: readonly Piece[]

  constructor(pieces: readonly Piece[]) {
    this.pieces = pieces
  }

  /** The words alone. */
  plain(): string {
    return this.pieces.map((piece) => piece.words).join('')
  }
}

export type Words = string | number | Text

/** `text\`${company} is connected\``: the literal parts are ours, the values are made safe. */
export function text(literals: TemplateStringsArray, ...values: readonly Words[]): Text {
  const pieces = literals.flatMap((literal, index): Piece[] => {
    const value = values[index]
    return [{ words: literal, styles: [] }, ...(value === undefined ? [] : asText(value).pieces)]
  })
  return new Text(pieces.filter((piece) => piece.words !== ''))
}

export function asText(words: Words): Text {
  return words instanceof Text ? words : new Text([{ words: safe(String(words)), styles: [] }])
}

export function joined(parts: readonly Words[], between: string): Text {
  return new Text(
    parts.flatMap((part, index) => [...(index === 0 ? [] : [{ words: between, styles: [] }]), ...asText(part).pieces]),
  )
}

function styled(style: Style) {
  return (words: Words): Text =>
    new Text(asText(words).pieces.map((piece) => ({ ...piece, styles: [...piece.styles, style] })))
}

export const bold = styled('bold')
export const dim = styled('dim')
export const green = styled('green')
export const yellow = styled('yellow')
export const red = styled('red')
export const cyan = styled('cyan')

const LONGEST_VALUE = 1_000

/** One line that no terminal can be led astray by: every character in question is written as its escape. */
export function safe(value: string): string {
  const short = value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE)}…` : value
  return writeUnseen(short, shown)
}

function shown(character: string): string {
  if (character === '\n') return '\\n'
  if (character === '\t') return '\\t'
  const code = character.codePointAt(0) ?? 0
  const hex = code.toString(16)
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`
}

/** JSON that survives every terminal and pipe: what could act on a terminal is escaped, and still reads back the same. */
export function safeJson(value: unknown, indent = 0): string {
  return writeAnyUnseen(JSON.stringify(value, null, indent), (character) =>
    // A line break stands only between values: inside them it is escaped already.
    character === '\n' ? character : character.split('').map(jsonEscape).join(''),
  )
}

function jsonEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
