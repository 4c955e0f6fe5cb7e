/** What the parser found wrong, as a Problem in the house's words, with the nearest right word as its hint. */
import type { Command, CommanderError } from 'commander'
import { closest, didYouMean } from '../domain/closest.ts'
import { Problem } from '../problem.ts'
import type { CodeOf } from '../problem-codes.ts'

/** The command a command line means, as far as its words name one. */
export function commandOf(program: Command, words: readonly string[]): Command {
  const [first, ...rest] = words
  const next = program.commands.find((one) => one.name() === first)
  return next === undefined ? program : commandOf(next, rest)
}

/** How a command is called, from `finchconn` on. */
export function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`
}

export function unknownCommand(
  word: string,
  group: Command,
  known: readonly string[] = group.commands.map((one) => one.name()),
): Problem {
  const named = [...fullName(group).split(' ').slice(1), word].join(' ')
  return new Problem('usage', `unknown command "${named}"`, {
    code: 'unknown_command',
    hint: didYouMean(closest(word, known), `${fullName(group)} --help lists the commands`),
  })
}

export function unknownOption(flag: string, command: Command): Problem {
  const known = [command, ...ancestors(command)].flatMap(({ options }) => options.flatMap((one) => one.long ?? []))
  const [name = flag] = flag.split('=')
  return new Problem('usage', `unknown option ${name}`, {
    code: 'unknown_option',
    hint: didYouMean(closest(name, known), `${fullName(command)} --help lists the options`),
  })
}

function ancestors(command: Command): Command[] {
  return command.parent === null ? [] : [command.parent, ...ancestors(command.parent)]
}

/** The parser's codes, as ours. */
const PARSER_CODES: Readonly<Record<string, CodeOf<'usage'>>> = {
  'commander.conflictingOption': 'conflicting_option',
  'commander.excessArguments': 'excess_arguments',
  'commander.invalidArgument': 'invalid_argument',
  'commander.missingArgument': 'missing_argument',
  'commander.missingMandatoryOptionValue': 'missing_mandatory_option_value',
  'commander.optionMissingArgument': 'option_missing_argument',
}

/** `line` is the command line without its options. */
export function mistake(error: CommanderError, program: Command, line: readonly string[]): Problem {
  const command = commandOf(program, line)
  const words = error.message.replace(/^error: /, '')
  const [, quoted = ''] = /'(.*?)'/.exec(words) ?? []
  if (error.code === 'commander.unknownOption') return unknownOption(quoted, command)
  if (error.code === 'commander.unknownCommand') return unknownCommand(quoted, command)
  const hint = `${fullName(command)} --help`
  const code = PARSER_CODES[error.code] ?? 'usage'
  if (error.code === 'commander.missingArgument') return new Problem('usage', `<${quoted}> is missing`, { code, hint })
  if (error.code === 'commander.optionMissingArgument')
    return new Problem('usage', `${flagOf(quoted)} needs a value`, { code, hint })
  const choice = /^option '(.*?)' argument '(.*?)' is invalid\. Allowed choices are (.*)\.$/.exec(words)
  if (choice !== null) {
    const [, flags = '', given = '', list = ''] = choice
    return new Problem('usage', `unknown value "${given}" for ${flagOf(flags)}`, {
      code,
      hint: didYouMean(closest(given, list.split(', ')), `use one of: ${list}`),
    })
  }
  return new Problem('usage', withoutFrame(words), { code, hint })
}

function flagOf(flags: string): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags
}

/** The parser's own frame around our sentence says nothing that the sentence does not. */
function withoutFrame(words: string): string {
  return words
    .replace(
      /^(?:option|command-argument value|argument) '.*?' (?:argument '.*?' )?is invalid(?: for argument '.*?')?\. (?=\S)/,
      '',
    )
    .replace(/\.$/, '')
}
