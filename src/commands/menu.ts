import type { App } from '../app.ts'
import { type Connection, STATUS_WORDS, shortId } from '../domain/connection.ts'
import { Problem } from '../problem.ts'
import { bold, red, text } from '../terminal/text.ts'
import { runConnect } from './connect.ts'
import type { Context } from './context.ts'
import { runReauth } from './reauth.ts'
import { showConnection } from './show.ts'

/** What a person meets who runs finchconn bare: a customer, its connections, and what can be done with them. */
export async function menu(context: Context): Promise<void> {
  await context.withApp('full', async (app) => {
    if (app.config.clientId === null && app.config.profile !== 'emulator') {
      context.terminal.say(
        text`No Finch application is set up yet: ${bold('finchconn setup')}. To look around without one: ${bold('finchconn --profile emulator')}`,
      )
    }
    for (;;) {
      const customerId = await chooseCustomer(app)
      if (customerId === 'leave') return
      if (customerId === 'new') await tryIt(context, async () => runConnect(context, app, {}))
      else await ofCustomer(context, app, customerId.id)
    }
  })
}

type Chosen = { readonly id: string } | 'new' | 'leave'

async function chooseCustomer(app: App): Promise<Chosen> {
  const customers = await app.store.customers.list()
  return app.prompts.choose<Chosen>('Customers', [
    ...customers.map((one) => ({
      name: `${one.customerId}  ${one.name}  (${count(one.connections)})`,
      value: { id: one.customerId },
    })),
    { name: 'Connect a customer …', value: 'new' },
    { name: 'Leave', value: 'leave' },
  ])
}

async function ofCustomer(context: Context, app: App, customerId: string): Promise<void> {
  for (;;) {
    const connections = await app.store.connections.list({ customerId })
    const chosen = await app.prompts.choose<Connection | 'another' | 'back'>(`Connections of ${customerId}`, [
      ...connections.map((one) => ({
        name: `${one.alias ?? shortId(one.connectionId)}  ${one.providerId}  ${one.companyName ?? ''}  ${STATUS_WORDS[one.status] ?? one.status}`,
        value: one,
      })),
      { name: connections.length === 0 ? 'Connect …' : 'Connect another …', value: 'another' },
      { name: 'Back', value: 'back' },
    ])
    if (chosen === 'back') return
    if (chosen === 'another') {
      await tryIt(context, async () => {
        const provider = await app.prompts.ask('Provider (such as gusto; empty: the employer chooses)')
        await runConnect(context, app, {
          customer: customerId,
          ...(provider.trim() === '' ? {} : { provider: provider.trim() }),
        })
      })
    } else await ofConnection(context, app, chosen)
  }
}

async function ofConnection(context: Context, app: App, connection: Connection): Promise<void> {
  const act = await app.prompts.choose<'show' | 'reauth' | 'back'>(
    `${shortId(connection.connectionId)} through ${connection.providerId}`,
    [
      { name: 'Show', value: 'show' },
      { name: 'Log in again', value: 'reauth' },
      { name: 'Back', value: 'back' },
    ],
  )
  if (act === 'show') await showConnection(context, app, connection)
  if (act === 'reauth') await tryIt(context, () => runReauth(context, app, connection, {}))
}

/** A failed step is told and the menu goes on; only Ctrl-C leaves it. */
async function tryIt({ terminal, spell }: Context, step: () => Promise<void>): Promise<void> {
  try {
    await step()
  } catch (error) {
    if (!(error instanceof Problem) || error.kind === 'stopped') throw error
    terminal.say(red(text`${error.message}`))
    if (error.hint !== null) terminal.say(text`hint: ${spell(error.hint)}`)
  }
}

function count(connections: number): string {
  return connections === 1 ? '1 connection' : `${connections} connections`
}
