import type { Environment } from './connection.ts'

export type LoginKind = 'connect' | 'reauth'

/**
 * How far a login has come; the journal is told each one before the next begins.
 * `proving`: its key is not proved yet. `unverified`: a new token for a connection that has one, kept apart until Finch
 * confirms it. `quarantined` keeps a token that failed its checks, `abandoned` never had one.
 */
export type LoginPhase =
  | 'proving'
  | 'started'
  | 'code'
  | 'sent'
  | 'token'
  | 'unverified'
  | 'quarantined'
  | 'committed'
  | 'done'
  | 'abandoned'

/** The reason noted on a login whose key was not in the vault when it was last looked for. */
export const KEY_NOT_FOUND = 'its key was not in the vault'

/** The reasons noted on a quarantined login that have nothing to do with which account was logged in to. */
export const ANSWER_UNREADABLE = 'its answer could not be read'
export const REPLACED_BY_NEWER = 'a newer login has replaced it'

/** One login to gain a token: the row of the redo log. */
export interface LoginRecord {
  readonly loginId: string
  readonly kind: LoginKind
  readonly phase: LoginPhase
  readonly environment: Environment
  readonly origin: string
  readonly clientId: string
  readonly customerId: string
  readonly finchCustomerId: string
  readonly sessionId: string | null
  /** Reauth: the only connection the answer may speak of. */
  readonly expectedConnectionId: string | null
  readonly expectedProviderId: string | null
  /** Generation the token is to replace; 0 for a new connection. */
  readonly expectedGeneration: number
  readonly requestedProducts: readonly string[]
  readonly stateDigest: string
  readonly redirectUri: string
  readonly sealedCode: Buffer | null
  readonly codeAt: string | null
  /** Counts the codes of this store: of two logins, the one with the larger number has the newer token. */
  readonly codeOrder: number | null
  /** How often the code left this machine: at most twice. */
  readonly sent: number
  readonly sealedAnswer: Buffer | null
  readonly connectionId: string | null
  /** Why it was quarantined, abandoned or could not go on. */
  readonly reason: string | null
  readonly startedAt: string
  readonly updatedAt: string
}

/** A Connect link that was issued. */
export interface Session {
  readonly sessionId: string
  readonly kind: LoginKind
  readonly customerId: string
  readonly finchCustomerId: string
  readonly connectionId: string | null
  readonly providerId: string | null
  readonly status: 'open' | 'used' | 'expired' | 'superseded' | 'canceled'
  readonly createdAt: string
  readonly expiresAt: string
}

/** What is known of a login when it begins. */
export type NewLogin = Omit<
  LoginRecord,
  | 'phase'
  | 'sealedCode'
  | 'codeAt'
  | 'codeOrder'
  | 'sent'
  | 'sealedAnswer'
  | 'connectionId'
  | 'reason'
  | 'startedAt'
  | 'updatedAt'
>

/** What is told of a login whose token is kept and not in use. */
export type WithheldLogin = Pick<
  LoginRecord,
  'loginId' | 'kind' | 'phase' | 'customerId' | 'expectedConnectionId' | 'connectionId' | 'reason' | 'updatedAt'
>
