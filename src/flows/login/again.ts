import type { Flow } from '../../domain/flow.ts'
import { Problem } from '../../problem.ts'

/** The command that begins such an attempt anew. */
export function againCommand(flow: Pick<Flow, 'expectedConnectionId' | 'customerId'>): string {
  return flow.expectedConnectionId === null
    ? `finchconn connect --customer ${flow.customerId}`
    : `finchconn reauth ${flow.expectedConnectionId}`
}

/** Problem 11: another process holds what this login needs; nothing of it is lost. */
export function busy(connectionId: string): Problem {
  return new Problem('conflict', `another process is changing connection ${connectionId}`, {
    code: 'in_progress',
    hint: 'the new token is kept; run any command again once the other is done',
    retryable: true,
  })
}
