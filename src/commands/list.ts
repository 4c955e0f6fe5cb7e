import type { Command } from 'commander'
import { STATUS_WORDS } from '../domain/connection.ts'
import { parseDuration } from '../domain/duration.ts'
import { Problem } from '../problem.ts'
import { bold, dim, text, yellow } from '../terminal/text.ts'
import { type Context, value } from './context.ts'
import { examples } from './manners.ts'
import { attention, CONNECTION_HEAD, connectionJson, connectionPlain, connectionRow } from './present.ts'
import { sayWithheld } from './withheld.ts'

interface ListFlags {
  readonly customer?: string
  readonly provider?: string
  readonly status?: string
  readonly staleFor?: string
  readonly all?: boolean
  readonly json?: boolean
  readonly plain?: boolean
}

export function listCommand({ command, withApp, terminal, next, spell }: Context): Command {
  return command('list')
    .summary('list connections, offline')
    .description('Lists what the store knows. Asks neither Finch nor the keychain, so it is instant and works offline.')
    .option('--customer <id>', 'only of this customer', value('--customer'))
    .option('--provider <id>', 'only through this provider', value('--provider'))
    .option(
      '--status <word>',
      "only with this status, in Finch's word: connected, reauth, pending …",
      value('--status'),
    )
    .option('--stale-for <duration>', 'only those not checked for so long, such as 26h or 7d', value('--stale-for'))
    .option('--all', 'also connections that were disconnected')
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
        const { store, host } = app
        if (flags.customer !== undefined) {
          const { findCustomer } = await import('../flows/find.ts')
          await findCustomer(app, flags.customer)
        }
        await sayWithheld({ terminal, spell }, app, ({ customerId }) => customerId === (flags.customer ?? customerId))
        const connections = await store.connections.list({
          ...(flags.customer === undefined ? {} : { customerId: flags.customer }),
          ...(flags.provider === undefined ? {} : { providerId: flags.provider }),
          ...(flags.status === undefined ? {} : { status: flags.status }),
          ...(flags.staleFor === undefined
            ? {}
            : {
                checkedBefore: new Date(
                  host.now().getTime() - parseDuration(flags.staleFor, '--stale-for'),
                ).toISOString(),
              }),
          ended: flags.all === true,
        })
        if (flags.status !== undefined && STATUS_WORDS[flags.status] === undefined) {
          terminal.say(yellow(text`${flags.status} is no status known here: ${Object.keys(STATUS_WORDS).join(', ')}`))
        }
        if (flags.json && flags.plain)
          throw new Problem('usage', '--json and --plain exclude each other', { code: 'bad_flags' })
        if (flags.json) return terminal.json({ connections: connections.map(connectionJson) })
        if (flags.plain) return terminal.plain(connections.map(connectionPlain))
        if (connections.length === 0) {
          const filtered = flags.customer ?? flags.provider ?? flags.status ?? flags.staleFor
          return terminal.say(
            filtered === undefined
              ? text`No connections yet. Make one: ${bold('finchconn connect --customer acme')}`
              : dim('No connection fits.'),
          )
        }
        await terminal.table(
          CONNECTION_HEAD,
          connections.map((one) => connectionRow(one, host.now())),
        )
        const needed = attention(connections)
        if (needed !== null) {
          terminal.say(needed.words)
          next(needed.command)
        }
      }),
    )
}
