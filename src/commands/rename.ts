import type { Command } from 'commander'
import type { App } from '../app.ts'
import { type Connection, checkAlias, shortId } from '../domain/connection.ts'
import { findConnection } from '../flows/find.ts'
import { Problem } from '../problem.ts'
import { bold, green, text } from '../terminal/text.ts'
import { CONNECTION_ARGUMENT, type Context, reference } from './context.ts'
import { examples } from './manners.ts'
import { connectionJson } from './present.ts'

export function renameCommand({ command, withApp, terminal }: Context): Command {
  return command('rename')
    .argument('<connection>', CONNECTION_ARGUMENT, reference)
    .argument('[alias]', 'the new alias', reference)
    .option('--none', 'remove its alias')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('finchconn rename acme/gusto payroll', 'finchconn rename payroll --none'))
    .action((word: string, alias: string | undefined, flags: { none?: boolean; json?: boolean }) =>
      withApp('offline', async (app) => {
        if ((alias === undefined) === (flags.none !== true)) {
          throw new Problem('usage', 'give an alias, or --none to remove the current one', {
            code: 'bad_flags',
            hint: `finchconn rename ${word} payroll-west`,
          })
        }
        const connection = await findConnection(app, word)
        if (alias !== undefined) await refuseMistakable(app, checkAlias(alias), connection)
        await app.store.connections.rename(connection.connectionId, alias ?? null)
        const renamed = await findConnection(app, connection.connectionId)
        if (flags.json) return terminal.json({ connection: connectionJson(renamed) })
        const said = renamed.alias === null ? text`no longer has an alias` : text`is now ${bold(renamed.alias)}`
        terminal.result(text`${green('✓')} ${shortId(renamed.connectionId)} ${said}`)
      }),
    )
}

/** A name that begins another connection's id would hand out that one's token, or the other way round. */
async function refuseMistakable(app: App, alias: string, connection: Connection): Promise<void> {
  const [other] = (await app.store.connections.beginningWith(alias)).filter((id) => id !== connection.connectionId)
  if (other === undefined) return
  throw new Problem('conflict', `${alias} is the start of another connection's id: ${other}`, {
    code: 'alias_mistakable',
    hint: 'choose an alias that is not part of an id',
  })
}
