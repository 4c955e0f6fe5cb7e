/** Logins whose token is kept and not in use: said wherever somebody looks for it, so that none is forgotten. */
import type { App } from '../app.ts'
import { shortId } from '../domain/connection.ts'
import { ago } from '../domain/duration.ts'
import { ANSWER_UNREADABLE, KEY_NOT_FOUND, REPLACED_BY_NEWER, type WithheldLogin } from '../domain/login.ts'
import { againCommand, updateOrAgain } from '../flows/login/again.ts'
import { dim, text, yellow } from '../terminal/text.ts'

const MOST_SHOWN = 3
const NOTHING_TO_DO = 'nothing to do: the newer token is in use'

/** Says them on stderr, the oldest few in full; `about` narrows them to one connection's or customer's. */
export async function sayWithheld(
  { terminal, spell, store, host }: Pick<App, 'terminal' | 'spell' | 'store' | 'host'>,
  about: (login: WithheldLogin) => boolean = () => true,
): Promise<void> {
  const logins = (await store.logins.withheld()).filter(about)
  for (const login of logins.slice(0, MOST_SHOWN)) {
    const { what, way } = told(login, await isFollowed(store, login))
    const whose = login.expectedConnectionId === null ? '' : ` (${shortId(login.expectedConnectionId)})`
    const since = ago(login.updatedAt, host.now())
    terminal.say(yellow(text`A ${login.kind} of ${login.customerId}${whose}, ${since}: ${what}`))
    terminal.say(dim(text`hint: ${spell(way)}`))
  }
  if (logins.length > MOST_SHOWN) terminal.say(dim(text`… and ${logins.length - MOST_SHOWN} more logins like these.`))
}

/** Whether a login for the same has succeeded since: then nobody has to do anything about this one. */
async function isFollowed({ connections }: App['store'], login: WithheldLogin): Promise<boolean> {
  if (login.phase !== 'quarantined') return false
  const { expectedConnectionId, customerId, updatedAt } = login
  return (await connections.list({ customerId })).some(
    ({ connectionId, tokenSavedAt }) =>
      tokenSavedAt > updatedAt && (expectedConnectionId === null || connectionId === expectedConnectionId),
  )
}

function told(login: WithheldLogin, followed: boolean): { what: string; way: string } {
  if (login.reason === KEY_NOT_FOUND) {
    return {
      what: "its token is kept, but its key isn't in the vault.",
      way: `restore access to the vault and run any command; or log in again: ${againCommand(login)}`,
    }
  }
  if (login.phase === 'unverified') {
    const look =
      login.expectedConnectionId === null ? 'finchconn list' : `finchconn show ${login.expectedConnectionId} --refresh`
    return {
      what: `its new token is kept; Finch hasn't confirmed it yet (${login.reason ?? 'no answer'}).`,
      way: `each command that asks Finch tries again, such as ${look}`,
    }
  }
  return {
    what: `its token is in quarantine, sealed and not used: ${login.reason ?? 'it failed its checks'}.`,
    way: followed ? NOTHING_TO_DO : wayOutOfQuarantine(login),
  }
}

function wayOutOfQuarantine(login: WithheldLogin): string {
  if (login.reason === ANSWER_UNREADABLE) return updateOrAgain(login)
  if (login.reason === REPLACED_BY_NEWER) return NOTHING_TO_DO
  return `log in to the right account: ${againCommand(login)}`
}
