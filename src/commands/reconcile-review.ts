import type { Command } from 'commander'
import type { App } from '../app.ts'
import { shortId } from '../domain/connection.ts'
import { findCustomer } from '../flows/find.ts'
import { Problem } from '../problem.ts'
import type { Person, ReviewItem } from '../reconcile/types.ts'
import { widthOf } from '../terminal/measure.ts'
import { bold, dim, green, type Text, text, type Words, yellow } from '../terminal/text.ts'
import type { Context } from './context.ts'
import { examples } from './manners.ts'
import { decisionsOf, matched, peopleOfCustomer } from './reconcile-people.ts'
import { facesOf } from './reconcile-present.ts'
import type { Gaps } from './reconcile-unread.ts'
import { causeWords, evidenceLines, nameOf, percent } from './reconcile-words.ts'

interface ReviewFlags {
  readonly customer?: string
  readonly showPii?: boolean
  readonly json?: boolean
}

/** Also the parent's option, which reads it: here it is for the help. */
const CUSTOMER = ['--customer <id>', 'whose people'] as const

/** `--customer` is the parent's option, so that it means the same before and after the subcommand. */
function flagsOf(command: Command): ReviewFlags & { readonly customer: string } {
  const flags = command.optsWithGlobals<ReviewFlags>()
  if (flags.customer === undefined)
    throw new Problem('usage', '--customer is required', {
      code: 'missing_flag',
      hint: `finchconn reconcile ${command.name()} --customer acme`,
    })
  return { ...flags, customer: flags.customer }
}

export function reviewCommand(context: Context): Command {
  return context
    .command('review')
    .summary('answer the review list: same, different, or later')
    .description(
      'Walks through pairs that are likely, but not certain. Decisions are saved by Finch ids only and apply from then on. Names and dates of birth are shown side by side while you decide, and are not stored.',
    )
    .option(...CUSTOMER)
    .addHelpText('after', examples('finchconn reconcile review --customer acme'))
    .action((_flags: unknown, command: Command) =>
      context.withApp('full', (app) => review(app, flagsOf(command).customer)),
    )
}

async function review(app: App, customerId: string): Promise<void> {
  const { terminal } = app
  if (!app.prompts.available)
    throw new Problem('input_needed', 'a review needs someone to answer (running without prompts)', {
      code: 'input_needed',
      hint: `finchconn reconcile --customer ${customerId} --json has the list`,
    })
  const found = await peopleOfCustomer(app, customerId, false)
  const { people, gaps, problem, connections, read } = found
  // As the plain command: a list that does not rest on everything is not the whole list.
  if (problem !== null) app.endWith(problem)
  const { decisions } = await decisionsOf(app, customerId, found)
  const { reconciliation } = await matched(app, people, false, decisions)
  const { review: items } = reconciliation
  if (problem !== null) terminal.say(yellow(incomplete(gaps, connections, read)))
  if (items.length === 0)
    return terminal.say(
      problem === null ? text`${green('✓')} Nothing to review.` : text`Nothing to review in what was read.`,
    )
  const faces = facesOf(people)
  let decided = 0
  for (const [index, item] of items.entries()) {
    await showPair(app, item, faces, `${index + 1} of ${items.length}`)
    const verdict = await app.prompts.choose<'same' | 'different' | 'later' | 'stop'>('Are they the same person?', [
      { name: 'Same person', value: 'same' },
      { name: 'Different people', value: 'different' },
      { name: 'Later', value: 'later' },
      { name: 'Stop here', value: 'stop' },
    ])
    if (verdict === 'stop') break
    if (verdict === 'later') continue
    await app.store.decisions.save(customerId, {
      a: { connectionId: item.a.connection_id, individualId: item.a.individual_id },
      b: { connectionId: item.b.connection_id, individualId: item.b.individual_id },
      verdict,
      contradictionSeen: item.cause === 'decision_contradicted',
    })
    decided += 1
  }
  terminal.say(
    text`${green('✓')} ${decided === 1 ? '1 decision' : `${decided} decisions`} saved; see them with ${bold(app.spell(`finchconn reconcile decisions --customer ${customerId}`))}`,
  )
}

function incomplete({ summary }: Gaps, connections: number, read: number): Text {
  const parts = [
    ...(read < connections ? [`${connections - read} of ${connections} connections could not be read`] : []),
    ...(summary.records_incomplete > 0 ? [`${summary.records_incomplete} people could not be read in full`] : []),
  ]
  return text`${parts.length === 0 ? 'Not everyone could be read' : parts.join(', and ')}, so this list may be incomplete.`
}

type Row = readonly [label: string, read: (person: Person) => string | null | undefined]

const ROWS: readonly Row[] = [
  ['name', nameOf],
  ['preferred name', (one) => one.preferredName],
  ['date of birth', (one) => one.dob],
  ['email', (one) => one.emails.join(', ') || null],
  ['phone', (one) => one.phones.join(', ') || null],
  [
    'address',
    ({ residence }) =>
      residence && [residence.line1, residence.city, residence.state, residence.postalCode].filter(Boolean).join(', '),
  ],
  ['job', ({ employment }) => employment && [employment.title, employment.department].filter(Boolean).join(', ')],
]

