/** Connections and customers as scripts and people see them. */
import { type Connection, missingProducts, STATUS_UNKNOWN } from '../domain/connection.ts'
import { ago } from '../domain/duration.ts'
import { NEEDS, type Need, needOf, needOfStatus, nextCommand, referenceTo, statusWord } from '../domain/standing.ts'
import type { CustomerWithCount } from '../store/customers.ts'
import type { Head } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { bold, dim, green, joined, red, type Text, text, type Words, yellow } from '../terminal/text.ts'

/** The JSON of a connection: Finch's names, every key always there, never a token. */
export function connectionJson(connection: Connection): Record<string, unknown> {
  return {
    connection_id: connection.connectionId,
    customer_id: connection.customerId,
    finch_customer_id: connection.finchCustomerId,
    alias: connection.alias,
    provider_id: connection.providerId,
    company_id: connection.companyId,
    company_name: connection.companyName,
    environment: connection.environment,
    connection_type: connection.connectionType,
    status: connection.status,
    status_message: connection.statusMessage,
    last_successful_sync: connection.lastSuccessfulSync,
    products: connection.products,
    requested_products: connection.requestedProducts,
    entities: connection.entities.map((entity) => ({
      entity_id: entity.entityId,
      name: entity.name,
      source_id: entity.sourceId,
      status: entity.status,
    })),
    authentication_methods: connection.authenticationMethods.map((method) => ({
      type: method.type,
      status: method.status,
    })),
    token: { fingerprint: connection.fingerprint, place: connection.vault, saved_at: connection.tokenSavedAt },
    created_at: connection.createdAt,
    reauthenticated_at: connection.reauthenticatedAt,
    checked_at: connection.checkedAt,
  }
}

export function customerJson(customer: CustomerWithCount): Record<string, unknown> {
  return {
    customer_id: customer.customerId,
    name: customer.name,
    email: customer.email,
    single: customer.single,
    connections: customer.connections,
    created_at: customer.createdAt,
  }
}

/** A status as a word and a color; the word alone says it all. */
export function statusText(status: string, shorten = (words: string) => words): Text {
  const word = shorten(statusWord(status))
  const need = needOfStatus(status)
  if (status === 'connected') return green(word)
  return need === 'wait' || status === STATUS_UNKNOWN ? yellow(word) : need === 'none' ? text`${word}` : red(word)
}

/** `pending (Finch is setting it up)` is `pending` where columns are narrow. */
function withoutRemark(words: string): string {
  return words.replace(/ \(.*\)$/, '')
}

export const CONNECTION_HEAD: Head = [
  'CUSTOMER',
  { title: 'CONNECTION', whole: true },
  { title: 'EMPLOYER', drop: 'last' },
  { title: 'PROVIDER', drop: 'last' },
  { title: 'STATUS', least: 14 },
  { title: 'LAST SYNC', drop: 'first' },
  { title: 'CHECKED', drop: 'first' },
]

/** `customerName` stands in, dimmed, for an employer whose name was not read. */
export function connectionRow(connection: Connection, now: Date, customerName = '-'): Words[] {
  return [
    connection.customerId,
    bold(referenceTo(connection)),
    connection.companyName ?? dim(customerName),
    connection.providerId,
    statusText(connection.status, withoutRemark),
    ago(connection.lastSuccessfulSync, now),
    ago(connection.checkedAt, now),
  ]
}

/** Tab-separated and stable: full id, full times, `-` for nothing. */
export function connectionPlain(connection: Connection): string[] {
  return [
    connection.customerId,
    connection.connectionId,
    connection.companyName ?? '-',
    connection.providerId,
    connection.status,
    connection.lastSuccessfulSync ?? '-',
    connection.checkedAt ?? '-',
  ]
}

/** `Acme Holdings, EIN ending 6789` */
export function employerText(connection: Connection): Text {
  const name = connection.companyName ?? 'not read yet'
  return connection.einEnding === null ? text`${name}` : text`${name}, EIN ending ${connection.einEnding}`
}

export function entitiesText(connection: Connection): Text {
  if (connection.entities.length === 0) return dim('none reported by Finch')
  const one = connection.entities.map((entity) => {
    const name = entity.name ?? entity.entityId
    return entity.status === null || entity.status === 'connected'
      ? text`${name}`
      : text`${name} (${statusText(entity.status)})`
  })
  return joined(one, ', ')
}

export function productsText(connection: Connection): Text {
  const missing = missingProducts(connection)
  const granted = connection.products.length === 0 ? text`none` : text`${connection.products.join(', ')}`
  return missing.length === 0
    ? granted
    : text`${granted}      ${yellow(text`requested but not granted: ${missing.join(', ')}`)}`
}

/** The lines printed after connect and reauth. */
export function sayConnection(terminal: Terminal, connection: Connection, place: string): void {
  const line = (label: string, value: Words) => terminal.result(text`  ${dim(label.padEnd(9))} ${value}`)
  line('employer', employerText(connection))
  line('entities', entitiesText(connection))
  line('products', productsText(connection))
  if (connection.status !== 'connected') line('status', statusText(connection.status))
  line('token', text`${place}, fingerprint ${connection.fingerprint}`)
}

const NEEDY: Readonly<Record<Need, readonly [one: string, several: string] | null>> = {
  reconnect: ['is disconnected', 'are disconnected'],
  login: ['needs a login', 'need a login'],
  setup: ['has no account set up at the provider', 'have no account set up at the provider'],
  permissions: ['lacks permissions at the provider', 'lack permissions at the provider'],
  wait: ['is being set up by Finch', 'are being set up by Finch'],
  none: null,
}

/** The line under a list: how many there are, what some of them need, and the first command that helps with each. */
export function summary(connections: readonly Connection[]): { words: Text; commands: string[] } {
  const said: string[] = []
  const commands: string[] = []
  for (const need of NEEDS) {
    const needy = connections.filter((connection) => needOf(connection) === need)
    const phrase = NEEDY[need]
    const [first] = needy
    if (phrase === null || first === undefined) continue
    said.push(`${needy.length} ${phrase[needy.length === 1 ? 0 : 1]}`)
    const command = nextCommand(first)
    if (command !== null) commands.push(command)
  }
  const all = connections.length === 1 ? '1 connection' : `${connections.length} connections`
  const words = [all, ...said].join(', ')
  return { words: said.length === 0 ? dim(words) : yellow(words), commands }
}
