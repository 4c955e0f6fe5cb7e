/**
 * The two streams and their manners: `result` and `json` are the answer on stdout, `say` is talk on stderr.
 * Nothing below the commands uses either.
 */
import { painter, wantsColour } from './colour.ts'
import { asText, safeJson, type Words } from './text.ts'

/** A stream as the host has it. */
export interface Output {
  write(text: string): unknown
  once(event: 'drain', heard: () => void): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
}

export interface TerminalOptions {
  readonly stdout: Output
  readonly stderr: Output
  readonly stdin: { readonly isTTY?: boolean | undefined }
  readonly env: Readonly<Record<string, string | undefined>>
  readonly noColour: boolean
  /** Questions may be asked: a person is at a terminal and did not forbid it. */
  readonly noInput: boolean
}

export type Terminal = ReturnType<typeof openTerminal>

export function openTerminal(options: TerminalOptions) {
  const { stdout, stderr, env } = options
  const paint = (stream: Output) =>
    painter(wantsColour({ env, isTTY: stream.isTTY === true, refused: options.noColour }))
  const paintOut = paint(stdout)
  const paintErr = paint(stderr)
  // A status line that is being rewritten must be cleared before other talk.
  let status = false

  const clearStatus = () => {
    if (status) stderr.write('\r\u001b[2K')
    status = false
  }

  return {
    /** Somebody is there to answer a question. */
    person: options.stdin.isTTY === true && stderr.isTTY === true && !options.noInput,
    result(words: Words): void {
      clearStatus()
      stdout.write(`${paintOut(asText(words))}\n`)
    },
    /** A secret, alone and unaltered. */
    raw(line: string): void {
      stdout.write(`${line}\n`)
    },
    json(document: Readonly<Record<string, unknown>>): void {
      clearStatus()
      stdout.write(`${safeJson({ schema_version: 1, ...document })}\n`)
    },
    /** A long answer, part by part, no faster than its reader takes it. */
    async parts(parts: Iterable<string>): Promise<void> {
      clearStatus()
      for (const part of parts)
        if (stdout.write(part) === false) await new Promise<void>((resolve) => stdout.once('drain', resolve))
    },
    async table(head: readonly string[], rows: readonly (readonly Words[])[]): Promise<void> {
      const { drawTable } = await import('./table.ts')
      clearStatus()
      stdout.write(`${drawTable(head, rows, paintOut)}\n`)
    },
    /** Tab-separated, one record a line; tabs and newlines inside a value are escaped by the gate. */
    plain(rows: readonly (readonly Words[])[]): void {
      for (const row of rows) stdout.write(`${row.map((cell) => asText(cell).plain()).join('\t')}\n`)
    },
    say(words: Words): void {
      clearStatus()
      stderr.write(`${paintErr(asText(words))}\n`)
    },
    /** A line that is replaced by the next one; shown to a person only. */
    status(words: Words): void {
      if (stderr.isTTY !== true) return
      // Cut to the width: a line that wraps cannot be rewritten.
      stderr.write(`\r\u001b[2K${paintErr(asText(words).cut((stderr.columns ?? 80) - 1))}`)
      status = true
    },
    /** Said where a status line could not be shown. */
    sayUnlessWatched(words: Words): void {
      if (stderr.isTTY !== true) stderr.write(`${paintErr(asText(words))}\n`)
    },
    clearStatus,
  }
}
