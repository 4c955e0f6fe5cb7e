/**
 * How a connection stands, and what follows: the one table of statuses. Finch's list of them is open, so a status that is
 * not in it is shown as it is and asks nobody for anything.
 */
import { closest } from './closest.ts'
import { type Connection, type Entity, STATUS_UNKNOWN, shortId } from './connection.ts'

/** Ours, for what Finch does not tell: the token is not in the vault, or Finch does not take it. */
export const TOKEN_MISSING = 'token-missing'
export const TOKEN_REFUSED = 'token-refused'
/** Finch's word for an entity that was removed on purpose, and for a connection it no longer has. */
export const DISCONNECTED = 'disconnected'

/**
 * Who has to do something. `login`: the employer logs in again. `setup` and `permissions`: the employer first finishes the
 * account at the provider, or gives it more rights. `wait`: Finch is at work. `reconnect`: only a new connection helps.
 */
export type Need = 'none' | 'login' | 'setup' | 'permissions' | 'wait' | 'reconnect'

interface Standing {
  readonly word: string
  readonly need: Need
}

const STANDINGS: Readonly<Record<string, Standing>> = {
  connected: { word: 'connected', need: 'none' },
  pending: { word: 'pending (Finch is setting it up)', need: 'wait' },
  processing: { word: 'first sync running', need: 'wait' },
  reauth: { word: 'login required', need: 'login' },
  error_no_account_setup: { word: 'account not set up', need: 'setup' },
  error_permissions: { word: 'permissions missing', need: 'permissions' },
  [DISCONNECTED]: { word: 'disconnected', need: 'reconnect' },
  [TOKEN_MISSING]: { word: 'token missing', need: 'login' },
  [TOKEN_REFUSED]: { word: 'token refused', need: 'login' },
  [STATUS_UNKNOWN]: { word: 'not known yet', need: 'none' },
}

/** Worst first: what several connections need is told in this order. */
export const NEEDS: readonly Need[] = ['reconnect', 'login', 'setup', 'permissions', 'wait', 'none']

/** The status in words for people. */
export function statusWord(status: string): string {
  return STANDINGS[status]?.word ?? status
}

export function needOfStatus(status: string): Need {
  return STANDINGS[status]?.need ?? 'none'
}

type Told = Pick<Connection, 'status' | 'entities'>

/** What a connection needs: what its status says, else the worst of its entities. One removed on purpose needs nothing. */
export function needOf({ status, entities }: Told): Need {
  const own = needOfStatus(status)
  if (own !== 'none') return own
  const others = liveEntities({ entities }).map((entity) => needOfStatus(entity.status ?? 'connected'))
  return NEEDS.find((need) => others.includes(need)) ?? 'none'
}

const ASKING: ReadonlySet<Need> = new Set(['login', 'setup', 'permissions'])

/** The employer has to do something before the connection gives all it should. */
export function needsEmployer(connection: Told): boolean {
  return ASKING.has(needOf(connection))
}

/** Entities that were not removed: data calls name one of them where there are several. */
export function liveEntities({ entities }: Pick<Connection, 'entities'>): readonly Entity[] {
  return entities.filter(({ status }) => status !== DISCONNECTED)
}

/** Nothing can be read through it: there is no token that Finch takes. */
export function isUnusable({ status }: Pick<Connection, 'status'>): boolean {
  return needOfStatus(status) === 'login' || status === DISCONNECTED
}

/** How the connection is named in a command. */
export function referenceTo({ alias, connectionId }: Pick<Connection, 'alias' | 'connectionId'>): string {
  return alias ?? shortId(connectionId)
}

/** The command that helps; null where there is nothing to do, or nothing but to wait. */
export function nextCommand(connection: Connection): string | null {
  if (needsEmployer(connection)) return `finchconn reauth ${referenceTo(connection)}`
  return needOf(connection) === 'reconnect' ? reconnectCommand(connection) : null
}

/** A connection that Finch no longer has is not to be logged in to: another one takes its place. */
export function reconnectCommand({ customerId, providerId }: Pick<Connection, 'customerId' | 'providerId'>): string {
  return `finchconn connect --customer ${customerId} --provider ${providerId} --another`
}

/**
 * The status somebody means by a word: Finch's own, the one shown in tables, or one that is `stored`. Null, with the words
 * that come near, where it is none of them.
 */
export function statusMeant(word: string, stored: readonly string[]): { status: string | null; near: string[] } {
  const known = [...new Set([...Object.keys(STANDINGS), ...stored])]
  const lower = word.trim().toLowerCase()
  const status = known.find((one) => one === word || statusWord(one).toLowerCase() === lower) ?? null
  return { status, near: status === null ? closest(lower, [...known, ...known.map(statusWord)]) : [] }
}
