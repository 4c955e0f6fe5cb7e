import { randomUUID } from 'node:crypto'
import { accountNumber } from '../account.ts'
import { ENTITY_NAMES } from '../employer.ts'
import { findProvider } from '../providers.ts'
import { type Connection, lookUp, type Session, type State, type Visit } from '../state.ts'
import { isOneTimeCode, tryLogin } from './login.ts'

// The way through Connect, step by step: provider, login, second factor, entities, consent. A step that is not needed
// is left out. A session ends when one visit has been finished; a canceled visit leaves it open.

const CODE_LIFETIME = 10 * 60_000
const VISIT_LIFETIME = 24 * 60 * 60_000

/** Why a session cannot be walked (any more), in words for the person in front of it. */
export interface DeadEnd {
  readonly status: 400 | 404 | 410
  readonly title: string
  readonly words: string
}

export type Form = Readonly<Record<string, readonly string[]>>

/** What sending a form led to. */
export type Outcome =
  | { readonly kind: 'show' }
  | { readonly kind: 'complain'; readonly status: 401 | 422; readonly error: string }
  | { readonly kind: 'finish'; readonly code: string; readonly state: string | null }

/** The session, when it can be walked now. */
export function liveSession(state: State, sessionId: string, now: number): Session | DeadEnd {
  const session = lookUp(state.sessions, sessionId)
  if (session === undefined) {
    return { status: 404, title: 'This link is not valid', words: 'Ask whoever sent it to you for a new one.' }
  }
  if (session.expiresAt <= now) {
    return { status: 410, title: 'This link has expired', words: 'Ask whoever sent it to you for a new one.' }
  }
  if (session.used) {
    return { status: 410, title: 'This link was already used', words: 'The connection was made with it before.' }
  }
  const connection = session.reauthOf === null ? null : lookUp(state.connections, session.reauthOf)
  if (connection === undefined || connection?.disconnected) {
    return { status: 410, title: 'This connection has ended', words: 'It was disconnected and cannot be restored.' }
  }
  return session
}

export function isDeadEnd(found: Session | DeadEnd): found is DeadEnd {
  return 'status' in found
}

/** What the address that opened Connect said beside the session. */
export interface Opening {
  readonly state: string | null
  /** Origin of the page around this one. */
  readonly host: string | null
}

export function startVisit(state: State, session: Session, opening: Opening, now: number): Visit {
  for (const old of Object.values(state.visits)) {
    if (old.startedAt < now - VISIT_LIFETIME) delete state.visits[old.id]
  }
  const visit: Visit = {
    id: randomUUID(),
    sessionId: session.id,
    state: opening.state,
    host: opening.host,
    startedAt: now,
    step: session.provider === null ? 'provider' : 'login',
    provider: session.provider,
    method: session.authMethod,
    user: null,
    asks: [],
    entities: [0],
  }
  if (visit.provider !== null) chooseProvider(visit, visit.provider, session)
  state.visits[visit.id] = visit
  return visit
}

/** Entities of the connection that a reauthentication must still reach; none of them is another account's. */
export function connectedEntities(state: State, session: Session, user: string | null): number[] {
  const connection = restored(state, session, user)
  const live = connection?.entities.filter((entity) => entity.status !== 'disconnected') ?? []
  return live.map(({ index }) => index)
}

/** The connection that a login of `user` restores; null stands for somebody who has not logged in yet. */
function restored(state: State, session: Session, user: string | null): Connection | undefined {
  const connection = session.reauthOf === null ? undefined : lookUp(state.connections, session.reauthOf)
  const isOther = user !== null && connection !== undefined && accountNumber(user) !== accountNumber(connection.user)
  return isOther ? undefined : connection
}

/** Takes one sent form. Only a form of the step the visit is at moves it. */
export function takeForm(state: State, visit: Visit, session: Session, form: Form, now: number): Outcome {
  if (only(form, 'step') !== visit.step) return { kind: 'show' }
  if (only(form, 'cancel') !== '') {
    visit.step = 'canceled'
    return { kind: 'show' }
  }
  switch (visit.step) {
    case 'provider':
      return takeProvider(visit, session, form)
    case 'login':
      return takeLogin(state, visit, session, form)
    case 'mfa':
      if (!isOneTimeCode(only(form, 'otp'))) return complain(401, 'This is not a one-time code.')
      return next(visit)
    case 'entities':
      return takeEntities(state, visit, session, form)
    case 'consent':
      return finish(state, visit, session, now)
    case 'done':
    case 'canceled':
      return { kind: 'show' }
  }
}

function takeProvider(visit: Visit, session: Session, form: Form): Outcome {
  const provider = findProvider(only(form, 'provider'))
  if (provider === undefined || (provider.methods[0] === 'assisted' && !session.manual)) {
    return complain(422, 'Choose one of the systems below.')
  }
  chooseProvider(visit, provider.id, session)
  visit.step = 'login'
  return { kind: 'show' }
}

function chooseProvider(visit: Visit, id: string, session: Session): void {
  visit.provider = id
  visit.method = session.authMethod ?? findProvider(id)?.methods[0] ?? null
}

function takeLogin(state: State, visit: Visit, session: Session, form: Form): Outcome {
  const other = findProvider(visit.provider ?? '')?.methods.find((method) => method === only(form, 'method'))
  if (other !== undefined && session.authMethod === null && (other !== 'assisted' || session.manual)) {
    visit.method = other
    return { kind: 'show' }
  }
  const method = visit.method ?? 'credential'
  const login = tryLogin(method, { user: only(form, 'user'), secret: only(form, 'secret') })
  if (login === null) return complain(401, 'That login was not accepted.')
  visit.user = login.user
  visit.asks = [...login.asks]
  // Where nothing is asked, what the connection has is what the person is taken to reach.
  const restores = restored(state, session, login.user) !== undefined
  visit.entities = restores ? connectedEntities(state, session, login.user) : [0]
  return next(visit)
}

function takeEntities(state: State, visit: Visit, session: Session, form: Form): Outcome {
  const ticked = ENTITY_NAMES.map((_, index) => index).filter((index) => form.entity?.includes(String(index)))
  if (ticked.length === 0) return complain(422, 'Tick at least one entity.')
  if (!connectedEntities(state, session, visit.user).every((index) => ticked.includes(index))) {
    return complain(422, 'Every entity that was connected before must be reachable.')
  }
  visit.entities = ticked
  return next(visit)
}

function next(visit: Visit): Outcome {
  visit.step = visit.asks.shift() ?? 'consent'
  return { kind: 'show' }
}

function finish(state: State, visit: Visit, session: Session, now: number): Outcome {
  if (visit.provider === null || visit.method === null || visit.user === null) {
    throw new Error('a visit reached its end without a login')
  }
  const code = randomUUID()
  state.codes[code] = {
    sessionId: session.id,
    redirectUri: visit.host === null ? session.redirectUri : null,
    provider: visit.provider,
    method: visit.method,
    user: visit.user,
    entities: [...visit.entities],
    expiresAt: now + CODE_LIFETIME,
    used: false,
  }
  session.used = true
  visit.step = 'done'
  return { kind: 'finish', code, state: state.rules.echoState ? visit.state : null }
}

function complain(status: 401 | 422, error: string): Outcome {
  return { kind: 'complain', status, error }
}

/** The one value of a field, '' when it is not there. */
function only(form: Form, name: string): string {
  return form[name]?.[0] ?? ''
}
