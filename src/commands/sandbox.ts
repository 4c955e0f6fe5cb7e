import { type Command, InvalidArgumentError } from 'commander'
import { didYouMean } from '../domain/closest.ts'
import { referenceTo, statusMeant } from '../domain/standing.ts'
import { findConnection } from '../flows/find.ts'
import { withTokenOf } from '../flows/learn.ts'
import { refresh } from '../flows/refresh.ts'
import { tokenOf } from '../flows/token.ts'
import { Problem } from '../problem.ts'
import { bold, green, text } from '../terminal/text.ts'
import { CONNECTION_ARGUMENT, type Context, reference } from './context.ts'
import { examples } from './manners.ts'
import { connectionJson, statusText } from './present.ts'

const STATUSES = ['connected', 'reauth', 'pending', 'processing', 'error_permissions', 'error_no_account_setup']

export function sandboxCommand(context: Context): Command {
  return context
    .command('sandbox')
    .addHelpText('after', examples('finchconn --profile emulator sandbox status acme/gusto reauth'))
    .addCommand(statusCommand(context))
}

function statusCommand({ command, withApp, terminal }: Context): Command {
  return command('status')
    .summary('set the status of a sandbox connection, such as reauth')
    .argument('<connection>', CONNECTION_ARGUMENT, reference)
    .argument('<status>', STATUSES.join(', '), checkStatus)
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      examples(
        'finchconn --profile emulator sandbox status acme/gusto reauth',
        'finchconn sandbox status 7f3a connected --json',
      ),
    )
    .action((word: string, status: string, flags: { json?: boolean }) =>
      withApp('full', async (app) => {
        if (!['emulator', 'sandbox'].includes(app.config.environment)) {
          throw new Problem('usage', `connections in the ${app.config.environment} environment are real`, {
            code: 'not_sandbox',
            hint: 'use a sandbox profile, or --profile emulator',
          })
        }
        const found = await findConnection(app, word)
        const token = await tokenOf(app, found)
        const reader = await app.reader()
        await withTokenOf(app, found, () => reader.setSandboxStatus(token, status))
        const connection = await refresh(app, reader, found, token)
        if (flags.json) return terminal.json({ connection: connectionJson(connection) })
        terminal.result(
          text`${green('✓')} ${bold(referenceTo(connection))} now has the status ${statusText(connection.status)}`,
        )
      }),
    )
}

/** Finch's word or the one that tables show. */
function checkStatus(given: string): string {
  const { status, near } = statusMeant(given, [])
  if (status !== null && STATUSES.includes(status)) return status
  const meant = near.filter((word) => STATUSES.includes(word))
  throw new InvalidArgumentError(
    `unknown status "${given}"; ${didYouMean(meant, `use one of: ${STATUSES.join(', ')}`)}`,
  )
}
