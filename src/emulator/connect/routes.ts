import { type Context, Hono } from 'hono'
import type { Html } from '../call.ts'
import { lookUp, type Session, type State, type Visit } from '../state.ts'
import { StateFailure } from '../state-file.ts'
import type { World } from '../world.ts'
import { pageHeaders } from './layout.ts'
import { embeddedEndPage, messagePage, stepPage } from './pages.ts'
import { connectedEntities, type DeadEnd, type Form, isDeadEnd, liveSession, startVisit, takeForm } from './visit.ts'

// Connect over HTTP. A sent form is answered with a redirect to the step it led to, so that reloading a page sends
// nothing twice; only a refused form is answered with its page at once.

interface Page {
  readonly status: 200 | 400 | 401 | 404 | 410 | 422
  readonly html: Html
  readonly redirectUri: string | null
}

type Reply = Page | { readonly location: string }

export function connectRoutes(world: World, now: () => number): Hono {
  const routes = new Hono()
  routes.onError((error, c) => {
    if (!(error instanceof StateFailure)) throw error
    return c.html(
      messagePage('This could not be saved', `The emulator failed: ${error.message}.`),
      507,
      pageHeaders(null),
    )
  })
  routes.get('/authorize', (c) => {
    const sessionId = c.req.query('session')
    const stateParameter = c.req.query('state') ?? null
    if (sessionId === undefined) return send(c, deadEnd(NO_SESSION))
    return send(
      c,
      world.change((state) => enter(state, sessionId, stateParameter, now())),
    )
  })
  routes.get('/authorize/:visit', (c) =>
    send(
      c,
      world.change((state) => show(state, c.req.param('visit'), now())),
    ),
  )
  routes.post('/authorize/:visit', async (c) => {
    const form = readForm(await c.req.text())
    return send(
      c,
      world.change((state) => take(state, c.req.param('visit'), form, now())),
    )
  })
  return routes
}

function enter(state: State, sessionId: string, stateParameter: string | null, now: number): Reply {
  const session = liveSession(state, sessionId, now)
  if (isDeadEnd(session)) return deadEnd(session)
  return { location: `/authorize/${startVisit(state, session, stateParameter, now).id}` }
}

function show(state: State, visitId: string, now: number): Reply {
  const found = walkable(state, visitId, now)
  return 'html' in found ? found : pageOf(state, found.visit, found.session, null)
}

function take(state: State, visitId: string, form: Form, now: number): Reply {
  const found = walkable(state, visitId, now)
  if ('html' in found) return found
  const { visit, session } = found
  const outcome = takeForm(state, visit, session, form, now)
  if (outcome.kind === 'show') return { location: `/authorize/${visit.id}` }
  if (outcome.kind === 'complain') return { ...pageOf(state, visit, session, outcome.error), status: outcome.status }
  if (session.redirectUri === null) {
    return { status: 200, html: embeddedEndPage(outcome.code, outcome.state), redirectUri: null }
  }
  const target = new URL(session.redirectUri)
  target.searchParams.set('code', outcome.code)
  if (outcome.state !== null) target.searchParams.set('state', outcome.state)
  return { location: target.href }
}

/** The visit with its session; a visit that has ended still shows its end, a session that has ended shows why. */
function walkable(state: State, visitId: string, now: number): { visit: Visit; session: Session } | Page {
  const visit = lookUp(state.visits, visitId)
  const session = visit === undefined ? undefined : lookUp(state.sessions, visit.sessionId)
  if (visit === undefined || session === undefined) return deadEnd(NO_SESSION)
  if (visit.step === 'done' || visit.step === 'cancelled') return { visit, session }
  const live = liveSession(state, session.id, now)
  return isDeadEnd(live) ? deadEnd(live) : { visit, session }
}

const NO_SESSION: DeadEnd = {
  status: 404,
  title: 'This link is not valid',
  words: 'It names no session. Start again from the application you came from.',
}

function pageOf(state: State, visit: Visit, session: Session, error: string | null): Page {
  const view = { visit, session, error, connected: connectedEntities(state, session) }
  return { status: 200, html: stepPage(view), redirectUri: session.redirectUri }
}

function deadEnd({ status, title, words }: DeadEnd): Page {
  return { status, html: messagePage(title, words), redirectUri: null }
}

function send(c: Context, reply: Reply): Response | Promise<Response> {
  if ('location' in reply) {
    return new Response(null, { status: 302, headers: { location: reply.location, 'cache-control': 'no-store' } })
  }
  return c.html(reply.html, reply.status, pageHeaders(reply.redirectUri))
}

function readForm(text: string): Form {
  const fields = new URLSearchParams(text)
  return Object.fromEntries([...fields.keys()].map((name) => [name, fields.getAll(name)]))
}

/** Kept apart from the API by path: people bring no version header. */
export function isConnectPath(path: string): boolean {
  return path === '/authorize' || path.startsWith('/authorize/')
}
