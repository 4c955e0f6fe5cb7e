import type { HtmlEscapedString } from 'hono/utils/html'
import type { Connection, Entity, State, Token } from './state.ts'

// What an endpoint is given and what it gives back. Endpoints run to the end without waiting, inside World.change, so
// that no two requests ever see half of each other's work.

/** The one application this emulator knows, as a dashboard would hold it. */
export interface Application {
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUris: readonly string[]
  /** Where API and Connect live, without a slash at the end. */
  readonly origin: string
}

export interface Call {
  readonly state: State
  readonly application: Application
  /** Milliseconds. */
  readonly now: number
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** The parsed JSON body; undefined where none was sent. */
  readonly body: unknown
}

/** A call with an access token that is valid. */
export interface TokenCall extends Call {
  readonly accessToken: string
  readonly token: Token
  readonly connection: Connection
}

/** A call for data of one entity, after status, product and limits have been looked at. */
export interface DataCall extends TokenCall {
  readonly entity: Entity
}

export interface Answer {
  readonly status: number
  readonly json: unknown
}

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** One line of the table of endpoints: the auth scheme decides what `run` is given. */
export type Endpoint = { readonly method: Method; readonly path: string } & (
  | { readonly auth: 'none' | 'basic'; readonly run: (call: Call) => Answer }
  | { readonly auth: 'bearer'; readonly run: (call: TokenCall) => Answer }
  | ({ readonly auth: 'bearer' } & DataEndpoint)
)

export interface DataEndpoint {
  readonly product: DataProduct
  /** Whose rate limit it counts to; absent where that is the product's. */
  readonly limit?: Limited
  readonly run: (call: DataCall) => Answer
}

export type DataProduct =
  | 'company'
  | 'directory'
  | 'individual'
  | 'employment'
  | 'payment'
  | 'pay_statement'
  | 'benefits'
  | 'documents'

export type Limited = DataProduct | 'pay_groups' | 'pay_statement_item'

export function ok(json: unknown): Answer {
  return { status: 200, json }
}