/** The two records, what differs marked, then what each field says. */
async function showPair(
  { terminal }: App,
  item: ReviewItem,
  faces: ReturnType<typeof facesOf>,
  place: string,
): Promise<void> {
  const rows = ROWS.map(([label, read]) => {
    const [a, b] = [item.a, item.b].map((member) => {
      const person = faces(member)
      return (person && read(person)) || null
    })
    return { label, a: a ?? null, b: b ?? null }
  })
  const heads = [shortId(item.a.connection_id), shortId(item.b.connection_id)] as const
  terminal.result(
    text`\n${bold(place)}  ${percent(item.probability, 1)} likely to be one person; ${causeWords(item.cause)}`,
  )
  if (fits(rows, heads, terminal.width))
    await terminal.table(
      ['', ...heads],
      rows.map((row) => [dim(row.label), ...cells(row)]),
    )
  else for (const line of stacked(rows, heads)) terminal.result(line)
  for (const line of evidenceLines(item)) terminal.result(line)
}

interface Compared {
  readonly label: string
  readonly a: string | null
  readonly b: string | null
}

const LABEL = 14

/** Side by side only where nothing has to be cut. */
function fits(rows: readonly Compared[], heads: readonly string[], width: number): boolean {
  const widest = (values: readonly string[]) => Math.max(...values.map(widthOf))
  return (
    LABEL + 2 + widest([heads[0] ?? '', ...rows.map(({ a }) => a ?? '-')]) + 2 <=
    width - widest([heads[1] ?? '', ...rows.map(({ b }) => b ?? '-')])
  )
}

/** What both have and differs in more than its case is marked. */
function cells({ a, b }: Compared): [Words, Words] {
  const differs = a !== null && b !== null && a.trim().toLowerCase() !== b.trim().toLowerCase()
  const cell = (value: string | null): Words => (value === null ? dim('-') : differs ? yellow(value) : value)
  return [cell(a), cell(b)]
}

function stacked(rows: readonly Compared[], heads: readonly string[]): Text[] {
  const short = Math.max(...heads.map((head) => head.length))
  return rows.flatMap((row) => {
    const [a, b] = cells(row)
    return [
      text`  ${dim(row.label.padEnd(LABEL))} ${dim((heads[0] ?? '').padEnd(short))}  ${a}`,
      text`  ${' '.repeat(LABEL)} ${dim((heads[1] ?? '').padEnd(short))}  ${b}`,
    ]
  })
}

export function decisionsCommand({ command, withApp, terminal }: Context): Command {
  return command('decisions')
    .summary('list decisions made in reviews')
    .option(...CUSTOMER)
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('finchconn reconcile decisions --customer acme --json'))
    .action((_flags: unknown, self: Command) =>
      withApp('none', async (app) => {
        const { customer, json } = flagsOf(self)
        await findCustomer(app, customer)
        const decisions = await app.store.decisions.ofCustomer(customer)
        if (json) {
          const member = (one: (typeof decisions)[number]['a']) => ({
            connection_id: one.connectionId,
            individual_id: one.individualId,
          })
          return terminal.json({
            decisions: decisions.map((one) => ({
              decision_id: one.decisionId,
              a: member(one.a),
              b: member(one.b),
              verdict: one.verdict,
              decided_at: one.decidedAt,
            })),
          })
        }
        if (decisions.length === 0) return terminal.say(text`No decisions for ${customer} yet.`)
        await terminal.table(
          ['#', 'VERDICT', 'ONE', 'OTHER', 'DECIDED'],
          decisions.map((one) => [
            one.decisionId,
            one.verdict,
            `${shortId(one.a.connectionId)}:${one.a.individualId}`,
            `${shortId(one.b.connectionId)}:${one.b.individualId}`,
            one.decidedAt,
          ]),
        )
      }),
    )
}

export function undoCommand({ command, withApp, terminal }: Context): Command {
  return command('undo')
    .summary('undo a decision')
    .argument('<number>', 'its number, as `decisions` shows it')
    .option(...CUSTOMER)
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('finchconn reconcile undo 3 --customer acme'))
    .action((number: string, _flags: unknown, self: Command) =>
      withApp('none', async (app) => {
        const { customer, json } = flagsOf(self)
        const decisionId = /^\d{1,15}$/.test(number) ? Number(number) : -1
        if (!(await app.store.decisions.undo(customer, decisionId))) {
          throw new Problem('not_found', `${customer} has no decision ${number}`, {
            code: 'unknown_decision',
            hint: `finchconn reconcile decisions --customer ${customer}`,
          })
        }
        if (json) return terminal.json({ undone: decisionId })
        terminal.result(text`${green('✓')} Undid decision ${decisionId}`)
      }),
    )
}
