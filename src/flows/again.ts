import type { Flow } from '../domain/flow.ts'

/** The command that begins such an attempt anew. */
export function againCommand(flow: Pick<Flow, 'expectedConnectionId' | 'customerId'>): string {
  return flow.expectedConnectionId === null
    ? `finchconn connect --customer ${flow.customerId}`
    : `finchconn reauth ${flow.expectedConnectionId}`
}
