/** The one door to chalk: turns a Text into what one stream should show. */
import { Chalk, type ChalkInstance } from 'chalk'
import type { Text } from './text.ts'

export interface ColorWish {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly isTTY: boolean
  /** `--no-color` was given. */
  readonly refused: boolean
}

/** Color per stream: flag, then NO_COLOR, then FORCE_COLOR, then whether somebody looks at it. */
export function wantsColor({ env, isTTY, refused }: ColorWish): boolean {
  if (refused || (env.NO_COLOR ?? '') !== '') return false
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false'
  return isTTY && env.TERM !== 'dumb'
}

export function painter(color: boolean): (text: Text) => string {
  const chalk: ChalkInstance = new Chalk({ level: color ? 1 : 0 })
  return (text) =>
    text.pieces.map(({ words, styles }) => styles.reduce((done, style) => chalk[style](done), words)).join('')
}
