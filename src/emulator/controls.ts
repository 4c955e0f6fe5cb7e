import { Hono } from 'hono'
import * as v from 'valibot'
import { FaultBody, type FaultQueue } from './faults.ts'
import { SomeRules } from './rules.ts'
import { lookUp } from './state.ts'
import { finishSync, STATUSES, setStatus } from './status.ts'
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

export function controlRoutes(
  world: World,
  faults: FaultQueue,
  requests: readonly SeenRequest[],
  now: () => number,
): Hono {
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
      if (connection !== undefined) finishSync(connection, now())
      return connection !== undefined
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
      return true
    })
    return c.json({ status: found ? 'success' : 'unknown connection' }, found ? 200 : 404)
  })
  routes.notFound((c) => c.json({ status: 'unknown control' }, 404))
  routes.onError((error, c) => c.json({ status: error.message }, 400))
  return routes
}

export function isControlPath(path: string): boolean {
  return path.startsWith('/_emulator/')
}
