/** The Connect session of a login: Finch is asked for it, and it is recorded before anybody can use its link. */
import { Problem } from '../../problem.ts'
import type { Login, OpenedSession } from './login.ts'

/** A link that is waited for needs to live little longer than the wait. */
const LINK_MARGIN_MINUTES = 10

/** How long the link has to live, in minutes. */
export function linkMinutes({ patience }: Login): number {
  return Math.ceil(patience.timeoutMs / 60_000) + LINK_MARGIN_MINUTES
}

/** Records the session, and that this login uses it. */
export async function recordSession(login: Login, opened: OpenedSession): Promise<OpenedSession> {
  const { app, expected, journal } = login
  const { session, finchCustomerId } = opened
  const now = app.host.now()
  await app.store.atomically(async () => {
    await app.store.sessions.add({
      sessionId: session.sessionId,
      kind: expected.kind,
      customerId: expected.customerId,
      finchCustomerId,
      connectionId: expected.connectionId,
      providerId: expected.providerId,
      status: 'open',
      createdAt: now.toISOString(),
      expiresAt: new Date(now.getTime() + linkMinutes(login) * 60_000).toISOString(),
    })
    await journal.noteSession(session.sessionId, finchCustomerId)
  })
  return opened
}

/** A session in which the employer of an existing connection logs in again. */
export async function openReauthSession(login: Login, connectionId: string): Promise<OpenedSession> {
  const { app, finch, expected } = login
  const session = await finch.client.createReauthSession({
    connectionId,
    redirectUri: app.config.redirectUri,
    minutesToExpire: linkMinutes(login),
  })
  return recordSession(login, { session, finchCustomerId: expected.finchCustomerId })
}

/** Only Finch's own Connect may be opened, and our state goes with it. */
export function withState(connectUrl: string, connectOrigin: string, state: string): string {
  const url = URL.canParse(connectUrl) ? new URL(connectUrl) : null
  const fits =
    url !== null &&
    url.origin === connectOrigin &&
    url.username === '' &&
    url.password === '' &&
    /^[\x21-\x7e]+$/.test(connectUrl)
  if (url === null || !fits) {
    throw new Problem('mismatch', "Finch returned a Connect address that isn't its own, so it was not opened", {
      code: 'foreign_connect_url',
      hint: `the address must begin with ${connectOrigin}; set FINCHCONN_CONNECT_URL where Connect is elsewhere`,
    })
  }
  url.searchParams.set('state', state)
  return url.href
}
