/** run(argv, host) → exit code: the tree of commands, and the one place where failures become words and numbers. */
import { Command, CommanderError } from 'commander'
import type { Host } from './app.ts'
import { type Context, contextOf, mannered, value } from './commands/context.ts'
import { isOn } from './domain/switch.ts'
import { EXIT_BUG, Problem } from './problem.ts'
import { openPrompts } from './terminal/prompts.ts'
import { openTerminal, type Terminal } from './terminal/terminal.ts'
import { bold, dim, red, text } from './terminal/text.ts'

/** Loaded when named: a start should cost what the command costs, not what all of them do. In the order of the help. */
const COMMANDS: Readonly<Record<string, () => Promise<(context: Context) => Command>>> = {
  setup: async () => (await import('./commands/setup.ts')).setupCommand,
  customers: async () => (await import('./commands/customers.ts')).customersCommand,
  connect: async () => (await import('./commands/connect.ts')).connectCommand,
  list: async () => (await import('./commands/list.ts')).listCommand,
  show: async () => (await import('./commands/show.ts')).showCommand,
  reauth: async () => (await import('./commands/reauth.ts')).reauthCommand,
  token: async () => (await import('./commands/token.ts')).tokenCommand,
  rename: async () => (await import('./commands/rename.ts')).renameCommand,
  reconcile: async () => (await import('./commands/reconcile.ts')).reconcileCommand,
  vault: async () => (await import('./commands/vault.ts')).vaultCommand,
  config: async () => (await import('./commands/config.ts')).configCommand,
  sandbox: async () => (await import('./commands/sandbox.ts')).sandboxCommand,
  emulator: async () => (await import('./commands/emulator.ts')).emulatorCommand,
  demo: async () => (await import('./commands/demo.ts')).demoCommand,
}

const WHERE_TO_REPORT = 'https://github.com/finchconn/finchconn/issues'

export async function run(host: Host): Promise<number> {
  const { argv, env } = host
  const noInput = argv.includes('--no-input') || isOn(env.FINCHCONN_NO_INPUT) || isOn(env.CI)
  const terminal = openTerminal({ ...host, noColour: argv.includes('--no-color'), noInput })
  const prompts = openPrompts({ person: terminal.person, input: host.stdin, output: host.stderr, signal: host.signal })
  const program = mannered(new Command('finchconn'))
  const context = contextOf(host, terminal, prompts, () => program)
  try {
    refuseSecretsInArguments(argv)
    await build(program, context)
    // Whatever follows a mistyped command is not the mistake to be told about.
    program.allowExcessArguments().allowUnknownOption()
    program.action(async () => {
      const [unknown] = program.args
      if (unknown !== undefined) throw await notUnderstood(unknown)
      if (!terminal.person) return program.help()
      const { menu } = await import('./commands/menu.ts')
      await menu(context)
    })
    await program.parseAsync([...argv], { from: 'user' })
    return context.ending()
  } catch (error) {
    return tellFailure(error, host, terminal, context)
  } finally {
    terminal.clearStatus()
  }
}

async function build(program: Command, context: Context): Promise<void> {
  program
    .description(
      'Keeps the connections of a product built on Finch in order: creates customers, connects their payroll systems through Finch Connect, keeps each access token safe, and says which employer must log in again.',
    )
    .version(context.host.version, '-V, --version', 'show the version')
    .configureOutput({ writeOut: (words) => context.host.stdout.write(words), writeErr: () => {} })
    .option(
      '--profile <name>',
      'one Finch application and its store; "emulator" needs no account (default: default)',
      value('--profile'),
    )
    .option(
      '--browser [command]',
      'the browser to open, as a command line (default: the system\'s); "robot" in the profile emulator',
      value('--browser'),
    )
    .option('--no-browser', 'print the address instead of opening a browser')
    .option('--no-input', 'never ask; fail instead')
    .option('--no-color', 'no colours')
    .addHelpText(
      'after',
      `
Try it without an account, on this machine alone:
  finchconn demo
  finchconn --profile emulator connect --customer acme --create

Start for real:
  finchconn setup
  finchconn customers create acme --name "Acme, Inc."
  finchconn connect --customer acme`,
    )
  // The command meant is among the words that name one; where none does, help or a near miss wants them all.
  const named = Object.keys(COMMANDS).filter((name) => context.host.argv.includes(name))
  for (const name of named.length > 0 ? named : Object.keys(COMMANDS)) {
    const make = await COMMANDS[name]?.()
    if (make !== undefined) program.addCommand(make(context))
  }
  // Made before they were added, so they have not inherited where help is written.
  for (const command of every(program))
    command.configureOutput({ writeOut: (words) => context.host.stdout.write(words), writeErr: () => {} })
}

