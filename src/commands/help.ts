/** `help`: a command's page, or a topic, printed from the tables the code itself goes by. */
import type { Command } from 'commander'
import { closest, didYouMean } from '../domain/closest.ts'
import { SETTINGS } from '../domain/settings.ts'
import { ROBOT_WORDS } from '../emulator/robot-words.ts'
import { EXIT_BUG, EXIT_CODES, EXIT_MEANINGS, Problem } from '../problem.ts'
import { PROBLEM_CODES, type ProblemKind } from '../problem-codes.ts'
import { bold, text } from '../terminal/text.ts'
import { CONNECTION_NAMES, type Context } from './context.ts'
import { examples, helpWidth, wrapped } from './manners.ts'
import { commandOf, fullName } from './mistakes.ts'

interface Topic {
  readonly title: string
  readonly before: string
  readonly items: readonly (readonly [term: string, meaning: string])[]
  readonly after?: string
}

/** Every code, its exit code and what it says; a code of several kinds once for each. */
export const ERROR_CODES: readonly (readonly [code: string, meaning: string])[] = [
  ...(Object.keys(EXIT_CODES) as ProblemKind[]).flatMap((kind) =>
    Object.entries(PROBLEM_CODES[kind]).map(([code, sentence]) => [code, `${EXIT_CODES[kind]}: ${sentence}`] as const),
  ),
  ['bug', `${EXIT_BUG}: A bug in finchconn.`],
]

const TOPICS: Readonly<Record<string, Topic>> = {
  environment: {
    title: 'Settings and environment variables',
    before:
      'A flag wins over an environment variable, a variable over the config file, the config file over the default. finchconn config shows the value of each and where it comes from.',
    items: SETTINGS.map(({ what, flags, variables, byDefault }) => [
      variables.join(', '),
      `${what}${flags.length === 0 ? '' : ` (${flags.join(', ')})`}; default: ${byDefault}`,
    ]),
    after: 'Secrets are never read from the command line, which others on this machine can see.',
  },
  'exit-codes': {
    title: 'Exit codes',
    before: 'The same with and without --json. With --json a failure is one document on stdout with a stable "code".',
    items: Object.entries(EXIT_MEANINGS),
  },
  errors: {
    title: 'Error codes',
    before: 'With --json a failure has one of these codes, which stay the same. The number is the exit code.',
    items: ERROR_CODES,
  },
  connections: {
    title: 'How to name a connection',
    before: 'Wherever a command takes <connection>, use any of these:',
    items: CONNECTION_NAMES,
    after: 'When a name matches several connections, the command lists them and does nothing.',
  },
  robot: {
    title: 'The robot employer',
    before:
      'With an emulator on this machine, --browser robot logs in as an employer would. Add words to change how it does, as in --browser "robot good_user_2 mfa":',
    items: Object.entries(ROBOT_WORDS).map(([word, { meaning }]) => [word, meaning]),
  },
}

export function helpCommand(context: Context): Command {
  const topics = Object.keys(TOPICS)
  return context
    .command('help')
    .argument('[command or topic...]', `a command, or one of the topics ${topics.join(', ')}`)
    .addHelpText(
      'after',
      examples('finchconn help connect', 'finchconn help customers create', 'finchconn help exit-codes'),
    )
    .action((words: string[], _flags: unknown, self: Command) => {
      const program = self.parent ?? self
      const [first] = words
      const topic = first === undefined ? undefined : TOPICS[first]
      if (topic !== undefined) return showTopic(context, self, topic)
      const command = commandOf(program, words)
      if (first !== undefined && fullName(command) !== ['finchconn', ...words].join(' '))
        throw unknownPage(program, words)
      return command.help()
    })
}

export function versionCommand({ command, host, terminal }: Context): Command {
  return command('version')
    .addHelpText('after', examples('finchconn version'))
    .action(() => terminal.result(host.version))
}

function unknownPage(program: Command, words: readonly string[]): Problem {
  const name = words.join(' ')
  const known = [...Object.keys(TOPICS), ...program.commands.flatMap(withItsOwn)]
  return new Problem('usage', `no help for "${name}"`, {
    code: 'unknown_topic',
    hint: didYouMean(closest(name, known), 'finchconn help lists the commands and topics'),
  })
}

function withItsOwn(command: Command): string[] {
  return [command.name(), ...command.commands.map((one) => `${command.name()} ${one.name()}`)]
}

/** Longer terms have their meaning below them. */
const MAY_STAND_BESIDE = 24

function showTopic({ terminal }: Context, self: Command, { title, before, items, after }: Topic): void {
  const helper = Object.assign(self.createHelp(), { helpWidth: helpWidth(terminal) })
  const widest = Math.max(...items.map(([term]) => term.length))
  const termWidth = widest > MAY_STAND_BESIDE ? Number.POSITIVE_INFINITY : widest
  const list = items.map(([term, meaning]) => helper.formatItem(term, termWidth, meaning, helper))
  terminal.result(bold(title))
  const paragraphs = [
    wrapped(before, terminal),
    list.join('\n'),
    ...(after === undefined ? [] : [wrapped(after, terminal)]),
  ]
  for (const line of ['', ...paragraphs.join('\n\n').split('\n')]) terminal.result(text`${line}`)
}
