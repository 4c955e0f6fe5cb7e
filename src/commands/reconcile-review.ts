import type { Command } from 'commander'
import type { App } from '../app.ts'
import { shortId } from '../domain/connection.ts'
import { Problem } from '../problem.ts'
import type { Person, ReviewItem } from '../reconcile/person.ts'
import { bold, dim, green, text, type Words } from '../terminal/text.ts'
import type { Context } from './context.ts'
import { examples } from './manners.ts'
import { matched, peopleOfCustomer } from './reconcile-people.ts'
import { reasonLine } from './reconcile-present.ts'

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
      'Walks through the pairs that are likely, but not sure. What you decide is kept by Finch ids only and honored from then on. Shows names and dates of birth side by side while you decide; they are not stored.',
    )
    .option(...CUSTOMER)
    .addHelpText('after', examples('finchconn reconcile review --customer acme'))
    .action((_flags: unknown, command: Command) =>
      context.withApp('full', (app) => review(context, app, flagsOf(command).customer)),
    )
}

async function review(context: Context, app: App, customerId: string): Promise<void> {
  const { terminal } = context
  if (!app.prompts.available)
    throw new Problem('input_needed', 'a review needs somebody to answer', {
      code: 'input_needed',
      hint: `finchconn reconcile --customer ${customerId} --json has the list`,
    })
  const { people } = await peopleOfCustomer(context, app, customerId, false)
  const { reconciliation } = await matched(context, people, false, await app.store.decisions.ofCustomer(customerId))
  const { review: items } = reconciliation
  if (items.length === 0) return terminal.say(text`${green('✓')} Nothing to review.`)
  const faces = new Map(people.map((person) => [`${person.connectionId} ${person.individualId}`, person]))
  let decided = 0
  for (const [index, item] of items.entries()) {
    await showPair(context, item, faces, `${index + 1} of ${items.length}`)
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
    text`${green('✓')} ${decided} decided. They hold from now on; see them with ${bold(context.spell(`finchconn reconcile decisions --customer ${customerId}`))}`,
  )
}

/** The two records side by side, then what each field says. */
async function showPair(
  { terminal }: Context,
  item: ReviewItem,
  faces: ReadonlyMap<string, Person>,
  place: string,
): Promise<void> {
  const [a, b] = [item.a, item.b].map((member) => faces.get(`${member.connection_id} ${member.individual_id}`))
  const row = (label: string, read: (person: Person) => string | null | undefined): Words[] => [
    dim(label),
    (a && read(a)) ?? '-',
    (b && read(b)) ?? '-',
  ]
  terminal.result(text`\n${bold(place)}  ${(100 * item.probability).toFixed(1)} %, ${item.cause.replaceAll('_', ' ')}`)
  await terminal.table(
    ['', shortId(item.a.connection_id), shortId(item.b.connection_id)],
    [
      row('name', (one) => [one.firstName, one.middleName, one.lastName].filter(Boolean).join(' ')),
      row('called', (one) => one.preferredName),
      row('born', (one) => one.dob),
      row('email', (one) => one.emails.join(', ') || null),
      row('phone', (one) => one.phones.join(', ') || null),
      row(
        'lives',
        (one) =>
          one.residence &&
          [one.residence.line1, one.residence.city, one.residence.state, one.residence.postalCode]
            .filter(Boolean)
            .join(', '),
      ),
      row(
        'works',
        (one) => one.employment && [one.employment.title, one.employment.department].filter(Boolean).join(', '),
      ),
    ],
  )
  for (const reason of item.reasons) terminal.result(reasonLine(reason))
}

export function decisionsCommand({ command, withApp, terminal }: Context): Command {
  return command('decisions')
    .summary('list what was decided in reviews')
    .option(...CUSTOMER)
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('finchconn reconcile decisions --customer acme --json'))
    .action((_flags: unknown, self: Command) =>
      withApp('none', async (app) => {
        const { customer, json } = flagsOf(self)
        const { findCustomer } = await import('../flows/find.ts')
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
        if (decisions.length === 0) return terminal.say(text`Nothing was decided for ${customer} yet.`)
        await terminal.table(
          ['NO', 'VERDICT', 'ONE', 'OTHER', 'DECIDED'],
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
    .summary('take a decision back')
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
        terminal.result(text`${green('✓')} Took decision ${decisionId} back`)
      }),
    )
}
