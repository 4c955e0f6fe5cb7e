/**
 * What a login is: a trip through Finch Connect that ends in a token, P0 to P9 of the order of writes. `begin.ts` begins
 * one (P0, P1), `connect`, `reauth` and `adopt` list the steps between, `with-login.ts` ends one (P9).
 */
import type { App, FinchSide } from '../../app.ts'
import type { Connection } from '../../domain/connection.ts'
import type { LoginKind } from '../../domain/login.ts'
import type { Secret } from '../../domain/secret.ts'
import type { ConnectSession } from '../../finch/answers.ts'
import type { Vault } from '../../vault/vault.ts'
import type { PageName } from '../../web/pages.ts'
import type { Report } from './events.ts'
import type { Journal } from './journal.ts'

/** What a login is for. The answer is held to it. */
export interface Expected {
  readonly kind: LoginKind
  readonly customerId: string
  readonly customerName: string
  /** The customer's id at Finch, as far as it is known before Finch agrees to a session. */
  readonly finchCustomerId: string
  /** Reauth: the connection whose token is replaced. */
  readonly target: Connection | null
  /** The only connection the answer may speak of; null: whichever the employer makes. */
  readonly connectionId: string | null
  readonly providerId: string | null
  readonly products: readonly string[]
}

/** How long a login may take. */
export interface Patience {
  /** For the employer to come back. */
  readonly timeoutMs: number
  /** To queue for the connection's lock and for the callback's port; 0 fails at once. */
  readonly waitMs: number
}

export interface LoginStart {
  readonly app: App
  readonly expected: Expected
  readonly patience: Patience
  readonly report: Report
  readonly openSource: (login: Login) => Promise<CodeSource>
}

/** A login under way, as each of its steps gets it. */
export interface Login {
  readonly app: App
  readonly expected: Expected
  readonly patience: Patience
  readonly report: Report
  readonly finch: FinchSide
  readonly vault: Vault
  /** Sent along to Finch Connect, which may send it back; only its digest is written down. */
  readonly state: string
  /** Replaced by `beginAgain`, when a code that proved nothing has used it up. */
  journal: Journal
}

/** A session that Finch agreed to, and the customer id it goes by there. */
export interface OpenedSession {
  readonly session: ConnectSession
  readonly finchCustomerId: string
}

/** A code that came back. */
export interface Code {
  readonly secret: Secret
  /** It came with the state that only Finch and this login know. */
  readonly proven: boolean
  /** A proven code has come while this one, which is not, was being tried. */
  readonly isOvertaken: () => boolean
}

/** Where the code of a login comes from: a browser on this machine, so far. */
export interface CodeSource {
  /** P2: lets the employer go to Finch Connect. */
  open(session: OpenedSession): Promise<void>
  /**
   * P3: saves each code before its sender is answered, and tries it with `land`, until one lands. A code that proves
   * nothing and fails for its own sake does not end the wait. Throws Problem 8 when the time is over.
   */
  firstThatLands<T>(land: (code: Code) => Promise<T>): Promise<T>
  /** Shows the employer how it ended. */
  finish(page: PageName, providerId?: string): Promise<void>
  close(): Promise<void>
}

export interface Landed {
  readonly connection: Connection
  readonly token: Secret
  /** Finch was asked about the new token and did not accept it yet. */
  readonly unaccepted: boolean
}
