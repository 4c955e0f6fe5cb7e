import { randomInt } from 'node:crypto'
import { addFinishedSync, jobUrl } from './job-record.ts'
import type { AuthMethod } from './providers.ts'
import type { Connection, Edits, Entity, Job, State } from './state.ts'
import type { WebhookFault } from './webhook-faults.ts'

// What Finch tells by webhook, and when. Events wait in the state's outbox, so that they are kept with the change they
// tell of. A connection of several entities tells each entity by itself; of one entity, `entity_id` is null.

export interface WebhookEvent {
  readonly event_type: EventType
  readonly connection_id: string
  readonly company_id: string
  readonly account_id: string
  readonly entity_id: string | null
  readonly data: EventData
}

export type EventType =
  | 'account.updated'
  | 'company.updated'
  | `${'directory' | 'individual' | 'employment' | 'payment' | 'pay_statement'}.${'created' | 'updated'}`
  | 'job.initial_data_sync_org.succeeded'
  | 'job.initial_data_sync_payroll.succeeded'
  | `job.${Job['type']}.completed`

type EventData =
  | { readonly status: Entity['status']; readonly authentication_method: { readonly type: AuthMethod } }
  | { readonly job_id: string; readonly job_url: string }
  | { readonly individual_id: string }
  | { readonly payment_id: string; readonly pay_date: string }
  | { readonly payment_id: string; readonly individual_id: string }
  | null

/** An event on its way. */
export interface Outgoing {
  /** The same in every attempt. */
  readonly id: string
  readonly event: WebhookEvent
  attempts: number
  /** Milliseconds. */
  dueAt: number
  /** Kept back until another event has gone out. */
  held: boolean
  /** What becomes of the first attempt; absent until the event is first due. */
  fault?: WebhookFault['kind'] | null
}

export interface JobReference {
  readonly id: string
  readonly url: string
}

/** The status of all entities, or of the one given. */
export function announceStatus(state: State, connection: Connection, only?: Entity): void {
  const entities = only === undefined ? toldOf(connection) : [only]
  for (const entity of entities) {
    announce(state, connection, entity, 'account.updated', {
      status: connection.disconnected ? 'disconnected' : entity.status,
      authentication_method: { type: connection.method },
    })
  }
}

const ORGANIZATION = ['company', 'directory', 'individual', 'employment']
const PAYROLL = ['payment', 'pay_statement']

/** The data of a connection is there for the first time: one job for each kind that was asked for. */
export function announceFirstSync(state: State, connection: Connection, origin: string): void {
  const has = (products: readonly string[]) => connection.products.some((product) => products.includes(product))
  if (has(ORGANIZATION))
    announceJob(state, connection, 'job.initial_data_sync_org.succeeded', syncJob(state, connection, origin))
  if (has(PAYROLL))
    announceJob(state, connection, 'job.initial_data_sync_payroll.succeeded', syncJob(state, connection, origin))
}

function syncJob(state: State, connection: Connection, origin: string): JobReference {
  const { id } = addFinishedSync(state, connection)
  return { id, url: jobUrl(origin, id) }
}

export function announceJob(
  state: State,
  connection: Connection,
  type: Extract<EventType, `job.${string}`>,
  job: JobReference,
): void {
  const data = { job_id: job.id, job_url: job.url }
  for (const entity of toldOf(connection)) announce(state, connection, entity, type, data)
}

const IN_DIRECTORY = ['first_name', 'middle_name', 'last_name', 'department', 'manager', 'is_active']

/** Sandbox edits that a job has made visible; they belong to the first entity. */
export function announceEdits(state: State, connection: Connection, edits: Edits): void {
  const [entity] = connection.entities
  if (entity === undefined) return
  const tell = (type: EventType, id: string) => announce(state, connection, entity, type, { individual_id: id })
  if (Object.keys(edits.company).length > 0) announce(state, connection, entity, 'company.updated', null)
  for (const id of Object.keys(edits.added)) {
    for (const type of ['directory.created', 'individual.created', 'employment.created'] as const) tell(type, id)
  }
  const listed = new Set<string>()
  const edited = { individual: edits.individuals, employment: edits.employments }
  for (const [model, changes] of Object.entries(edited) as ['individual' | 'employment', Edits['individuals']][]) {
    for (const [id, fields] of Object.entries(changes)) {
      tell(`${model}.updated`, id)
      if (IN_DIRECTORY.some((field) => field in fields)) listed.add(id)
    }
  }
  for (const id of listed) tell('directory.updated', id)
}

/** Payments of the sandbox that a job has made visible; they belong to the first entity. */
export function announcePayments(state: State, connection: Connection, { payments }: Edits): void {
  const [entity] = connection.entities
  if (entity === undefined) return
  for (const [id, { payDate, statements }] of Object.entries(payments)) {
    announce(state, connection, entity, 'payment.created', { payment_id: id, pay_date: payDate })
    for (const { individual_id } of statements) {
      announce(state, connection, entity, 'pay_statement.created', { payment_id: id, individual_id })
    }
  }
}

function announce(state: State, connection: Connection, entity: Entity, type: EventType, data: EventData): void {
  const event = {
    event_type: type,
    connection_id: connection.id,
    company_id: connection.companyId,
    account_id: entity.id,
    entity_id: connection.entities.length > 1 ? entity.id : null,
    data,
  }
  state.outbox.push({ id: newEventId(), event, attempts: 0, dueAt: 0, held: false })
}

function toldOf(connection: Connection): Entity[] {
  return connection.entities.filter((entity) => entity.status !== 'disconnected')
}

const ID_LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const ID_LENGTH = 27

/** Such as `msg_2SFMDibF3lmRw8DzX4t1JjiEZQl`. */
function newEventId(): string {
  return `msg_${Array.from({ length: ID_LENGTH }, () => ID_LETTERS.charAt(randomInt(ID_LETTERS.length))).join('')}`
}
