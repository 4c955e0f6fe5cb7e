import { randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { disconnect, disconnectEntity, exchangeCode, introspect } from './access.ts'
import { admitClient, admitToken, withEntity } from './admit.ts'
import { BENEFIT_ENDPOINTS } from './benefits/table.ts'
import { type Answer, type Application, type Call, type Endpoint, ok } from './call.ts'
import { listDocuments, readDocument } from './documents.ts'
import { readCompany, readDirectory, readEmployments, readIndividuals } from './employer-data.ts'
import { enqueueJob, listJobs, readJob, readManualJob, settleJobs } from './jobs.ts'
import { countAddress } from './limits.ts'
import { refuseNotServed } from './not-served.ts'
import { PAY_ENDPOINTS } from './payroll/table.ts'
import { describeProviders } from './providers.ts'
import { bodyOf, Refusal, refuse } from './refusal.ts'
import { createSandboxAccount, createSandboxConnection, setConnectionStatus } from './sandbox-connections.ts'
import { addPeople, editCompany, editEmployment, editIndividual } from './sandbox-edits.ts'
import { listJobOutcomes, runJob, setJobOutcome } from './sandbox-jobs.ts'
import { makePayment } from './sandbox-payments.ts'
import { createReauthSession, createSession } from './sessions.ts'
import type { State } from './state.ts'
import { StateFailure } from './state-file.ts'
import type { World } from './world.ts'

// The whole API at one glance: path, how it is authorized, what answers. Unknown paths and wrong methods are both 404; a slash at the end is let through.
const ENDPOINTS: readonly Endpoint[] = [
  { method: 'POST', path: '/connect/sessions', auth: 'basic', run: createSession },
  { method: 'POST', path: '/connect/sessions/reauthenticate', auth: 'basic', run: createReauthSession },
  { method: 'POST', path: '/auth/token', auth: 'none', run: exchangeCode },
  { method: 'GET', path: '/introspect', auth: 'bearer', run: introspect },
  { method: 'POST', path: '/disconnect', auth: 'bearer', run: disconnect },
  { method: 'POST', path: '/disconnect-entity', auth: 'bearer', run: disconnectEntity },
  { method: 'GET', path: '/providers', auth: 'none', run: () => ok(describeProviders()) },
  { method: 'GET', path: '/employer/company', auth: 'bearer', product: 'company', run: readCompany },
  { method: 'GET', path: '/employer/directory', auth: 'bearer', product: 'directory', run: readDirectory },
  { method: 'POST', path: '/employer/individual', auth: 'bearer', product: 'individual', run: readIndividuals },
  { method: 'POST', path: '/employer/employment', auth: 'bearer', product: 'employment', run: readEmployments },
  ...PAY_ENDPOINTS,
  ...BENEFIT_ENDPOINTS,
  { method: 'GET', path: '/employer/documents', auth: 'bearer', product: 'documents', run: listDocuments },
  { method: 'GET', path: '/employer/documents/:id', auth: 'bearer', product: 'documents', run: readDocument },
  { method: 'POST', path: '/jobs/automated', auth: 'bearer', run: enqueueJob },
  { method: 'GET', path: '/jobs/automated', auth: 'bearer', run: listJobs },
  { method: 'GET', path: '/jobs/automated/:id', auth: 'bearer', run: readJob },
  { method: 'GET', path: '/jobs/manual/:id', auth: 'bearer', run: readManualJob },
  { method: 'POST', path: '/sandbox/connections', auth: 'basic', run: createSandboxConnection },
  { method: 'POST', path: '/sandbox/connections/accounts', auth: 'basic', run: createSandboxAccount },
  { method: 'PUT', path: '/sandbox/connections/accounts', auth: 'bearer', run: setConnectionStatus },
  { method: 'PUT', path: '/sandbox/company', auth: 'bearer', run: editCompany },
  { method: 'POST', path: '/sandbox/directory', auth: 'bearer', run: addPeople },
  { method: 'PUT', path: '/sandbox/individual/:id', auth: 'bearer', run: editIndividual },
  { method: 'PUT', path: '/sandbox/employment/:id', auth: 'bearer', run: editEmployment },
  { method: 'POST', path: '/sandbox/payment', auth: 'bearer', run: makePayment },
  { method: 'POST', path: '/sandbox/jobs', auth: 'bearer', run: runJob },
  { method: 'GET', path: '/sandbox/jobs/configuration', auth: 'bearer', run: listJobOutcomes },
  { method: 'PUT', path: '/sandbox/jobs/configuration', auth: 'bearer', run: setJobOutcome },
]

const API_VERSION = '2020-09-17'

/** `applicationAt` is given the address a request came to. */
export function apiRoutes(world: World, applicationAt: (url: string) => Application, now: () => number): Hono {
  const routes = new Hono({ strict: false })

  // The version comes before everything, unknown paths and missing credentials included.
  routes.use(async (c, next) => {
    const version = c.req.header('finch-api-version')
    world.change((state) => {
      const missing = version === undefined && state.rules.versionHeader === 'required'
      if (missing || (version !== undefined && version !== API_VERSION)) throw refuse.noVersion()
      countAddress(state, now())
    })
    await next()
    return undefined
  })

  for (const endpoint of ENDPOINTS) {
    routes.on(endpoint.method, endpoint.path, async (c) => {
      const body = parseJson(await c.req.text())
      return world.change((state) => {
        const at = now()
        const application = applicationAt(c.req.url)
        settleJobs(state, at, application.origin)
        const call = {
          state,
          application,
          now: at,
          params: c.req.param(),
          query: new URL(c.req.url).searchParams,
          body,
        }
        return reply(answer(endpoint, call, c), endpoint.path.startsWith('/employer/') ? dataHeaders(at) : {})
      })
    })
  }

  refuseNotServed(routes)
  routes.notFound(() => {
    throw refuse.notFound('There is no such endpoint.')
  })
  routes.onError((error, c) => {
    if (error instanceof Refusal) return reply({ status: error.status, json: bodyOf(error, c.req.path) })
    if (error instanceof StateFailure) return reply(stateRefused(error))
    const failed = new Refusal(500, 'server_error', null, `The emulator failed: ${error.message}`)
    return reply({ status: 500, json: failed.body })
  })
  return routes
}

function answer(endpoint: Endpoint, call: Call, c: Context): Answer {
  const authorization = c.req.header('authorization')
  if (endpoint.path.startsWith('/sandbox/')) refuseOutsideSandbox(call.state)
  if (endpoint.auth !== 'bearer') {
    if (endpoint.auth === 'basic') admitClient(authorization, call.application)
    return endpoint.run(call)
  }
  const tokenCall = { ...call, ...admitToken(authorization, call.state) }
  return 'product' in endpoint ? withEntity(tokenCall, endpoint) : endpoint.run(tokenCall)
}

function refuseOutsideSandbox(state: State): void {
  if (state.rules.clientType !== 'sandbox') throw refuse.sandboxOnly()
}

function stateRefused({ trouble, message }: StateFailure): Answer {
  const status = trouble === 'disk_full' ? 507 : 500
  const words = `The emulator, not Finch, failed: ${message}.`
  return { status, json: new Refusal(status, 'server_error', null, words).body }
}

function parseJson(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw refuse.invalidRequest('The body is not JSON.')
  }
}

function reply({ status, json }: Answer, headers: Record<string, string> = {}): Response {
  return Response.json(json, { status, headers: { 'Finch-Request-Id': randomUUID(), ...headers } })
}

function dataHeaders(now: number): Record<string, string> {
  const at = new Date(now).toISOString()
  return {
    'Finch-Data-Retrieved': at,
    'Finch-Last-Attempted-Update-Date': at,
    'Finch-Last-Attempted-Update-Result': 'success',
  }
}
