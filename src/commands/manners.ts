/** How the parser behaves and help looks: mistakes are thrown, nothing ends the process, help fits the terminal. */
import { type Command, Help } from 'commander'
import type { Host } from '../app.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { bold } from '../terminal/text.ts'

/** Longer lines are tiring to read, however wide the terminal is. */
const WIDEST = 100
const IN_A_PIPE = 80
/** Where fewer cells than this are left beside a term, its description goes below it. */
const NARROWEST = 24

/** `copyInheritedSettings` comes too late for commands made before they are added, so each is given its manners here. */
export function mannered(command: Command, host: Host, terminal: Terminal): Command {
  const print = (words: string) => host.stdout.write(words)
  const width = () => helpWidth(terminal)
  return command
    .exitOverride()
    .configureOutput({
      writeOut: print,
      // What the parser sends here is the help of a group that was named alone: it is what was asked for.
      writeErr: print,
      outputError: () => {},
      getOutHelpWidth: width,
      getErrHelpWidth: width,
      // Painted by the terminal, which knows.
      getOutHasColors: () => true,
      getErrHasColors: () => true,
    })
    .configureHelp({
      showGlobalOptions: false,
      minWidthToWrap: NARROWEST,
      styleTitle: (title) => terminal.painted(bold(title)),
      subcommandTerm: (one) => one.name(),
      formatHelp: commandsFirst,
      formatItem,
    })
    .helpOption('-h, --help', 'show this help')
    .showSuggestionAfterError(false)
    .helpCommand(false)
}

export function helpWidth(terminal: Terminal): number {
  return Number.isFinite(terminal.width) ? Math.min(terminal.width, WIDEST) : IN_A_PIPE
}

/** Words in lines of the help's width. */
export function wrapped(words: string, terminal: Terminal): string {
  return Object.assign(new Help(), { minWidthToWrap: NARROWEST }).boxWrap(words, helpWidth(terminal))
}

/** The part of a help page with lines a person can type as they stand. */
export function examples(...lines: readonly string[]): string {
  return ['', 'Examples:', ...lines.map((line) => `  ${line}`)].join('\n')
}

/** Commands before options: of a command that has both, they are what is looked for. */
function commandsFirst(command: Command, helper: Help): string {
  const sections = Help.prototype.formatHelp.call(helper, command, helper).split('\n\n')
  const isOptions = (section: string) => /^\S*\b(Global o|O)ptions:/.test(section)
  const [options, others] = [sections.filter(isOptions), sections.filter((one) => !isOptions(one))]
  return [...others.map((one) => one.trimEnd()), ...options.map((one) => one.trimEnd())].join('\n\n').concat('\n')
}

function formatItem(term: string, termWidth: number, description: string, helper: Help): string {
  const width = helper.helpWidth ?? IN_A_PIPE
  if (description === '' || width - termWidth - 4 >= NARROWEST)
    return Help.prototype.formatItem.call(helper, term, termWidth, description, helper)
  const indented = (words: string, cells: number) =>
    helper.boxWrap(words, Math.max(NARROWEST, width - cells)).replaceAll(/^/gm, ' '.repeat(cells))
  return `${indented(term, 2)}\n${indented(description, 6)}`
}
