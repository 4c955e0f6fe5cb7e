/** What flows report while they run. They never print: a terminal and a web page say the same things differently. */
import type { Connection } from '../../domain/connection.ts'
import type { LoginRecord } from '../../domain/login.ts'

export type LoginEvent =
  | { readonly kind: 'opening'; readonly address: string; readonly opened: boolean; readonly why: string | null }
  | { readonly kind: 'remote'; readonly command: string }
  /** Another process has what this one needs; it is waited for. */
  | { readonly kind: 'queued'; readonly for: string; readonly waitMs: number }
  | { readonly kind: 'waiting'; readonly leftMs: number }
  | { readonly kind: 'code' }
  /** Ctrl-C while Finch's answer to the code is awaited: it holds the new token. */
  | { readonly kind: 'exchanging'; readonly leftMs: number }
  /** A question is about to stand where the status line was. */
  | { readonly kind: 'question' }
  /** A request that looked like the callback was refused; told once. */
  | { readonly kind: 'stray'; readonly why: string }
  /** Another browser opened the link and was turned away; told once. */
  | { readonly kind: 'second_opening' }
  /** A code that proved nothing led nowhere, and the wait goes on. */
  | { readonly kind: 'code_refused'; readonly why: string }
  /** The customer goes to Finch under another id, since Finch keeps one connection per id. */
  | { readonly kind: 'derived'; readonly finchCustomerId: string; readonly because: readonly string[] }
  /** Finch has given the same token to other connections here. */
  | { readonly kind: 'shared_token'; readonly connectionId: string; readonly others: readonly string[] }
  /** A token is held in memory because no place takes it; the process must not end. */
  | { readonly kind: 'holding'; readonly why: string }
  /** The person stopped the login before a code came. */
  | { readonly kind: 'nothing_saved'; readonly login: LoginRecord }
  /** Cleaning up failed; it is done again by the next command. */
  | { readonly kind: 'untidy'; readonly why: string }
  /** An interrupted login ended without its token. */
  | { readonly kind: 'lost'; readonly login: LoginRecord; readonly why: string; readonly again: string }
  /** Finch has not confirmed the new token; `swapped` tells whether it is in use all the same. */
  | { readonly kind: 'unverified'; readonly customerId: string; readonly why: string; readonly swapped: boolean }
  | { readonly kind: 'company_unread'; readonly connectionId: string; readonly why: string }
  | { readonly kind: 'became_reauth'; readonly connectionId: string }
  | { readonly kind: 'recovered'; readonly login: LoginRecord; readonly connection: Connection }
  | { readonly kind: 'not_recovered'; readonly login: LoginRecord | null; readonly why: string }
  /** The key of a login is not in the vault now; it is looked for again by later commands. */
  | { readonly kind: 'key_not_found'; readonly login: LoginRecord; readonly place: string }

export type Report = (news: LoginEvent) => void
