import { type Command, InvalidArgumentError, Option } from 'commander'
import type { App } from '../app.ts'
import { type Connection, shortId } from '../domain/connection.ts'
import { type Customer, checkCustomerId, checkName } from '../domain/customer.ts'
import { productMistakes } from '../domain/products.ts'
import { nextCommand, statusWord } from '../domain/standing.ts'
import { newCustomer } from '../flows/customers.ts'
import { unknownCustomer } from '../flows/find.ts'
import { connect } from '../flows/login/connect.ts'
import { AlreadyConnected } from '../flows/login/connect-session.ts'
import { Problem } from '../problem.ts'
import { bold, green, text } from '../terminal/text.ts'
import { type Context, value, words } from './context.ts'
import { examples } from './manners.ts'
import { DEFAULT_TIMEOUT, readQueueing, readTimeout, WAIT_HELP } from './options.ts'
import { connectionJson, sayConnection } from './present.ts'
import { runReauth } from './reauth.ts'
import { reportToTerminal } from './tell.ts'

export interface ConnectFlags {
  readonly customer?: string
  readonly provider?: string
  readonly authMethod?: string
  readonly products?: string
  readonly manual?: boolean
  readonly sandbox?: 'finch' | 'provider'
  readonly create?: boolean
  readonly another?: boolean
  readonly timeout?: string
  readonly wait?: string
  readonly json?: boolean
}

export function connectCommand(context: Context): Command {
  return context
    .command('connect')
    .description(
      'Opens Finch Connect in a browser, waits for the employer to log in, and saves the new token in the vault and the connection in the store.',
    )
    .option('--customer <id>', 'the customer to connect', value('--customer'))
    .option(
      '--provider <id>',
      'the payroll provider, such as gusto (default: the employer chooses)',
      value('--provider', checkProvider),
    )
    .addOption(
      new Option('--auth-method <method>', 'how the employer logs in').choices([
        'assisted',
        'credential',
        'oauth',
        'api_token',
      ]),
    )
    .option(
      '--products <list>',
      'products to request, comma-separated (default: from setup, else company, directory, individual and employment)',
      value('--products'),
    )
    .option('--manual', 'also offer providers that Finch connects manually')
    .addOption(new Option('--sandbox <kind>', "use Finch's test data or the provider's").choices(['finch', 'provider']))
    .option('--create', 'create the customer if it does not exist')
    .option('--another', 'add a connection even if one exists; Finch bills each one')
    .option(
      '--timeout <duration>',
      `how long to wait for the employer, such as 90s or 10m (default: ${DEFAULT_TIMEOUT})`,
      value('--timeout'),
    )
    .option('--wait <duration>', WAIT_HELP, value('--wait'))
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      examples(
        'finchconn connect --customer acme --provider gusto',
        'finchconn --profile emulator connect --customer acme --create --browser robot',
      ),
    )
    .action((flags: ConnectFlags) => context.withApp('full', (app) => runConnect(app, flags)))
}

/** The doing of `connect`, also reached from the menu. */
export async function runConnect(app: App, flags: ConnectFlags): Promise<void> {
  const products = flags.products === undefined ? app.config.products : words(flags.products)
  const mistakes = productMistakes(products)
  if (mistakes.length > 0) throw new Problem('usage', mistakes.join('; '), { code: 'bad_products' })
  const timeoutMs = readTimeout(flags.timeout)
  if (flags.authMethod !== undefined && flags.provider === undefined) {
    throw new Problem('usage', '--auth-method needs --provider', { code: 'bad_flags' })
  }
  if (flags.sandbox !== undefined && ['development', 'production'].includes(app.config.environment)) {
    throw new Problem('usage', `--sandbox can't be used in the ${app.config.environment} environment`, {
      code: 'bad_flags',
      hint: "use a sandbox application's profile",
    })
  }
  const { customer, isNew } = await customerFor(app, flags)
  const options = {
    customer,
    isNew,
    providerId: flags.provider ?? null,
    authMethod: flags.authMethod ?? null,
    products,
    manual: flags.manual === true || flags.authMethod === 'assisted',
    sandbox: flags.sandbox ?? (['emulator', 'sandbox'].includes(app.config.environment) ? ('finch' as const) : null),
    another: flags.another === true,
  }
  const patience = { timeoutMs, waitMs: readQueueing(flags.wait) }
  const report = reportToTerminal(app, customer.name)
  try {
    await print(app, await connect(app, options, patience, report), flags, customer)
  } catch (error) {
    if (!(error instanceof AlreadyConnected) || !app.prompts.available) throw error
    const choice = await insteadOf(app, error.connection, customer)
    if (choice === 'reauth')
      return runReauth(app, error.connection, { timeout: flags.timeout, json: flags.json, force: true })
    if (choice === 'leave') throw error
    await print(app, await connect(app, { ...options, another: true }, patience, report), flags, customer)
  }
}

