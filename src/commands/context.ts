/** What every command file gets: a way to make its commander command, and a way to run with an App that is closed after. */
import { Command, InvalidArgumentError } from 'commander'
import type { App, CommandParts, Host } from '../app.ts'
import type { Config, Flags } from '../config.ts'
import { EXIT_CODES, Problem } from '../problem.ts'
import type { Prompts } from '../terminal/prompts.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { dim, text } from '../terminal/text.ts'
import { mannered } from './manners.ts'
import { withProfile } from './spelling.ts'

/**
 * How far a command first finishes interrupted attempts: `full` may ask Finch, `offline` only uses what is on this
 * machine and opens no keychain, `none` leaves them.
 */
export type Recovery = 'full' | 'offline' | 'none'

export interface AppSettings {
  /** `setup`: decides settings itself, for a profile that may not exist yet. */
  readonly change?: (config: Config) => Promise<Config>
}

export interface Context extends CommandParts {
  /** A command with the house's manners: mistakes are thrown, never printed by the parser, never ending the process. */
  command(name: string): Command
  /** Opens settings and parts, finishes interrupted attempts, does the work, closes. */
  withApp<T>(recovery: Recovery, work: (app: App) => Promise<T>, settings?: AppSettings): Promise<T>
  flags(): Flags
  ending(): number
}

export function contextOf(host: Host, terminal: Terminal, prompts: Prompts, program: () => Command): Context {
  const flags = (): Flags => program().opts<Flags>()
  let ending = 0
  const spell = (words: string) => {
    const { profile } = flags()
    const names = program().commands.map((one) => one.name())
    return profile === undefined ? words : withProfile(words, profile, names)
  }
  const context: Context = {
    host,
    terminal,
    prompts,
    flags,
    spell,
    endWith(kind) {
      ending = EXIT_CODES[kind]
    },
    ending: () => ending,
    next: (command) => terminal.say(dim(text`next: ${spell(command)}`)),
    command: (name) => mannered(new Command(name), host, terminal),
    // Help and a mistyped line open nothing, and load nothing of what opens.
    async withApp(recovery, work, settings = {}) {
      const { runWithApp } = await import('./run-with-app.ts')
      return runWithApp(context, recovery, work, settings)
    },
  }
  return context
}

/** Reads an option's value once: given twice, empty, or swallowing the next option are mistakes, not surprises. */
export function value(flag: string, check: (given: string) => unknown = () => {}) {
  return (given: string, before: string | undefined): string => {
    if (before !== undefined) throw new InvalidArgumentError(`${flag} was given twice.`)
    if (given.trim() === '') throw new InvalidArgumentError(`${flag} needs a value.`)
    if (given.startsWith('--')) throw new InvalidArgumentError(`${flag} needs a value, but ${given} is an option.`)
    check(given)
    return given
  }
}

/** A comma-separated list, as `--products company,directory`. */
export function words(given: string): string[] {
  return given
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
}

/** How a person may name a connection; `findConnection` goes by it. */
export const CONNECTION_NAMES: readonly (readonly [example: string, meaning: string])[] = [
  ['7f3a91c2-5b7e-…', 'its id, as list --plain and --json print it'],
  ['7f3a', 'the first 4 or more characters of the id'],
  ['payroll', 'its alias, given with finchconn rename'],
  ['acme/gusto', 'customer/provider, where that is one connection'],
  ['acme', 'a customer that has one connection'],
]

export const CONNECTION_ARGUMENT =
  'id, prefix of 4+ characters, alias, customer/provider, or customer with one connection'

/** Refuses what no name or id holds and no terminal should be sent; for arguments that are looked up as they are. */
export function reference(given: string): string {
  if (given.trim() === '' || /[\p{Cc}\p{Cs}]/u.test(given) || given.length > 512) {
    throw new Problem('usage', 'a name must have 1 to 512 characters and no control characters', {
      code: 'bad_reference',
    })
  }
  return given
}
