import type { Benefit } from './benefits/record.ts'
import type { ItemRule } from './payroll/item-rules.ts'
import type { PayStatement } from './payroll/pay.ts'
import type { AuthMethod } from './providers.ts'
import type { EmulatorRules } from './rules.ts'
import type { Outgoing } from './webhook-events.ts'

// Everything the emulator remembers, in the shape it has in the state file. Times are milliseconds.

export interface State {
  readonly format: 1
  readonly rules: EmulatorRules
  readonly sessions: Record<string, Session>
  readonly visits: Record<string, Visit>
  readonly codes: Record<string, Code>
  readonly connections: Record<string, Connection>
  /** By the token's own value. */
  readonly tokens: Record<string, Token>
  readonly jobs: Record<string, Job>
  readonly traffic: Traffic
  /** Webhooks that were not taken yet. */
  readonly outbox: Outgoing[]
}

/** A trip through Connect that was asked for: a new connection, or `reauthOf` an old one. */
export interface Session {
  readonly id: string
  readonly clientId: string
  readonly customer: Customer | null
  readonly products: readonly string[]
  readonly provider: string | null
  readonly authMethod: AuthMethod | null
  readonly manual: boolean
  readonly redirectUri: string | null
  readonly sandbox: 'finch' | 'provider' | null
  readonly reauthOf: string | null
  readonly expiresAt: number
  /** Set when somebody finished it: a session makes one code. */
  used: boolean
}

export interface Customer {
  readonly id: string
  readonly name: string
  readonly email: string | null
}

/** One browser walking through one session. */
export interface Visit {
  readonly id: string
  readonly sessionId: string
  readonly state: string | null
  /** Origin of the page that Connect is embedded in; null when it has a window of its own. */
  readonly host: string | null
  readonly startedAt: number
  step: Step
  provider: string | null
  method: AuthMethod | null
  user: string | null
  /** Still to come after the login: the second factor, the choice of entities. */
  asks: ('mfa' | 'entities')[]
  /** Which of the employer's entities were ticked, by index. */
  entities: number[]
}

export type Step = 'provider' | 'login' | 'mfa' | 'entities' | 'consent' | 'done' | 'canceled'

/** An authorization code and what exchanging it will grant. */
export interface Code {
  readonly sessionId: string
  /** What the exchange must name; null after an embedded flow. */
  readonly redirectUri: string | null
  readonly provider: string
  readonly method: AuthMethod
  readonly user: string
  readonly entities: readonly number[]
  readonly expiresAt: number
  used: boolean
}

export type Status = 'pending' | 'processing' | 'connected' | 'reauth' | 'error_no_account_setup' | 'error_permissions'

export interface Connection {
  readonly id: string
  readonly clientId: string
  readonly clientType: EmulatorRules['clientType']
  readonly type: 'finch' | 'provider'
  readonly customer: Customer | null
  readonly provider: string
  readonly companyId: string
  /** Employees per entity. */
  readonly size: number
  readonly createdAt: number
  method: AuthMethod
  user: string
  products: readonly string[]
  status: Status
  lastSync: number | null
  disconnected: boolean
  readonly entities: Entity[]
  /** Sandbox edits: made, but seen by nobody before a sandbox job has run. */
  pending: Edits
  shown: Edits
  jobOutcome: JobOutcome
  /** Those that were made or changed through the API, by benefit_id. */
  readonly benefits: Record<string, Benefit>
  /** Rules for items of pay statements, by rule_id. */
  readonly itemRules: Record<string, ItemRule>
}

export interface Entity {
  readonly id: string
  /** Which of the employer's entities this is: 0 West, 1 East, 2 North; the only one of a single-entity connection is 0. */
  readonly index: number
  readonly name: string
  readonly sourceId: string
  status: Status | 'disconnected'
}

export type JobOutcome = 'complete' | 'reauth_error' | 'permissions_error' | 'error'

export interface Edits {
  company: Record<string, unknown>
  /** New people, by individual_id: the merged individual and employment fields. */
  added: Record<string, Record<string, unknown>>
  individuals: Record<string, Record<string, unknown>>
  employments: Record<string, Record<string, unknown>>
  /** By payment_id. */
  payments: Record<string, MadePayment>
}

/** A payment of `POST /sandbox/payment`. Days are ISO. */
export interface MadePayment {
  readonly start: string
  readonly end: string
  readonly payDate: string
  readonly debitDate: string
  readonly statements: readonly PayStatement[]
}

export type ManualJobType = `benefit_${'create' | 'register' | 'update' | 'enroll' | 'unenroll'}`

export interface Job {
  readonly id: string
  readonly connectionId: string
  readonly type: 'data_sync_all' | 'w4_form_employee_sync' | ManualJobType
  /** Whose form is synced. */
  readonly individualId: string | null
  /** Asked for through `POST /jobs/automated`, and so counted. */
  readonly wasForced: boolean
  readonly createdAt: number
  readonly endsAt: number
  /** Null while it runs. */
  outcome: JobOutcome | null
}

export interface Token {
  readonly id: string
  readonly connectionId: string
  readonly createdAt: number
  /** Replaced by a reauthentication under the rule that old tokens are refused. */
  retired: boolean
}

export interface Traffic {
  /** Times of the successful requests of the last minute, by `client id/product`. */
  readonly products: Record<string, number[]>
  /** Requests of this address by second, and until when it is shut out. */
  readonly seconds: Record<string, number>
  blockedUntil: number
}

export function emptyState(rules: EmulatorRules): State {
  return {
    format: 1,
    rules,
    sessions: {},
    visits: {},
    codes: {},
    connections: {},
    tokens: {},
    jobs: {},
    traffic: { products: {}, seconds: {}, blockedUntil: 0 },
    outbox: [],
  }
}

export function noEdits(): Edits {
  return { company: {}, added: {}, individuals: {}, employments: {}, payments: {} }
}

/** A record's entry by a key that came from outside: `constructor` and its like are no entries. */
export function lookUp<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}
