import type { Command } from 'commander'
import type { App } from '../app.ts'
import { type Connection, shortId } from '../domain/connection.ts'
import { needsEmployer, nextCommand, referenceTo, statusWord } from '../domain/standing.ts'
import { findConnection, findCustomer } from '../flows/find.ts'
import { adopt } from '../flows/login/adopt.ts'
import type { Patience } from '../flows/login/login.ts'
import { entityChanges, reauth } from '../flows/login/reauth.ts'
import { Problem } from '../problem.ts'
import { bold, dim, green, text, yellow } from '../terminal/text.ts'
import { CONNECTION_ARGUMENT, type Context, reference, value } from './context.ts'
import { examples } from './manners.ts'
import { DEFAULT_TIMEOUT, readQueueing, readTimeout, WAIT_HELP } from './options.ts'
import { connectionJson, sayConnection } from './present.ts'
import { reportToTerminal } from './tell.ts'

export interface ReauthFlags {
  readonly force?: boolean | undefined
  readonly timeout?: string | undefined
  readonly wait?: string | undefined
  readonly json?: boolean | undefined
  readonly customer?: string | undefined
}

export function reauthCommand(context: Context): Command {
  return context
    .command('reauth')
    .description(
      'Opens Finch Connect for an existing connection and replaces the old token with the new one, after checking that it belongs to the same connection, customer, provider and environment. On any mismatch nothing is overwritten.',
    )
    .argument('<connection>', CONNECTION_ARGUMENT, reference)
    .option('--force', 'log in even if it is not needed')
    .option(
      '--customer <id>',
      'recover a connection that exists at Finch but not here, for this customer',
      value('--customer'),
    )
    .option(
      '--timeout <duration>',
      `how long to wait for the employer, such as 90s or 10m (default: ${DEFAULT_TIMEOUT})`,
      value('--timeout'),
    )
    .option('--wait <duration>', WAIT_HELP, value('--wait'))
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('finchconn reauth acme/gusto', 'finchconn reauth 7f3a --force --timeout 10m'))
    .action((word: string, flags: ReauthFlags) =>
      context.withApp('full', async (app) => {
        const { customer } = flags
        const known = await app.store.connections.named(word)
        const isOurs = known.length > 0 || word.includes('/') || (await app.store.customers.find(word)) !== null
        if (customer !== undefined && !isOurs) {
          return runAdopt(app, word, customer, flags)
        }
        const connection = await findConnection(app, word)
        if (customer !== undefined && connection.customerId !== customer) {
          throw new Problem(
            'conflict',
            `connection ${connection.connectionId} belongs to customer ${connection.customerId}`,
            { code: 'other_customer', hint: 'omit --customer: it is only for a connection this store does not know' },
          )
        }
        await runReauth(app, connection, flags)
      }),
    )
}

/** The doing of `reauth`, also reached from `connect` and the menu. */
export async function runReauth(app: App, connection: Connection, flags: ReauthFlags): Promise<void> {
  const { terminal, next, endWith } = app
  const customer = await findCustomer(app, connection.customerId)
  const result = await reauth(
    app,
    {
      connection,
      force: flags.force === true,
      confirmNeedless: (now) => confirmNeedless(app, now),
    },
    patienceOf(flags),
    reportToTerminal(app, customer.name),
  )
  if (result === null) return terminal.say(text`Left as is.`)
  const renewed = result.connection
  // The token is new, and the connection still does not work: whoever runs on from here has to know.
  if (needsEmployer(renewed)) endWith('reauth_needed')
  if (flags.json) return terminal.json({ connection: connectionJson(renewed) })
  terminal.result(
    text`${green('✓')} ${customer.name} logged in again: ${bold(shortId(renewed.connectionId))} has a new token`,
  )
  sayConnection(terminal, renewed, (await app.vault()).place)
  terminal.result(text`  ${dim('replaced ')} fingerprint ${result.before.fingerprint}`)
  const { gained, missing } = entityChanges(result)
  if (gained.length > 0) terminal.result(text`  ${dim('gained   ')} ${gained.join(', ')}`)
  if (missing.length > 0) terminal.result(text`  ${dim('missing  ')} ${yellow(missing.join(', '))}`)
  next(nextCommand(renewed) ?? `finchconn show ${shortId(renewed.connectionId)}`)
}

function patienceOf({ timeout, wait }: ReauthFlags): Patience {
  return { timeoutMs: readTimeout(timeout), waitMs: readQueueing(wait) }
}

async function runAdopt(app: App, connectionId: string, customerId: string, flags: ReauthFlags): Promise<void> {
  const customer = await findCustomer(app, customerId)
  const options = { customer, connectionId, products: app.config.products }
  const connection = await adopt(app, options, patienceOf(flags), reportToTerminal(app, customer.name))
  if (flags.json) return app.terminal.json({ connection: connectionJson(connection) })
  app.terminal.result(
    text`${green('✓')} ${customer.name} logged in again: ${bold(shortId(connection.connectionId))} was recovered, with a new token`,
  )
  sayConnection(app.terminal, connection, (await app.vault()).place)
  app.next(`finchconn show ${shortId(connection.connectionId)}`)
}

/** A login that would change nothing is not asked of an employer without a yes. */
async function confirmNeedless(app: App, connection: Connection): Promise<boolean> {
  const healthy = connection.status === 'connected'
  const state = healthy ? 'healthy' : statusWord(connection.status)
  if (!app.prompts.available) {
    throw new Problem('input_needed', `connection ${connection.connectionId} is ${state}: a login is not needed`, {
      code: healthy ? 'healthy' : 'login_not_needed',
      hint: 'use --force to log in anyway',
    })
  }
  return app.prompts.confirm(`${referenceTo(connection)} is ${state}. Log in anyway?`)
}
