import { createReadStream } from 'node:fs'
import type { Command } from 'commander'
import { Problem } from '../problem.ts'
import { BadLineError, readPeople } from '../reconcile/records/read-people.ts'
import type { Person } from '../reconcile/types.ts'
import { text, yellow } from '../terminal/text.ts'
import { type Context, value } from './context.ts'
import { examples } from './manners.ts'
import type { ReconcileFlags } from './reconcile-flags.ts'
import { decisionsOf, matched, peopleOfCustomer } from './reconcile-people.ts'
import { printAnswer } from './reconcile-present.ts'
import { decisionsCommand, reviewCommand, undoCommand } from './reconcile-review.ts'
import { gapsOfFile } from './reconcile-unread.ts'
import { stdinOf } from './stdin.ts'

export function reconcileCommand(context: Context): Command {
  return context
    .command('reconcile')
    .description(
      'Reads the people in all connections of a customer and finds who is the same person, even though Finch gives them a different id in each connection. Certain matches are merged, likely ones go to a review list, and every result can be explained. Only Finch ids are stored or printed.',
    )
    .option('--customer <id>', 'whose connections to read', value('--customer'))
    .option(
      '--people <file>',
      'people from a file instead of Finch: one JSON object per line; - reads stdin',
      value('--people'),
    )
    .option('--allow-repeats', 'a connection may list a person more than once')
    .option('--skip-bad', 'skip lines that cannot be read, and count them')
    .option('--strict', 'stop when anything cannot be read, instead of continuing without it')
    .option('--explain <individual_id>', 'show the evidence for one individual, field by field', value('--explain'))
    .option('--show-pii', 'on a terminal: also show names, and with --explain dates of birth')
    .option('--out <file>', 'write the answer to a file', value('--out'))
    .option('--csv', 'print one line per member: person_id, band, probability, connection_id, individual_id')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      examples(
        'finchconn reconcile --customer acme',
        'finchconn reconcile --people people.jsonl --json',
        'finchconn reconcile review --customer acme',
      ),
    )
    .addCommand(reviewCommand(context))
    .addCommand(decisionsCommand(context))
    .addCommand(undoCommand(context))
    .action((flags: ReconcileFlags) => runReconcile(context, flags))
}

async function runReconcile(context: Context, flags: ReconcileFlags): Promise<void> {
  if ((flags.customer === undefined) === (flags.people === undefined)) {
    throw new Problem('usage', 'use --customer to read from Finch, or --people to read from a file', {
      code: 'bad_flags',
      hint: 'finchconn reconcile --customer acme',
    })
  }
  const elsewhere = flags.json === true || flags.csv === true || flags.out !== undefined
  if (flags.showPii === true && (elsewhere || context.host.stdout.isTTY !== true)) {
    throw new Problem('usage', '--show-pii shows names on a terminal only: not in a pipe, a file, --json or --csv', {
      code: 'bad_flags',
    })
  }
  return flags.people !== undefined
    ? fromFile(context, flags, flags.people)
    : fromFinch(context, flags, flags.customer ?? '')
}

/** Needs no customer, no store and no credentials. */
async function fromFile(context: Context, flags: ReconcileFlags, path: string): Promise<void> {
  const source =
    path === '-'
      ? stdinOf(context.host)
      : createReadStream(path, { highWaterMark: 1024 * 1024, signal: context.host.signal })
  let skipped = 0
  const connections = new Set<string>()
  // Kept only where they are to be shown: a file may hold a million people.
  const faces: Person[] = []
  const read = readPeople(source, { skipBad: flags.skipBad === true, onBad: () => (skipped += 1) })
  async function* noted(): AsyncGenerator<Person> {
    for await (const person of read) {
      connections.add(person.connectionId)
      if (flags.showPii === true) faces.push(person)
      yield person
    }
  }
  try {
    const match = await matched(context, noted(), flags.allowRepeats === true, [])
    if (skipped > 0) context.terminal.say(yellow(text`${skipped} lines could not be read and were skipped`))
    if (connections.size === 1)
      context.terminal.say('Everyone is in one connection, so there is nothing to match against.')
    await printAnswer(context, { match, people: faces, gaps: gapsOfFile(skipped) }, flags)
  } catch (error) {
    if (context.host.signal.aborted) throw context.host.signal.reason
    if (error instanceof BadLineError)
      throw new Problem('usage', `${path}: ${error.message}`, {
        code: 'bad_line',
        hint: 'fix it, or use --skip-bad to skip such lines',
      })
    if (error instanceof Error && 'code' in error && ['ENOENT', 'EACCES', 'EISDIR'].includes(String(error.code))) {
      throw new Problem('usage', `${path} cannot be read`, { code: 'file_unreadable', cause: error })
    }
    throw error
  }
}

async function fromFinch(context: Context, flags: ReconcileFlags, customerId: string): Promise<void> {
  await context.withApp('full', async (app) => {
    const found = await peopleOfCustomer(app, customerId, flags.strict === true)
    const { people, problem } = found
    const { decisions, unused } = await decisionsOf(app, customerId, found)
    const match = await matched(app, people, flags.allowRepeats === true, decisions)
    const gaps = { ...found.gaps, summary: { ...found.gaps.summary, decisions_unused: unused } }
    await printAnswer(app, { match, people, gaps }, flags)
    // The answer is true for what could be read; the code says that it was not all.
    if (problem !== null) app.endWith(problem)
  })
}