async function print(app: App, connection: Connection, flags: ConnectFlags, customer: Customer): Promise<void> {
  const { terminal, next } = app
  if (flags.json) return terminal.json({ connection: connectionJson(connection) })
  terminal.result(
    text`${green('✓')} ${customer.name} is connected through ${connection.providerId} as ${bold(shortId(connection.connectionId))}`,
  )
  sayConnection(terminal, connection, (await app.vault()).place)
  next(nextCommand(connection) ?? `finchconn show ${shortId(connection.connectionId)}`)
}

/** A second login to the same provider is a second bill, so a person is asked. */
function insteadOf(app: App, connection: Connection, customer: Customer): Promise<'reauth' | 'another' | 'leave'> {
  return app.prompts.choose(
    `${customer.customerId} is already connected to ${connection.providerId} as ${shortId(connection.connectionId)}.`,
    [
      {
        name: `Log in again: keeps the connection, replaces its token (${statusWord(connection.status)})`,
        value: 'reauth' as const,
      },
      ...(customer.single ? [] : [{ name: 'Connect another one (billed separately)', value: 'another' as const }]),
      { name: 'Leave it as is', value: 'leave' as const },
    ],
  )
}

/** The customer, and whether it is still to be made: a typo must not make one. */
async function customerFor(app: App, flags: ConnectFlags): Promise<{ customer: Customer; isNew: boolean }> {
  const customerId = checkCustomerId(flags.customer ?? (await chooseCustomer(app)))
  const known = await app.store.customers.find(customerId)
  if (known !== null) return { customer: known, isNew: false }
  const asked = flags.create !== true && app.prompts.available
  if (
    flags.create !== true &&
    !(asked && (await app.prompts.confirm(`Customer ${customerId} doesn't exist. Create it?`)))
  ) {
    throw await unknownCustomer(
      app,
      customerId,
      `create it with finchconn customers create ${customerId}, or use --create`,
    )
  }
  const name = asked
    ? await app.prompts.ask('Company name', { fallback: customerId, check: (typed) => checkName(typed) })
    : undefined
  return { customer: newCustomer(app, { customerId, name }), isNew: true }
}

async function chooseCustomer(app: App): Promise<string> {
  if (!app.prompts.available)
    throw new Problem('input_needed', '--customer is required (running without prompts)', {
      code: 'missing_flag',
      hint: 'finchconn connect --customer acme',
    })
  const customers = await app.store.customers.list()
  if (customers.length === 0)
    return app.prompts.ask('Which customer? (a new id, such as acme)', { check: (typed) => checkCustomerId(typed) })
  return app.prompts.choose(
    'Which customer?',
    customers.map((one) => ({ name: `${one.customerId}  ${one.name}`, value: one.customerId })),
  )
}

function checkProvider(provider: string): void {
  if (!/^[a-z0-9][a-z0-9_]{0,63}$/.test(provider))
    throw new InvalidArgumentError('a provider is an id such as gusto or adp_run.')
}
