import { type Context, Hono } from 'hono'
import { lookUp, type Session, type State, type Visit } from '../state.ts'
import { StateFailure } from '../state-file.ts'
import type { World } from '../world.ts'
import { connectionError, launchError, readEmbedding } from './embed.ts'
import { type Frame, layout, type PageContent, pageHeaders } from './layout.ts'
import { embeddedEndPage, messagePage, stepPage } from './pages.ts'
import {
  connectedEntities,
  type DeadEnd,
  type Form,
  isDeadEnd,
  liveSession,
  type Opening,
  startVisit,
  takeForm,
} from './visit.ts'

// Connect over HTTP. A sent form is answered with a redirect to the step it led to, so that reloading a page sends
// nothing twice; only a refused form is answered with its page at once.

interface Page extends Frame {
  readonly status: 200 | 400 | 401 | 404 | 410 | 422 | 507
  readonly content: PageContent
}

type Reply = Page | { readonly location: string }

/** `application` is the name of whoever asks for access. */
export function connectRoutes(world: World, application: string, now: () => number): Hono {
  const routes = new Hono()
  routes.onError((error, c) => {
    if (!(error instanceof StateFailure)) throw error
    const content = messagePage('This could not be saved', `The emulator failed: ${error.message}.`)
    return send(c, { status: 507, content, redirectUri: null, host: null, message: null })
  })
  routes.get('/authorize', (c) => {
    const sessionId = c.req.query('session')
    const embedding = readEmbedding(c.req.query('app_type'), c.req.query('sdk_host_url'))
    if ('refused' in embedding) return send(c, deadEnd(notEmbeddable(embedding.refused), null))
    const { host } = embedding
    if (sessionId === undefined)
      return send(c, deadEnd(c.req.query('preview') === 'true' ? NO_PREVIEW : NO_SESSION, host))
    const opening = { state: c.req.query('state') ?? null, host }
    return send(
      c,
      world.change((state) => enter(state, sessionId, opening, now())),
    )
  })
  routes.get('/authorize/:visit', (c) => {
    const search = c.req.query('search') ?? ''
    return send(
      c,
      world.change((state) => show(state, c.req.param('visit'), { application, search }, now())),
    )
  })
  routes.post('/authorize/:visit', async (c) => {
    const form = readForm(await c.req.text())
    return send(
      c,
      world.change((state) => take(state, c.req.param('visit'), form, application, now())),
    )
  })
  return routes
}

function enter(state: State, sessionId: string, opening: Opening, now: number): Reply {
  const session = liveSession(state, sessionId, now)
  if (isDeadEnd(session)) return deadEnd(session, opening.host)
  return { location: `/authorize/${startVisit(state, session, opening, now).id}` }
}

interface Shown {
  readonly application: string
  readonly search?: string
  readonly error?: string
  readonly user?: string
}

function show(state: State, visitId: string, shown: Shown, now: number): Reply {
  const found = walkable(state, visitId, now)
  return 'content' in found ? found : pageOf(state, found, shown)
}

function take(state: State, visitId: string, form: Form, application: string, now: number): Reply {
  const found = walkable(state, visitId, now)
  if ('content' in found) return found
  const { visit, session } = found
  const outcome = takeForm(state, visit, session, form, now)
  if (outcome.kind === 'show') return { location: `/authorize/${visit.id}` }
  if (outcome.kind === 'complain') {
    const shown = { application, error: outcome.error, user: form.user?.[0] ?? '' }
    const message = connectionError(outcome.error)
    return { ...pageOf(state, found, shown), status: outcome.status, message }
  }
  const { code } = outcome
  if (visit.host !== null || session.redirectUri === null) {
    const message = { kind: 'success', code, ...(outcome.state === null ? {} : { state: outcome.state }) } as const
    return { status: 200, content: embeddedEndPage(code, outcome.state), redirectUri: null, host: visit.host, message }
  }
  const target = new URL(session.redirectUri)
  target.searchParams.set('code', code)
  if (outcome.state !== null) target.searchParams.set('state', outcome.state)
  return { location: target.href }
}

interface Walk {
  readonly visit: Visit
  readonly session: Session
}

/** The visit with its session; a visit that has ended still shows its end, a session that has ended shows why. */
function walkable(state: State, visitId: string, now: number): Walk | Page {
  const visit = lookUp(state.visits, visitId)
  const session = visit === undefined ? undefined : lookUp(state.sessions, visit.sessionId)
  if (visit === undefined || session === undefined) return deadEnd(NO_SESSION, null)
  if (visit.step === 'done' || visit.step === 'canceled') return { visit, session }
  const live = liveSession(state, session.id, now)
  return isDeadEnd(live) ? deadEnd(live, visit.host) : { visit, session }
}

const NO_SESSION: DeadEnd = {
  status: 404,
  title: 'This link is not valid',
  words: 'It names no session. Start again from the application you came from.',
}

const NO_PREVIEW: DeadEnd = {
  status: 404,
  title: 'There is no preview here',
  words: 'The emulator shows Finch Connect for sessions only: open one with POST /connect/sessions.',
}

function notEmbeddable(words: string): DeadEnd {
  return { status: 400, title: 'This page cannot be embedded', words }
}

function pageOf(state: State, { visit, session }: Walk, shown: Shown): Page {
  const { application, search = '', error = null, user = '' } = shown
  const connected = connectedEntities(state, session, visit.user)
  const content = stepPage({ visit, session, application, search, error, user, connected })
  const message = visit.step === 'canceled' ? ({ kind: 'closed' } as const) : null
  return { status: 200, content, redirectUri: session.redirectUri, host: visit.host, message }
}

function deadEnd({ status, title, words }: DeadEnd, host: string | null): Page {
  const message = launchError(`${title}. ${words}`)
  return { status, content: messagePage(title, words), redirectUri: null, host, message }
}

function send(c: Context, reply: Reply): Response | Promise<Response> {
  if ('location' in reply) {
    return new Response(null, { status: 302, headers: { location: reply.location, 'cache-control': 'no-store' } })
  }
  return c.html(layout(reply.content, reply), reply.status, pageHeaders(reply))
}

function readForm(text: string): Form {
  const fields = new URLSearchParams(text)
  return Object.fromEntries([...fields.keys()].map((name) => [name, fields.getAll(name)]))
}

/** Kept apart from the API by path: people bring no version header. */
export function isConnectPath(path: string): boolean {
  return path === '/authorize' || path.startsWith('/authorize/')
}
