/** run(argv, host) → exit code: the tree of commands, and the place where every failure ends. */
import { Command, CommanderError, Option } from 'commander'
import type { Host } from './app.ts'
import { CATALOG, COMMAND_NAMES } from './commands/catalog.ts'
import { type Context, contextOf, value } from './commands/context.ts'
import { tellFailure } from './commands/failures.ts'
import { mannered, wrapped } from './commands/manners.ts'
import { optionWords } from './commands/option-words.ts'
import { isOn } from './domain/switch.ts'
import { Problem, systemProblem } from './problem.ts'
import { openPrompts } from './terminal/prompts.ts'
import { openTerminal } from './terminal/terminal.ts'

const TOPICS_AND_DEMO = `Topics: finchconn help environment | exit-codes | errors | connections | robot
Try it: finchconn demo`

export async function run(host: Host): Promise<number> {
  const { argv, env } = host
  // Needed before the line is parsed, for help and mistakes are printed too.
  const given = optionWords(argv)
  const noInput = given.includes('--no-input') || isOn(env.FINCHCONN_NO_INPUT) || isOn(env.CI)
  const terminal = openTerminal({ ...host, noColor: given.includes('--no-color'), noInput })
  const prompts = openPrompts({ person: terminal.person, input: host.stdin, output: host.stderr, signal: host.signal })
  const program = mannered(new Command('finchconn'), host, terminal)
  const context = contextOf(host, terminal, prompts, () => program)
  try {
    refuseSecretsInArguments(given)
    await build(program, context)
    // Whatever follows a mistyped command is not the mistake to be told about.
    program.allowExcessArguments().allowUnknownOption()
    program.action(async () => {
      const [unknown] = program.args
      if (unknown !== undefined) throw await notUnderstood(unknown, program)
      if (!terminal.person) return program.help()
      const { menu } = await import('./commands/menu.ts')
      await menu(context)
    })
    await program.parseAsync([...argv], { from: 'user' })
    return context.ending()
  } catch (error) {
    const failure =
      error instanceof CommanderError ? await understood(error, program, argv) : (systemProblem(error) ?? error)
    return failure === null ? 0 : tellFailure(failure, context)
  } finally {
    terminal.clearStatus()
  }
}

async function build(program: Command, context: Context): Promise<void> {
  program
    .usage('<command> [options]')
    .description(
      'Keeps the Finch connections of your customers in order: connects them, keeps their access tokens safe, and tells which ones need a login.',
    )
    .optionsGroup('Global options:')
    .helpOption('-h, --help', 'show help; also works after a command')
    .version(context.host.version, '-v, --version', 'show the version')
    .addOption(new Option('-V').hideHelp())
    .option('--profile <name>', 'one Finch application and its store, or emulator', value('--profile'))
    .option('--browser [command]', 'the browser to open, or robot: see finchconn help robot', value('--browser'))
    .option('--no-browser', 'print the address instead of opening a browser')
    .option('--no-input', 'never ask; fail instead')
    .option('--no-color', 'no colors')
    .option('--debug', 'trace each call to Finch on stderr, without secrets')
    .on('option:V', () => {
      context.host.stdout.write(`${context.host.version}\n`)
      throw new CommanderError(0, 'commander.version', context.host.version)
    })
    .addHelpText('afterAll', ({ command }) => {
      const words = command === program ? TOPICS_AND_DEMO : 'Global options, such as --profile: finchconn help'
      return `\n${wrapped(words, context.terminal)}`
    })
  await addCommands(program, context)
}

/** Loads the command that is named; the others are a name and a summary for the root help. */
async function addCommands(program: Command, context: Context): Promise<void> {
  const words = plainWords(context.host.argv)
  const named = COMMAND_NAMES.filter((name) => words.includes(name))
  const isHelpOfNone = named.length === 1 && named[0] === 'help' && words.length > 1
  for (const [heading, entries] of Object.entries(CATALOG)) {
    for (const { name, summary, load } of entries) {
      // `help` of a word that names no command looks for a near miss among all, with the commands inside them.
      const command = named.includes(name) || isHelpOfNone ? (await load())(context) : context.command(name)
      program.addCommand(command.summary(summary).helpGroup(heading), { hidden: heading === '' })
    }
  }
}

/** Words that are neither options nor the values of global ones: commands and their arguments. */
function plainWords(argv: readonly string[]): string[] {
  const takesValue = new Set(['--profile', '--browser'])
  return argv.filter((word, index) => !word.startsWith('-') && !takesValue.has(argv[index - 1] ?? ''))
}

/** A secret that stands in argv is in the process list and the shell's history: it is refused before anything reads it. */
function refuseSecretsInArguments(given: readonly string[]): void {
  const found = given.find((word) =>
    /^--(access-)?token(=|$)|^--client-secret(=|$)|^--vault-key(=|$)|^--passphrase(=|$)/.test(word),
  )
  if (found === undefined) return
  throw new Problem(
    'usage',
    `${found.split('=')[0]} is not an option: a secret on the command line is visible to others on this machine`,
    {
      code: 'secret_in_arguments',
      hint: 'treat this secret as exposed and rotate it; give secrets through stdin, a prompt, a file or the environment',
    },
  )
}

/** What the parser ended with: null where it was help or the version, and all is well. */
async function understood(error: CommanderError, program: Command, argv: readonly string[]): Promise<Problem | null> {
  if (error.exitCode === 0 || error.code === 'commander.help') return null
  const { mistake } = await import('./commands/mistakes.ts')
  return mistake(error, program, plainWords(argv))
}

async function notUnderstood(word: string, program: Command): Promise<Problem> {
  const { unknownCommand, unknownOption } = await import('./commands/mistakes.ts')
  return word.startsWith('-') ? unknownOption(word, program) : unknownCommand(word, program, COMMAND_NAMES)
}
