import type { Environment } from './connection.ts'

export type FlowKind = 'connect' | 'reauth'

/**
 * How far an attempt has come; the journal is told each one before the next begins.
 * `quarantined` keeps a token that failed its checks, `abandoned` never had one.
 */
export type FlowPhase = 'started' | 'code' | 'sent' | 'token' | 'quarantined' | 'committed' | 'done' | 'abandoned'

export const UNFINISHED_PHASES: readonly FlowPhase[] = ['started', 'code', 'sent', 'token', 'committed']

/** One attempt to gain a token: the row of the redo log. */
export interface Flow {
  readonly flowId: string
  readonly kind: FlowKind
  readonly phase: FlowPhase
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
  /** How often the code left this machine: at most twice. */
  readonly sent: number
  readonly sealedAnswer: Buffer | null
  readonly connectionId: string | null
  /** Why it was quarantined or abandoned. */
  readonly reason: string | null
  readonly startedAt: string
  readonly updatedAt: string
}

/** A Connect link that was issued. */
export interface Session {
  readonly sessionId: string
  readonly kind: FlowKind
  readonly customerId: string
  readonly finchCustomerId: string
  readonly connectionId: string | null
  readonly providerId: string | null
  readonly status: 'open' | 'used' | 'abandoned' | 'superseded'
  readonly createdAt: string
  readonly expiresAt: string
}
