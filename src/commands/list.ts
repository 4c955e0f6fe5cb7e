import type { Command } from 'commander'
import type { App } from '../app.ts'
import type { Connection } from '../domain/connection.ts'
import { EMULATOR_PROFILE } from '../domain/profile.ts'
import { needOf, needsEmployer } from '../domain/standing.ts'
import { Problem } from '../problem.ts'
import type { ProblemKind } from '../problem-codes.ts'
import { bold, type Text, text } from '../terminal/text.ts'
import { type Context, value } from './context.ts'
import { type FilterFlags, filterOf } from './list-filters.ts'
import { examples } from './manners.ts'
import { CONNECTION_HEAD, connectionJson, connectionPlain, connectionRow, summary } from './present.ts'
import { sayWithheld } from './withheld.ts'

interface ListFlags extends FilterFlags {
  readonly exitCode?: boolean
  readonly json?: boolean
  readonly plain?: boolean
}

export function listCommand({ command, withApp }: Context): Command {
  return command('list')
    .description(
      'Lists the connections in the local store, without asking Finch or the keychain: instant, and works offline.',
    )
    .option('--customer <id>', 'only this customer', value('--customer'))
    .option('--provider <id>', 'only this provider', value('--provider'))
    .option('--status <word>', 'only with this status, such as reauth or "login required"', value('--status'))
    .option('--stale-for <duration>', 'only those not checked for this long, such as 26h or 7d', value('--stale-for'))
    .option('--all', 'also connections that were disconnected')
    .option(
      '--exit-code',
      'set the exit code: 5 if a listed connection needs its employer or is stale, 8 if one is pending',
    )
    .option('--json', 'print one JSON document')
    .option(
      '--plain',
      'print tab-separated lines: customer, connection, employer, provider, status, last sync, checked',
    )
    .addHelpText(
      'after',
      examples(
        'finchconn list',
        'finchconn list --status reauth --json',
        'finchconn list --customer acme --plain | cut -f 2',
      ),
    )
    .action((flags: ListFlags) =>
      withApp('offline', async (app) => {
        const { terminal, next, endWith } = app
        if (flags.json && flags.plain)
          throw new Problem('usage', "--json and --plain can't be used together", { code: 'bad_flags' })
        const filter = await filterOf(app, flags)
        await sayWithheld(app, ({ customerId }) => customerId === (flags.customer ?? customerId))
        const connections = await app.store.connections.list(filter)
        const kind = flags.exitCode ? exitOf(connections, flags) : null
        if (kind !== null) endWith(kind)
        if (flags.json) return terminal.json({ connections: connections.map(connectionJson) })
        if (flags.plain) return terminal.plain(connections.map(connectionPlain))
        if (connections.length === 0) return terminal.say(await nothing(app, flags))
        const names = await namesInstead(app, connections)
        await terminal.table(
          CONNECTION_HEAD,
          connections.map((one) => connectionRow(one, app.host.now(), names.get(one.customerId))),
        )
        const { words, commands } = summary(connections)
        terminal.say(words)
        for (const one of commands) next(one)
      }),
    )
}

/** The names of customers, where an employer's name could not be read, as with a provider that gives people only. */
async function namesInstead({ store }: App, connections: readonly Connection[]): Promise<Map<string, string>> {
  if (connections.every(({ companyName }) => companyName !== null)) return new Map()
  return new Map((await store.customers.list()).map(({ customerId, name }) => [customerId, name]))
}

/** Null where all is well: the first of these that is true of any connection. */
function exitOf(connections: readonly Connection[], { staleFor }: ListFlags): ProblemKind | null {
  if (connections.some((one) => needsEmployer(one) || needOf(one) === 'reconnect')) return 'reauth_needed'
  if (staleFor !== undefined && connections.length > 0) return 'reauth_needed'
  return connections.some((one) => needOf(one) === 'wait') ? 'pending' : null
}

/** The step that leads to a first connection, from where this profile stands. */
async function nothing({ config, store, spell }: App, flags: FilterFlags): Promise<Text> {
  const filtered = flags.customer ?? flags.provider ?? flags.status ?? flags.staleFor
  if (filtered !== undefined) return text`No connections match.`
  const [customer] = await store.customers.list()
  const command =
    customer !== undefined
      ? `finchconn connect --customer ${customer.customerId}`
      : config.clientId === null && config.profile !== EMULATOR_PROFILE
        ? 'finchconn setup'
        : 'finchconn connect --customer acme --create'
  return text`No connections yet. Next: ${bold(spell(command))}`
}
