/**
 * The two streams and their manners: `result` and `json` are the answer on stdout, `say` is talk on stderr.
 * Nothing below the commands uses either.
 */
import { painter, wantsColor } from './color.ts'
import type { Head, TableOptions } from './table.ts'
import { asText, safeJson, type Text, type Words } from './text.ts'
import { wrapped } from './wrap.ts'

/** A stream as the host has it. */
export interface Output {
  write(text: string): unknown
  on(event: 'drain' | 'error' | 'close', heard: () => void): unknown
  off(event: 'drain' | 'error' | 'close', heard: () => void): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
}

export interface TerminalOptions {
  readonly stdout: Output
  readonly stderr: Output
  readonly stdin: { readonly isTTY?: boolean | undefined }
  readonly env: Readonly<Record<string, string | undefined>>
  readonly noColor: boolean
  /** Questions may be asked: a person is at a terminal and did not forbid it. */
  readonly noInput: boolean
}

const DEFAULT_WIDTH = 80
/** A line that wraps cannot be rewritten: the terminal puts its `^C` behind it, and some wrap at their last cell. */
const BEHIND = 3
/** What a prompt puts before a choice, and one cell to spare. */
const CURSOR = 3

export type Terminal = ReturnType<typeof openTerminal>

export function openTerminal(options: TerminalOptions) {
  const { stdout, stderr, env } = options
  const paint = (stream: Output) => painter(wantsColor({ env, isTTY: stream.isTTY === true, refused: options.noColor }))
  const paintOut = paint(stdout)
  const paintErr = paint(stderr)
  /** Where nobody looks, a width means nothing. */
  const room = ({ isTTY, columns }: Output) => (isTTY === true ? columns || DEFAULT_WIDTH : Number.POSITIVE_INFINITY)

  // A status line that is being rewritten must be cleared before other talk; one that is still being measured, never shown.
  let shown = false
  let wanted: readonly string[] | null = null

  // Its reader has seen enough, or its disk is full: nothing more can be written.
  let over = false
  for (const event of ['error', 'close'] as const) {
    stdout.on(event, () => {
      over = true
    })
  }

  const clearStatus = () => {
    wanted = null
    if (shown) stderr.write('\r\u001b[2K')
    shown = false
  }

  const parts = async (all: Iterable<string>): Promise<void> => {
    clearStatus()
    for (const part of all) {
      if (stdout.write(part) === false && !over) await drained(stdout)
      if (over) return
    }
  }

  return {
    /** Somebody is there to answer a question. */
    person: options.stdin.isTTY === true && stderr.isTTY === true && !options.noInput,
    /** As `result` shows it, for words that something else writes. */
    painted: (words: Words): string => paintOut(asText(words)),
    /** Cells of a line of stdout. */
    width: room(stdout),
    result(words: Words): void {
      clearStatus()
      stdout.write(`${wrapped(asText(words), paintOut, room(stdout))}\n`)
    },
    /** A secret, alone and unaltered. */
    raw(line: string): void {
      stdout.write(`${line}\n`)
    },
    /** One document: on one line for a program, indented for a person. */
    json(document: Readonly<Record<string, unknown>>): void {
      clearStatus()
      stdout.write(`${safeJson({ schema_version: 1, ...document }, stdout.isTTY === true ? 2 : 0)}\n`)
    },
    /** A long answer, part by part, no faster than its reader takes it. */
    parts,
    /** Cut to the terminal's width; in a pipe the whole text. */
    async table(head: Head, rows: readonly (readonly Words[])[]): Promise<void> {
      await parts(await drawn(head, rows, { paint: paintOut, room: room(stdout) }))
    },
    /** The rows of a table without its head, for a list to choose from on stderr. */
    async lines(columns: Head, rows: readonly (readonly string[])[]): Promise<string[]> {
      const options = { paint: (text: Text) => text.plain(), room: room(stderr) - CURSOR }
      return [...(await drawn(columns, rows, options))].join('').split('\n').slice(1, -1)
    },
    /** Tab-separated, one record a line; tabs and newlines inside a value are escaped by the gate. */
    plain(rows: readonly (readonly Words[])[]): void {
      for (const row of rows) stdout.write(`${row.map((cell) => asText(cell).plain()).join('\t')}\n`)
    },
    say(words: Words): void {
      clearStatus()
      stderr.write(`${wrapped(asText(words), paintErr, room(stderr))}\n`)
    },
    /**
     * A line that is replaced by the next one; shown to a person only. Of several wordings, the longest first, the first
     * that fits the terminal is shown.
     */
    async status(...wordings: readonly [Words, ...Words[]]): Promise<void> {
      if (stderr.isTTY !== true) return
      const painted = wordings.map((words) => paintErr(asText(words)))
      wanted = painted
      const { firstFitting } = await import('./cut.ts')
      if (wanted !== painted) return
      stderr.write(`\r\u001b[2K${firstFitting(painted, room(stderr) - BEHIND)}`)
      shown = true
    },
    /** Said where a status line could not be shown. */
    sayUnlessWatched(words: Words): void {
      if (stderr.isTTY !== true) stderr.write(`${paintErr(asText(words))}\n`)
    },
    clearStatus,
  }
}

/** What cuts is loaded where something has to be cut. */
async function drawn(
  head: Head,
  rows: readonly (readonly Words[])[],
  options: TableOptions,
): Promise<Iterable<string>> {
  const { layTable } = await import('./table.ts')
  const table = layTable(head, rows, options)
  return table.isCut ? table.draw((await import('./cut.ts')).cutToWidth) : table.draw()
}

/** A stream that fails or closes never drains. */
function drained(stream: Output): Promise<void> {
  const events = ['drain', 'error', 'close'] as const
  return new Promise((resolve) => {
    const heard = () => {
      for (const event of events) stream.off(event, heard)
      resolve()
    }
    for (const event of events) stream.on(event, heard)
  })
}
