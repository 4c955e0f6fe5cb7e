import { Problem } from '../problem.ts'

/** Where a profile's connections live; answers of another one are refused. `emulator` is the built-in Finch. */
export const ENVIRONMENTS = ['emulator', 'sandbox', 'development', 'production'] as const
export type Environment = (typeof ENVIRONMENTS)[number]

/** Finch's `client_type` for an environment: the emulator answers as a sandbox. */
export function clientTypeOf(environment: Environment): string {
  return environment === 'emulator' ? 'sandbox' : environment
}

export type VaultKind = 'keychain' | 'sealed'

export interface Entity {
  readonly entityId: string
  readonly name: string | null
  readonly sourceId: string | null
  readonly status: string | null
}

export interface AuthenticationMethod {
  readonly type: string
  readonly status: string | null
}

/** What is known about one connection. Never a token: that is in the vault under the same `connectionId`. */
export interface Connection {
  readonly connectionId: string
  readonly customerId: string
  /** The customer id Finch was given; differs from ours when the customer has several connections (`acme--2`). */
  readonly finchCustomerId: string
  readonly alias: string | null
  readonly providerId: string
  readonly companyId: string | null
  readonly companyName: string | null
  /** Last four digits of the employer's EIN, enough to tell two employers apart. */
  readonly einEnding: string | null
  readonly environment: Environment
  /** Finch's origin when the token was made; it is sent nowhere else. */
  readonly origin: string
  readonly connectionType: string
  /** Finch's word (open list), or one of ours; see standing.ts. */
  readonly status: string
  readonly statusMessage: string | null
  readonly lastSuccessfulSync: string | null
  readonly products: readonly string[]
  readonly requestedProducts: readonly string[]
  readonly entities: readonly Entity[]
  readonly authenticationMethods: readonly AuthenticationMethod[]
  readonly fingerprint: string
  readonly vault: VaultKind
  readonly tokenSavedAt: string
  /** Counts the tokens this connection has had; a swap must name the one it replaces. */
  readonly generation: number
  readonly createdAt: string
  readonly reauthenticatedAt: string | null
  readonly checkedAt: string | null
}

/** The status before Finch was first asked. */
export const STATUS_UNKNOWN = 'unknown'

/** Products requested but not granted. */
export function missingProducts(connection: Pick<Connection, 'products' | 'requestedProducts'>): string[] {
  return connection.requestedProducts.filter((product) => !connection.products.includes(product))
}

/** How a connection is called in talk: the first block of a UUID. Of other ids nothing is known, so they stay whole. */
export function shortId(connectionId: string): string {
  return /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(connectionId) ? connectionId.slice(0, 8) : connectionId
}

export function checkAlias(alias: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(alias)) {
    throw new Problem(
      'usage',
      'an alias has 1 to 64 letters, digits, ".", "_" or "-", and begins with a letter or digit',
      {
        code: 'bad_alias',
      },
    )
  }
  return alias
}
