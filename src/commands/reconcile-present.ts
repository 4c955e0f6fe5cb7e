/** The answer of `reconcile` for people and for scripts, and the evidence behind it. */

import type { CommandParts } from '../app.ts'
import { shortId } from '../domain/connection.ts'
import { Problem } from '../problem.ts'
import type { Match } from '../reconcile/reconcile.ts'
import type { MemberOut, Person, PersonOut, Reconciliation, ReviewItem } from '../reconcile/types.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { bold, dim, green, text, yellow } from '../terminal/text.ts'
import { printJson, toCsv, writeAnswer } from './reconcile-files.ts'
import type { ReconcileFlags } from './reconcile-flags.ts'
import type { Gaps } from './reconcile-unread.ts'
import { causeWords, evidenceLines, nameOf, percent } from './reconcile-words.ts'

export interface Answer {
  readonly match: Match
  readonly people: readonly Person[]
  readonly gaps: Gaps
}

export async function printAnswer(parts: CommandParts, answer: Answer, flags: ReconcileFlags): Promise<void> {
  const { terminal, next } = parts
  const { match, gaps } = answer
  if (flags.explain !== undefined) return explain(parts, answer, flags)
  const { reconciliation } = match
  if (flags.out !== undefined) {
    writeAnswer(flags.out, reconciliation, gaps, flags.csv === true)
    terminal.say(text`${green('✓')} Written to ${flags.out}`)
  }
  if (flags.json && flags.out === undefined) {
    return printJson(terminal, reconciliation, gaps)
  }
  if (flags.csv && flags.out === undefined) {
    return terminal.raw(toCsv(reconciliation).trimEnd())
  }
  await printTable(terminal, reconciliation, flags.showPii === true ? facesOf(answer.people) : null)
  if (reconciliation.review.length > 0 && flags.customer !== undefined)
    next(`finchconn reconcile review --customer ${flags.customer}`)
}

const LONGEST_TABLE = 50

/** Whoever looks at a member of the answer finds the person behind it. */
export function facesOf(people: readonly Person[]): (member: MemberOut) => Person | undefined {
  const faces = new Map(people.map((one) => [`${one.connectionId} ${one.individualId}`, one]))
  return (member) => faces.get(`${member.connection_id} ${member.individual_id}`)
}

async function printTable(
  terminal: Terminal,
  { people, review, summary }: Reconciliation,
  faces: ReturnType<typeof facesOf> | null,
): Promise<void> {
  const several = people.filter((person) => person.members.length > 1)
  const names = (person: PersonOut) =>
    [...new Set(person.members.map((member) => nameOr(faces?.(member), '(no name)')))].join(' / ')
  if (several.length > 0) {
    await terminal.table(
      ['PERSON', ...(faces === null ? [] : ['NAME']), 'MATCH', 'PROBABILITY', 'MEMBERS'],
      several
        .slice(0, LONGEST_TABLE)
        .map((person) => [
          bold(person.person_id.slice(0, 15)),
          ...(faces === null ? [] : [names(person)]),
          person.band === 'same' ? green('same') : yellow('to review'),
          percent(person.probability, 2),
          person.members.map(memberWords).join('  '),
        ]),
    )
    if (several.length > LONGEST_TABLE)
      terminal.say(dim(text`… and ${several.length - LONGEST_TABLE} more: --json, --csv or --out has them all`))
  }
  for (const item of review.slice(0, 5)) terminal.result(text`${yellow('?')} ${reviewLine(item, faces)}`)
  if (review.length > 5) terminal.say(dim(text`… and ${review.length - 5} more to review`))
  terminal.result(
    text`${bold(summary.people)} people in ${summary.records} records; ${bold(summary.in_several)} in several connections; ${bold(summary.to_review)} to review; expected false matches: ${summary.expected_wrong_merges.toFixed(2)}; ${summary.seconds.toFixed(1)} s`,
  )
}

function memberWords({ connection_id, individual_id }: MemberOut): string {
  return `${shortId(connection_id)}:${shortId(individual_id)}`
}

function nameOr(person: Person | undefined, otherwise: string): string {
  return (person === undefined ? '' : nameOf(person)) || otherwise
}

function reviewLine({ a, b, probability, cause }: ReviewItem, faces: ReturnType<typeof facesOf> | null): string {
  const who = (member: MemberOut) =>
    faces === null ? memberWords(member) : `${memberWords(member)} ${nameOr(faces(member), '(no name)')}`
  return `${who(a)} and ${who(b)}: ${percent(probability, 1)} likely one person; ${causeWords(cause)}`
}

/** One individual, and the evidence for those most like it. */
function explain({ terminal }: CommandParts, { match, people }: Answer, flags: ReconcileFlags): void {
  const explanation = match.explain(flags.explain ?? '')
  if (explanation === null)
    throw new Problem('not_found', `no individual has the id ${flags.explain}`, {
      code: 'unknown_individual',
      hint: 'individual ids are in the members of reconcile --json',
    })
  if (flags.json) {
    terminal.json({ explanation })
    return
  }
  const faces = flags.showPii ? facesOf(people) : null
  const face = (member: MemberOut) => {
    const person = faces?.(member)
    return person === undefined ? '' : `  ${nameOf(person)}, born ${person.dob ?? 'unknown'}`
  }
  const { individual } = explanation
  const band = match.reconciliation.people.find(({ members }) =>
    members.some(
      (one) => one.individual_id === individual.individual_id && one.connection_id === individual.connection_id,
    ),
  )?.band
  terminal.result(text`${bold(individual.individual_id)} of ${shortId(individual.connection_id)}${face(individual)}`)
  if (explanation.pairs.length === 0) terminal.result(dim('No similar individual in another connection.'))
  for (const pair of explanation.pairs) {
    const verdict =
      pair.merged && band === 'same' ? green('merged') : pair.probability >= 0.5 ? yellow('to review') : dim('apart')
    terminal.result(
      text`\n${bold(pair.other.individual_id)} of ${shortId(pair.other.connection_id)}${face(pair.other)}  ${percent(pair.probability, 2)} likely one person  ${verdict}`,
    )
    for (const line of evidenceLines(pair)) terminal.result(line)
  }
}
