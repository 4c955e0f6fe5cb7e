import type { App } from '../app.ts'
import { readConfig } from '../config.ts'
import { type Connection, shortId } from '../domain/connection.ts'
import { needOf, needsEmployer, referenceTo, statusWord } from '../domain/standing.ts'
import { Problem } from '../problem.ts'
import type { CustomerWithCount } from '../store/customers.ts'
import type { Choice } from '../terminal/prompts.ts'
import type { Head } from '../terminal/table.ts'
import { bold, text } from '../terminal/text.ts'
import { runConnect } from './connect.ts'
import type { Context } from './context.ts'
import { sayProblem } from './failures.ts'
import { runReauth } from './reauth.ts'
import { runSetup } from './setup.ts'
import { showConnection } from './show.ts'

/** What a person meets who runs finchconn bare: a customer, its connections, and what can be done with them. */
export async function menu(context: Context): Promise<void> {
  if (await wantsSetup(context)) {
    await runSetup(context, {})
  }
  await context.withApp('full', async (app) => {
    for (;;) {
      const chosen = await chooseFirst(app)
      if (chosen === 'leave') return
      if (chosen === 'connect') await tryIt(app, () => runConnect(app, {}))
      else if (chosen === 'needy') await ofNeedy(app)
      else await ofCustomer(app, chosen.id)
    }
  })
}

/** Where no Finch application is set up, that comes before everything else. */
async function wantsSetup({ flags, host, prompts, terminal }: Context): Promise<boolean> {
  const config = readConfig({ flags: flags(), env: host.env })
  if (config.clientId !== null || config.profile === 'emulator') return false
  terminal.say(
    text`No Finch application is set up yet. To look around without one: ${bold('finchconn --profile emulator')}`,
  )
  return prompts.choose('What next?', [
    { name: 'Set up …', value: true },
    { name: 'Continue without', value: false },
  ])
}

type First = { readonly id: string } | 'connect' | 'needy' | 'leave'

async function chooseFirst(app: App): Promise<First> {
  const [customers, connections] = await Promise.all([app.store.customers.list(), app.store.connections.list({})])
  const needy = connections.filter(needsEmployer)
  const ofThem = (one: CustomerWithCount) => needy.filter(({ customerId }) => customerId === one.customerId).length
  const choices = await aligned(
    app,
    ['', '', { title: '', least: 12 }],
    customers.map((one) => ({
      cells: [one.customerId, one.name, health(one.connections, ofThem(one))],
      value: { id: one.customerId },
    })),
  )
  return app.prompts.search<First>('What next? (type to search)', [
    { name: 'Connect …', value: 'connect' },
    ...(needy.length === 0 ? [] : [{ name: `All that need a login (${needy.length})`, value: 'needy' as const }]),
    ...choices,
    { name: 'Leave', value: 'leave' },
  ])
}

function health(connections: number, needy: number): string {
  const count = connections === 1 ? '1 connection' : `${connections} connections`
  if (needy === 0) return count
  return `${count}, ${needy === connections ? '' : `${needy} of them `}login required`
}

async function ofNeedy(app: App): Promise<void> {
  const needy = (await app.store.connections.list({})).filter(needsEmployer)
  const chosen = await app.prompts.search<Connection | 'back'>('All that need a login', [
    ...(await connectionChoices(app, needy)),
    { name: 'Back', value: 'back' },
  ])
  if (chosen !== 'back') await ofConnection(app, chosen)
}

function connectionChoices(app: App, connections: readonly Connection[]): Promise<Choice<Connection>[]> {
  return aligned(
    app,
    ['', { title: '', whole: true }, '', '', { title: '', least: 14 }],
    connections.map((one) => ({
      cells: [one.customerId, referenceTo(one), one.providerId, one.companyName ?? '-', statusWord(one.status)],
      value: one,
    })),
  )
}

/** Choices in columns that fit the terminal; typing finds also what was cut. */
async function aligned<T>(
  { terminal }: App,
  columns: Head,
  rows: readonly { readonly cells: readonly string[]; readonly value: T }[],
): Promise<Choice<T>[]> {
  const lines = await terminal.lines(
    columns,
    rows.map(({ cells }) => cells),
  )
  return rows.map(({ cells, value }, index) => ({ name: lines[index] ?? '', value, find: cells.join(' ') }))
}

async function ofCustomer(app: App, customerId: string): Promise<void> {
  for (;;) {
    const connections = await app.store.connections.list({ customerId })
    const chosen = await app.prompts.search<Connection | 'another' | 'back'>(`Connections of ${customerId}`, [
      ...(await connectionChoices(app, connections)),
      { name: connections.length === 0 ? 'Connect …' : 'Connect another …', value: 'another' },
      { name: 'Back', value: 'back' },
    ])
    if (chosen === 'back') return
    if (chosen === 'another') {
      await tryIt(app, async () => {
        const provider = await app.prompts.ask('Provider, such as gusto (leave empty to let the employer choose)')
        await runConnect(app, {
          customer: customerId,
          ...(provider.trim() === '' ? {} : { provider: provider.trim() }),
        })
      })
    } else await ofConnection(app, chosen)
  }
}

async function ofConnection(app: App, connection: Connection): Promise<void> {
  const isGone = needOf(connection) === 'reconnect'
  const act = await app.prompts.choose<'show' | 'reauth' | 'connect' | 'back'>(
    `${shortId(connection.connectionId)} through ${connection.providerId}`,
    [
      { name: 'Show', value: 'show' },
      isGone ? { name: 'Connect again', value: 'connect' } : { name: 'Log in again', value: 'reauth' },
      { name: 'Back', value: 'back' },
    ],
  )
  const { customerId: customer, providerId: provider } = connection
  if (act === 'show') await showConnection(app, connection)
  if (act === 'reauth') await tryIt(app, () => runReauth(app, connection, {}))
  if (act === 'connect') await tryIt(app, () => runConnect(app, { customer, provider, another: true }))
}

/** A failed step is told and the menu goes on; only Ctrl-C leaves it. */
async function tryIt(app: App, step: () => Promise<void>): Promise<void> {
  try {
    await step()
  } catch (error) {
    if (!(error instanceof Problem) || error.kind === 'stopped') throw error
    sayProblem(error, app)
  }
}
