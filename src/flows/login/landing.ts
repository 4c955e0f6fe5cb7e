/** A login from its code on: P4 to P9, for the process that received the code and for any later one that finds it. */
import type { App, FinchSide } from '../../app.ts'
import type { LoginRecord } from '../../domain/login.ts'
import type { Vault } from '../../vault/vault.ts'
import type { Report } from './events.ts'
import type { Journal } from './journal.ts'

export interface Landing {
  readonly app: App
  readonly report: Report
  readonly vault: Vault
  readonly journal: Journal
  /** The login as the store has it. */
  readonly record: LoginRecord
  /** The connection this process has locked already. */
  readonly lockedConnection: string | null
}

/** Null where Finch is not to be asked: by a command that works offline. */
export type MaybeFinch = FinchSide | null
