import type { LoginRecord } from '../../domain/login.ts'
import { Problem } from '../../problem.ts'

/** The command that begins such a login anew. */
export function againCommand(login: Pick<LoginRecord, 'expectedConnectionId' | 'customerId'>): string {
  return login.expectedConnectionId === null
    ? `finchconn connect --customer ${login.customerId}`
    : `finchconn reauth ${login.expectedConnectionId}`
}

/** The way on where Finch's answer came and could not be read. */
export function updateOrAgain(login: Pick<LoginRecord, 'expectedConnectionId' | 'customerId'>): string {
  return `update finchconn if there is a newer version, or log in again: ${againCommand(login)}`
}

/** Problem 11: another process holds what this login needs; nothing of it is lost. */
export function busy(connectionId: string): Problem {
  return new Problem('conflict', `another process is changing connection ${connectionId}`, {
    code: 'in_progress',
    hint: 'the new token is kept; run any command again once the other is done',
    retryable: true,
  })
}
