import type { Command } from 'commander'
import type { App } from '../app.ts'
import type { Connection } from '../domain/connection.ts'
import { ago } from '../domain/duration.ts'
import type { WithheldLogin } from '../domain/login.ts'
import { isUnusable, needsEmployer, nextCommand } from '../domain/standing.ts'
import { findConnection } from '../flows/find.ts'
import { readEmployer, refresh, WHEN_ASKED_MS } from '../flows/refresh.ts'
import { tokenOf } from '../flows/token.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { bold, dim, text, type Words } from '../terminal/text.ts'
import { CONNECTION_ARGUMENT, type Context, reference } from './context.ts'
import { historyLine } from './history.ts'
import { examples } from './manners.ts'
import { connectionJson, employerText, productsText, statusText } from './present.ts'
import { reportToTerminal } from './tell.ts'
import { sayWithheld } from './withheld.ts'

interface ShowFlags {
  readonly refresh?: boolean
  readonly json?: boolean
}

export function showCommand(context: Context): Command {
  return context
    .command('show')
    .argument('<connection>', CONNECTION_ARGUMENT, reference)
    .option('--refresh', 'ask Finch first')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('finchconn show acme/gusto', 'finchconn show 7f3a --refresh --json'))
    .action((word: string, flags: ShowFlags) =>
      context.withApp(flags.refresh ? 'full' : 'offline', async (app) => {
        const found = await findConnection(app, word)
        await sayWithheld(app, (login) => isAbout(login, found))
        const connection = flags.refresh ? await refreshed(app, found) : found
        // Asked of Finch just now, so the code may say it too.
        if (flags.refresh && needsEmployer(connection)) app.endWith('reauth_needed')
        if (flags.json) return app.terminal.json({ connection: connectionJson(connection) })
        await showConnection(app, connection)
      }),
    )
}

/** A login for this very connection, or one of its customer that was for a new one. */
function isAbout(login: WithheldLogin, { connectionId, customerId }: Connection): boolean {
  return login.expectedConnectionId === null
    ? login.customerId === customerId
    : login.expectedConnectionId === connectionId
}

async function refreshed(app: App, connection: Connection): Promise<Connection> {
  const token = await tokenOf(app, connection)
  const reader = await app.reader()
  const known = await refresh(app, reader, connection, token)
  return isUnusable(known) ? known : readEmployer(app, reader, known, token, reportToTerminal(app), WHEN_ASKED_MS)
}

/** The doing of `show`, also reached from the menu. */
export async function showConnection(app: App, connection: Connection): Promise<void> {
  const { terminal, next } = app
  const now = app.host.now()
  const line = liner(terminal)
  terminal.result(text`${bold(connection.connectionId)}${connection.alias === null ? '' : `  (${connection.alias})`}`)
  line(
    'customer',
    connection.finchCustomerId === connection.customerId
      ? connection.customerId
      : text`${connection.customerId} ${dim(text`(at Finch: ${connection.finchCustomerId})`)}`,
  )
  line('employer', employerText(connection))
  line(
    'provider',
    text`${connection.providerId}${connection.authenticationMethods.map((method) => ` (${method.type})`).join('')}`,
  )
  line('environment', connection.environment)
  line(
    'status',
    connection.statusMessage === null
      ? statusText(connection.status)
      : text`${statusText(connection.status)}: ${connection.statusMessage}`,
  )
  line('last sync', ago(connection.lastSuccessfulSync, now))
  line('checked', ago(connection.checkedAt, now))
  line('created', ago(connection.createdAt, now))
  line('products', productsText(connection))
  for (const [index, entity] of connection.entities.entries()) {
    const known = entity.status === null || entity.status === 'connected' ? '' : text`  ${statusText(entity.status)}`
    line(index === 0 ? 'entities' : '', text`${dim(entity.entityId)}  ${entity.name ?? '(no name)'}${known}`)
  }
  const place = connection.vault === 'sealed' ? 'sealed vault' : 'keychain'
  line('token', text`${place}, fingerprint ${connection.fingerprint}, saved ${ago(connection.tokenSavedAt, now)}`)
  const events = await app.store.events.ofConnection(connection.connectionId, 10)
  for (const [index, event] of events.entries()) line(index === 0 ? 'history' : '', historyLine(event, connection, now))
  const command = nextCommand(connection)
  if (command !== null) next(command)
}

function liner(terminal: Terminal): (label: string, words: Words) => void {
  return (label, words) => terminal.result(text`  ${dim(label.padEnd(12))} ${words}`)
}
