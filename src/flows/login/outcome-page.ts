import { Problem } from '../../problem.ts'
import type { PageName } from '../../web/pages.ts'

/** The page for a login that came back and was not saved. */
export function pageFor(error: unknown): PageName {
  if (!(error instanceof Problem)) return 'failed'
  if (error.kind === 'mismatch') return 'mismatch'
  if (error.code === 'invalid_grant') return 'expired'
  if (error.kind === 'undetermined' && error.code !== 'unreadable_answer') return 'again'
  if (error.code === 'superseded' || error.code === 'customer_single') return 'conflict'
  return 'failed'
}
