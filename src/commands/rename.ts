import type { Command } from 'commander'
import { checkAlias, shortId } from '../domain/connection.ts'
import { Problem } from '../problem.ts'
import { bold, green, text } from '../terminal/text.ts'
import { type Context, reference } from './context.ts'
import { connectionJson } from './present.ts'

export function renameCommand({ command, withApp, terminal }: Context): Command {
  return command('rename')
    .summary('give a connection a name of your own')
    .argument('<connection>', 'id, prefix of 4 or more characters, alias, or customer/provider', reference)
    .argument('[alias]', 'the new name', reference)
    .option('--none', 'remove the name it has')
    .option('--json', 'print one JSON document')
    .action((word: string, alias: string | undefined, flags: { none?: boolean; json?: boolean }) =>
      withApp('offline', async (app) => {
        if ((alias === undefined) === (flags.none !== true)) {
          throw new Problem('usage', 'give a new name, or --none to remove the old one', {
            code: 'bad_flags',
            hint: `finchconn rename ${word} payroll-west`,
          })
        }
        const { findConnection } = await import('../flows/find.ts')
        const connection = await findConnection(app, word)
        await app.store.connections.rename(connection.connectionId, alias === undefined ? null : checkAlias(alias))
        const renamed = await findConnection(app, connection.connectionId)
        if (flags.json) return terminal.json({ connection: connectionJson(renamed) })
        const said = renamed.alias === null ? text`has no alias any more` : text`is now ${bold(renamed.alias)}`
        terminal.result(text`${green('✓')} ${shortId(renamed.connectionId)} ${said}`)
      }),
    )
}
