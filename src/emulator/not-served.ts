import type { Hono } from 'hono'
import { refuse } from './refusal.ts'

// What Finch documents and the emulator has not: answered with 501, so that no client takes it for "no such record".

const NOT_SERVED: readonly (readonly [method: string, path: string])[] = [
  ['POST', '/employer/ledger-items'],
  ['GET', '/employer/plans'],
  ['GET', '/employer/plans/:id'],
  ['GET', '/employer/plans-enrollments'],
  ['POST', '/employer/plans-enrollments'],
  ['GET', '/employer/plans-dependents'],
  ['POST', '/employer/plans-dependents'],
  ['POST', '/forward'],
]

export function refuseNotServed(routes: Hono): void {
  for (const [method, path] of NOT_SERVED) {
    routes.on(method, path, () => {
      throw refuse.notServed(`${method} ${path}`)
    })
  }
}
