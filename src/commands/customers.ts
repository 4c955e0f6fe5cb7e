import type { Command } from 'commander'
import { checkEmail, checkName } from '../domain/customer.ts'
import { ago } from '../domain/duration.ts'
import { createCustomer, newCustomer } from '../flows/customers.ts'
import { findCustomer } from '../flows/find.ts'
import { Problem } from '../problem.ts'
import type { Head } from '../terminal/table.ts'
import { bold, dim, green, text, type Words } from '../terminal/text.ts'
import { type Context, reference, value } from './context.ts'
import { examples } from './manners.ts'
import { CONNECTION_HEAD, connectionRow, customerJson } from './present.ts'

interface CustomerFlags {
  readonly name?: string
  readonly email?: string
  readonly single?: boolean
  readonly json?: boolean
  readonly plain?: boolean
}

export function customersCommand(context: Context): Command {
  return context
    .command('customers')
    .description(
      'Customers are the employers that use your product. The id is yours: use the one from your own system.',
    )
    .addHelpText(
      'after',
      examples(
        'finchconn customers create acme --name "Acme, Inc."',
        'finchconn customers list',
        'finchconn customers show acme',
      ),
    )
    .addCommand(createCommand(context))
    .addCommand(listCommand(context))
    .addCommand(showCommand(context))
    .addCommand(editCommand(context))
    .addCommand(removeCommand(context))
}

function createCommand({ command, withApp, terminal, next }: Context): Command {
  return command('create')
    .summary('create a customer')
    .argument('<id>', 'your own id for this customer, such as acme')
    .option('--name <name>', "the company's name, shown in Finch Connect (default: the id)", value('--name'))
    .option('--email <address>', 'contact email for Finch', value('--email'))
    .option('--single', 'one connection only: the database refuses a second one')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      examples(
        'finchconn customers create acme --name "Acme, Inc." --email hr@acme.example',
        'finchconn customers create globex --single --json',
      ),
    )
    .action((id: string, flags: CustomerFlags) =>
      withApp('none', async (app) => {
        await createCustomer(app, newCustomer(app, { customerId: id, ...flags }))
        const customer = await findCustomer(app, id)
        if (flags.json) return terminal.json({ customer: customerJson(customer) })
        terminal.result(text`${green('✓')} Created customer ${bold(customer.customerId)} (${customer.name})`)
        next(`finchconn connect --customer ${customer.customerId}`)
      }),
    )
}

const CUSTOMER_HEAD: Head = [
  'CUSTOMER',
  'NAME',
  { title: 'CONNECTIONS', whole: true },
  { title: 'ALLOWED', drop: 'first' },
  { title: 'CREATED', drop: 'first' },
  { title: 'EMAIL', drop: 'last' },
]

function listCommand({ command, withApp, terminal, spell }: Context): Command {
  return command('list')
    .summary('list customers')
    .option('--json', 'print one JSON document')
    .option('--plain', 'print tab-separated lines: id, name, connections, single or many, created, email')
    .addHelpText('after', examples('finchconn customers list', 'finchconn customers list --plain | cut -f 1'))
    .action((flags: CustomerFlags) =>
      withApp('none', async ({ store, host }) => {
        const customers = await store.customers.list()
        if (flags.json) return terminal.json({ customers: customers.map(customerJson) })
        if (flags.plain) {
          return terminal.plain(
            customers.map((one) => [
              one.customerId,
              one.name,
              one.connections,
              one.single ? 'single' : 'many',
              one.createdAt,
              one.email ?? '-',
            ]),
          )
        }
        if (customers.length === 0)
          return terminal.say(
            text`No customers yet. Create one: ${bold(spell('finchconn customers create acme --name "Acme, Inc."'))}`,
          )
        await terminal.table(
          CUSTOMER_HEAD,
          customers.map((one) => [
            bold(one.customerId),
            one.name,
            one.connections,
            one.single ? 'single' : 'many',
            ago(one.createdAt, host.now()),
            one.email ?? '-',
          ]),
        )
      }),
    )
}

function showCommand({ command, withApp, terminal, next }: Context): Command {
  return command('show')
    .summary('show a customer and its connections')
    .argument('<id>', 'the customer', reference)
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('finchconn customers show acme'))
    .action((id: string, flags: CustomerFlags) =>
      withApp('none', async (app) => {
        const customer = await findCustomer(app, id)
        if (flags.json) return terminal.json({ customer: customerJson(customer) })
        const connections = await app.store.connections.list({ customerId: id })
        const line = (label: string, words: Words) => terminal.result(text`  ${dim(label.padEnd(12))} ${words}`)
        terminal.result(bold(customer.customerId))
        line('name', customer.name)
        line('email', customer.email ?? '-')
        line(
          'connections',
          text`${customer.connections}, ${customer.single ? 'one allowed (--single)' : 'many allowed'}`,
        )
        line('created', ago(customer.createdAt, app.host.now()))
        if (connections.length === 0) return next(`finchconn connect --customer ${customer.customerId}`)
        await terminal.table(
          CONNECTION_HEAD,
          connections.map((one) => connectionRow(one, app.host.now(), customer.name)),
        )
      }),
    )
}

function editCommand({ command, withApp, terminal }: Context): Command {
  return command('edit')
    .summary("change a customer's name, email or --single")
    .argument('<id>', 'the customer', reference)
    .option('--name <name>', 'the new name', value('--name'))
    .option('--email <address>', 'the new address; "none" removes it', value('--email'))
    .option('--single', 'allow one connection only')
    .option('--no-single', 'allow several connections')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      examples(
        'finchconn customers edit acme --name "Acme Holdings"',
        'finchconn customers edit acme --email none --no-single',
      ),
    )
    .action((id: string, flags: CustomerFlags) =>
      withApp('none', async (app) => {
        await findCustomer(app, id)
        if (flags.name === undefined && flags.email === undefined && flags.single === undefined) {
          throw new Problem('usage', 'nothing to change', {
            code: 'nothing_to_change',
            hint: 'give --name, --email, --single or --no-single',
          })
        }
        await app.store.customers.edit(id, {
          ...(flags.name === undefined ? {} : { name: checkName(flags.name) }),
          ...(flags.email === undefined ? {} : { email: flags.email === 'none' ? null : checkEmail(flags.email) }),
          ...(flags.single === undefined ? {} : { single: flags.single }),
        })
        const customer = await findCustomer(app, id)
        if (flags.json) return terminal.json({ customer: customerJson(customer) })
        terminal.result(text`${green('✓')} Changed customer ${bold(customer.customerId)} (${customer.name})`)
      }),
    )
}

function removeCommand({ command, withApp, terminal }: Context): Command {
  return command('remove')
    .summary('remove a customer that has no connections')
    .argument('<id>', 'the customer', reference)
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('finchconn customers remove acme'))
    .action((id: string, flags: CustomerFlags) =>
      withApp('none', async (app) => {
        const customer = await findCustomer(app, id)
        await app.store.customers.remove(id)
        if (flags.json) return terminal.json({ customer: customerJson(customer) })
        terminal.result(text`${green('✓')} Removed customer ${bold(id)}`)
      }),
    )
}
