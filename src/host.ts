/** What a command gets before anything of ours is opened. */
import type { Config } from './config.ts'
import type { ProblemKind } from './problem-codes.ts'
import type { Prompts } from './terminal/prompts.ts'
import type { Output, Terminal } from './terminal/terminal.ts'

/** What the machine gives. Only `main.ts` makes a real one; a test makes its own. */
export interface Host {
  /** Without node and script. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly execArgv: readonly string[]
  readonly platform: string
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined }
  readonly stdout: Output & NodeJS.WritableStream
  readonly stderr: Output & NodeJS.WritableStream
  /** Aborted, with a Problem as its reason, when the person stops us. */
  readonly signal: AbortSignal
  readonly now: () => Date
  /** The program that talks to the keychain: file and arguments. */
  readonly keychainChild: readonly [string, ...string[]]
  /** The matcher's worker thread. */
  readonly matcherWorker: URL
  /** File and arguments that start finchconn itself: the demo's commands are real ones. */
  readonly self: readonly [string, ...string[]]
  readonly version: string
  /** Test door: told each phase of the journal, to be killed there. */
  readonly onPhase?: (phase: string) => void
}

/** What a command has before settings and store are opened. */
export interface CommandParts {
  readonly host: Host
  readonly terminal: Terminal
  readonly prompts: Prompts
  /** A command line as this person would type it, with the profile they are using. */
  readonly spell: (words: string) => string
  /** Prints the next step. */
  readonly next: (command: string) => void
  /** The exit code of an answer that was given, but is not true for all that was selected. */
  readonly endWith: (kind: ProblemKind) => void
}

export interface AppParts extends CommandParts {
  readonly config: Config
}
