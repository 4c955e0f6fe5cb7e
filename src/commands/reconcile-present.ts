/** The answer of `reconcile` for people and for scripts, and the evidence behind it. */
import { shortId } from '../domain/connection.ts'
import { Problem } from '../problem.ts'
import type { Person, Reason, Reconciliation, ReviewItem } from '../reconcile/person.ts'
import type { Match } from '../reconcile/reconcile.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { bold, dim, green, red, type Text, text, yellow } from '../terminal/text.ts'
import type { Context } from './context.ts'
import type { ReconcileFlags } from './reconcile.ts'

export async function printAnswer(
  context: Context,
  match: Match,
  flags: ReconcileFlags,
  people: readonly Person[],
): Promise<void> {
  const { terminal, next } = context
  if (flags.explain !== undefined) return explain(context, match, flags, people)
  const { reconciliation } = match
  if (flags.out !== undefined) {
    const { writeAnswer } = await import('./reconcile-files.ts')
    await writeAnswer(flags.out, reconciliation, flags.csv === true)
    terminal.say(text`${green('✓')} Written to ${flags.out}`)
  }
  if (flags.json && flags.out === undefined) {
    const { jsonParts } = await import('./reconcile-files.ts')
    return terminal.parts(jsonParts(reconciliation))
  }
  if (flags.csv && flags.out === undefined) {
    const { toCsv } = await import('./reconcile-files.ts')
    return terminal.raw(toCsv(reconciliation).trimEnd())
  }
  await printTable(terminal, reconciliation)
  if (reconciliation.review.length > 0 && flags.customer !== undefined)
    next(`finchconn reconcile review --customer ${flags.customer}`)
}

const LONGEST_TABLE = 50

async function printTable(terminal: Terminal, { people, review, summary }: Reconciliation): Promise<void> {
  const several = people.filter((person) => person.members.length > 1)
  if (several.length > 0) {
    await terminal.table(
      ['PERSON', 'BAND', 'PROBABILITY', 'MEMBERS'],
      several
        .slice(0, LONGEST_TABLE)
        .map((person) => [
          bold(person.person_id.slice(0, 15)),
          person.band === 'same' ? green('same') : yellow('to review'),
          person.probability.toFixed(4),
          person.members
            .map((member) => `${shortId(member.connection_id)}:${shortId(member.individual_id)}`)
            .join('  '),
        ]),
    )
    if (several.length > LONGEST_TABLE)
      terminal.say(dim(text`… and ${several.length - LONGEST_TABLE} more: --json, --csv or --out has them all`))
  }
  for (const item of review.slice(0, 5)) terminal.result(text`${yellow('?')} ${reviewLine(item)}`)
  if (review.length > 5) terminal.say(dim(text`… and ${review.length - 5} more to review`))
  terminal.result(
    text`${bold(summary.people)} people in ${summary.records} records; ${bold(summary.in_several)} in several connections; ${bold(summary.to_review)} to review; about ${summary.expected_wrong_merges.toFixed(2)} wrong merges expected; ${summary.seconds.toFixed(1)} s`,
  )
}

export function reviewLine(item: ReviewItem): string {
  const who = (member: ReviewItem['a']) => `${shortId(member.connection_id)}:${shortId(member.individual_id)}`
  return `${who(item.a)} and ${who(item.b)}: ${(100 * item.probability).toFixed(0)} %, ${item.cause.replaceAll('_', ' ')}`
}

/** One individual, and the evidence for those most like it. */
function explain({ terminal }: Context, match: Match, flags: ReconcileFlags, people: readonly Person[]): void {
  const explanation = match.explain(flags.explain ?? '')
  if (explanation === null)
    throw new Problem('not_found', `nobody has the individual_id ${flags.explain}`, { code: 'unknown_individual' })
  if (flags.json) {
    terminal.json({ explanation })
    return
  }
  const face = (connectionId: string, individualId: string) => {
    const person = flags.showPii
      ? people.find((one) => one.connectionId === connectionId && one.individualId === individualId)
      : undefined
    return person === undefined
      ? ''
      : `  ${[person.firstName, person.middleName, person.lastName].filter(Boolean).join(' ')}, born ${person.dob ?? 'unknown'}`
  }
  const { individual } = explanation
  const band = match.reconciliation.people.find(({ members }) =>
    members.some(
      (one) => one.individual_id === individual.individual_id && one.connection_id === individual.connection_id,
    ),
  )?.band
  terminal.result(
    text`${bold(individual.individual_id)} of ${shortId(individual.connection_id)}${face(individual.connection_id, individual.individual_id)}`,
  )
  if (explanation.pairs.length === 0) terminal.result(dim('Nobody in another connection is like this individual.'))
  for (const pair of explanation.pairs) {
    const verdict =
      pair.merged && band === 'same' ? green('merged') : pair.probability >= 0.5 ? yellow('to review') : dim('apart')
    terminal.result(
      text`\n${bold(pair.other.individual_id)} of ${shortId(pair.other.connection_id)}${face(pair.other.connection_id, pair.other.individual_id)}  ${(100 * pair.probability).toFixed(2)} %  ${verdict}`,
    )
    terminal.result(text`  ${dim('before any field'.padEnd(34))} ${dim(bits(explanation.prior_bits))}`)
    for (const reason of pair.reasons) terminal.result(reasonLine(reason))
  }
}

const HALF = 20

/** One field's evidence as a bar: to the right for the same person, to the left against. */
export function reasonLine(reason: Reason): Text {
  return text`  ${`${reason.field}: ${reason.level}`.padEnd(34)} ${bar(reason.bits)}`
}

function bar(value: number): Text {
  const length = Math.min(HALF, Math.round(Math.abs(value)))
  const drawn = '█'.repeat(length)
  if (value < 0) return text`${bits(value)} ${red(drawn.padStart(HALF))}│`
  return text`${bits(value)} ${' '.repeat(HALF)}│${green(drawn)}`
}

function bits(value: number): string {
  return `${value >= 0 ? '+' : ''}${value.toFixed(1)}`.padStart(6)
}
