import type { Command } from 'commander'
import { findConnection } from '../flows/find.ts'
import { tokenOf } from '../flows/token.ts'
import { Problem } from '../problem.ts'
import { CONNECTION_ARGUMENT, type Context, reference } from './context.ts'
import { examples } from './manners.ts'

export function tokenCommand({ command, withApp, terminal, host }: Context): Command {
  return command('token')
    .description('Prints the token and a newline on stdout, for a pipe. On a terminal it is refused without --show.')
    .argument('<connection>', CONNECTION_ARGUMENT, reference)
    .option('--show', 'print it even on a terminal')
    .addHelpText(
      'after',
      examples('curl -H "Authorization: Bearer $(finchconn token acme/gusto)" …', 'finchconn token 7f3a --show'),
    )
    .action((word: string, flags: { show?: boolean }) =>
      withApp('full', async (app) => {
        if (host.stdout.isTTY === true && flags.show !== true) {
          throw new Problem('usage', 'tokens are not printed on a terminal, where they stay in the scrollback', {
            code: 'terminal_refused',
            hint: 'pipe it to the command that needs it, or use --show',
          })
        }
        const token = await tokenOf(app, await findConnection(app, word))
        terminal.raw(token.reveal())
      }),
    )
}
