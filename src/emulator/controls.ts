import { Hono } from 'hono'
import * as v from 'valibot'
import { FaultBody, type FaultQueue } from './faults.ts'
import { SomeRules } from './rules.ts'
import { lookUp } from './state.ts'
import { finishSync, STATUSES, setStatus } from './status.ts'
import { announceFirstSync, announceStatus } from './webhook-events.ts'
import { WebhookFaultBody } from './webhook-faults.ts'
import type { WebhookSender } from './webhooks.ts'
import type { World } from './world.ts'

// The handles on the outside of the box, for tests of any language. They are no part of Finch and need none of its
// headers.

export interface SeenRequest {
  readonly method: string
  readonly path: string
  /** 0 when no answer was given because the socket was destroyed. */
  readonly status: number
  /** Milliseconds. */
  readonly at: number
}

const Sync = v.strictObject({ connection_id: v.string() })
const StatusChange = v.strictObject({
  connection_id: v.string(),
  status: v.picklist(STATUSES),
  entity_id: v.exactOptional(v.string()),
})

export interface Controlled {
  readonly world: World
  readonly faults: FaultQueue
  readonly requests: readonly SeenRequest[]
  /** Null where no webhooks are sent. */
  readonly webhooks: WebhookSender | null
  /** Of the API. */
  readonly origin: string
  readonly now: () => number
}

export function controlRoutes({ world, faults, requests, webhooks, origin, now }: Controlled): Hono {
  const routes = new Hono()
  routes.get('/_emulator/requests', (c) => c.json(requests))
  routes.post('/_emulator/faults', async (c) => {
    faults.add(v.parse(FaultBody, await c.req.json()))
    return c.json({ status: 'success' })
  })
  routes.put('/_emulator/rules', async (c) => {
    const changes = v.parse(SomeRules, await c.req.json())
    return c.json(world.change((state) => Object.assign(state.rules, changes)))
  })
  routes.post('/_emulator/sync', async (c) => {
    const { connection_id: id } = v.parse(Sync, await c.req.json())
    const found = world.change((state) => {
      const connection = lookUp(state.connections, id)
      if (connection === undefined) return false
      const isFirst = connection.lastSync === null
      finishSync(connection, now())
      announceStatus(state, connection)
      if (isFirst) announceFirstSync(state, connection, origin)
      return true
    })
    return c.json({ status: found ? 'success' : 'unknown connection' }, found ? 200 : 404)
  })
  routes.post('/_emulator/status', async (c) => {
    const change = v.parse(StatusChange, await c.req.json())
    const found = world.change((state) => {
      const connection = lookUp(state.connections, change.connection_id)
      const entity = connection?.entities.find(({ id }) => id === change.entity_id)
      if (connection === undefined || (change.entity_id !== undefined && entity === undefined)) return false
      if (entity === undefined) setStatus(connection, change.status)
      else entity.status = change.status
      announceStatus(state, connection, entity)
      return true
    })
    return c.json({ status: found ? 'success' : 'unknown connection' }, found ? 200 : 404)
  })
  routes.get('/_emulator/webhooks', (c) => (webhooks === null ? c.json(NO_WEBHOOKS, 404) : c.json(webhooks.report())))
  routes.post('/_emulator/webhooks/retry', (c) => {
    if (webhooks === null) return c.json(NO_WEBHOOKS, 404)
    webhooks.retryNow()
    return c.json({ status: 'success' })
  })
  routes.post('/_emulator/webhook-faults', async (c) => {
    if (webhooks === null) return c.json(NO_WEBHOOKS, 404)
    webhooks.fault(v.parse(WebhookFaultBody, await c.req.json()))
    return c.json({ status: 'success' })
  })
  routes.notFound((c) => c.json({ status: 'unknown control' }, 404))
  routes.onError((error, c) => c.json({ status: wordsOf(error) }, 400))
  return routes
}

const NO_WEBHOOKS = { status: 'this emulator was started without a webhook address' }

function wordsOf(error: Error): string {
  if (error instanceof SyntaxError) return 'the body is not JSON'
  if (!v.isValiError(error)) return error.message
  const [issue] = error.issues
  const field = v.getDotPath(issue)
  if (field === null) return 'the body must be a JSON object'
  if (issue.expected === 'never') return `${field}: is not known here`
  return issue.received === 'undefined' ? `${field}: is required` : `${field}: ${issue.received} is not valid here`
}

export function isControlPath(path: string): boolean {
  return path.startsWith('/_emulator/')
}
