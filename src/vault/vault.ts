import type { VaultKind } from '../domain/connection.ts'
import type { Secret } from '../domain/secret.ts'

/** What a secret is for; bound into a sealed row, so that one kind can never be opened as another. */
export type SecretKind = 'token' | 'flow' | 'client'

/**
 * Where secrets are: access tokens under their `connection_id`, all else under the names of `own-names.ts`. A vault has no
 * list; the store knows the names.
 * Every method throws Problem 7 when the vault cannot be used; `get` answers null only when it is sure nothing is there.
 */
export interface Vault {
  readonly kind: VaultKind
  /** For people: `macOS Keychain`, `Secret Service`, `sealed vault`. */
  readonly place: string
  put(name: string, kind: SecretKind, value: Secret): Promise<void>
  get(name: string, kind: SecretKind): Promise<Secret | null>
  remove(name: string): Promise<void>
  close(): void
}