function every(command: Command): Command[] {
  return command.commands.flatMap((one) => [one, ...every(one)])
}

/** A secret that stands in argv is in the process list and the shell's history: it is refused before anything reads it. */
function refuseSecretsInArguments(argv: readonly string[]): void {
  const end = argv.indexOf('--')
  const ours = end === -1 ? argv : argv.slice(0, end)
  const found = ours.find((word) =>
    /^--(access-)?token(=|$)|^--client-secret(=|$)|^--vault-key(=|$)|^--passphrase(=|$)/.test(word),
  )
  if (found === undefined) return
  throw new Problem(
    'usage',
    `${found.split('=')[0]} is not an option: a secret in a command line is seen by others on this machine`,
    {
      code: 'secret_in_arguments',
      hint: 'treat it as exposed and replace it; secrets come from stdin, a prompt, a file or the environment',
    },
  )
}

function tellFailure(error: unknown, host: Host, terminal: Terminal, context: Context): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0
  // `finchconn customers` alone shows its help: nothing was asked for, so it was used wrongly.
  const problem = error instanceof CommanderError ? usage(error) : error
  const json = host.argv.includes('--json')
  if (problem instanceof Problem) {
    const hint = problem.hint === null ? null : context.spell(problem.hint)
    if (json) {
      terminal.json({
        error: {
          code: problem.code,
          message: problem.message,
          hint,
          request_id: problem.requestId,
          retryable: problem.retryable,
        },
      })
    } else {
      terminal.say(text`${red(bold('finchconn:'))} ${problem.message}`)
      if (hint !== null) terminal.say(text`${dim('hint:')} ${hint}`)
      if (problem.requestId !== null) terminal.say(dim(text`Finch's request id: ${problem.requestId}`))
    }
    return problem.exitCode
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  if (json)
    terminal.json({
      error: {
        code: 'bug',
        message: 'a bug in finchconn',
        hint: `report it: ${WHERE_TO_REPORT}`,
        request_id: null,
        retryable: false,
      },
    })
  terminal.say(red('finchconn: this is a bug in finchconn, not a mistake of yours.'))
  for (const line of stack.split('\n')) terminal.say(dim(line))
  terminal.say(text`Please report it, with the lines above: ${WHERE_TO_REPORT}`)
  return EXIT_BUG
}

async function notUnderstood(word: string): Promise<Problem> {
  if (word.startsWith('-'))
    return new Problem('usage', `unknown option ${word}`, {
      code: 'unknown_option',
      hint: 'finchconn --help lists the options',
    })
  const { closest } = await import('./domain/closest.ts')
  const near = closest(word, Object.keys(COMMANDS))
  const hint = near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'finchconn --help lists the commands'
  return new Problem('usage', `no command ${word}`, { code: 'unknown_command', hint })
}

function usage(error: CommanderError): Problem {
  if (error.code === 'commander.help')
    return new Problem('usage', 'a command is missing', {
      code: 'missing_command',
      hint: 'add --help to see which there are',
    })
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n')
  // The parser's own frame around our sentence says nothing that the sentence does not.
  const words = first.replace(
    /^(?:option|command-argument value|argument) '.*?' (?:argument '.*?' )?is invalid(?: for argument '.*?')?\. (?=\S)/,
    '',
  )
  const suggestion = rest.join(' ').replace(/^\(|\)$/g, '')
  return new Problem('usage', words, {
    code: error.code.replace('commander.', '').replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    hint: suggestion === '' ? 'see the options with --help' : suggestion,
  })
}
