/** Where the code of a login comes from: a part, so that a browser on this machine is one way among others. */
import type { Secret } from '../../domain/secret.ts'
import type { PageName } from '../../web/pages.ts'
import type { OpenedSession } from './session.ts'

/** A code that came back. */
export interface Code {
  readonly secret: Secret
  /** It came with the state that only Finch and this login know. */
  readonly proven: boolean
  /** A proven code has come while this one, which is not, was being tried. */
  readonly isOvertaken: () => boolean
}

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
