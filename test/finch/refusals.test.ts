/** Each row of the table of refusals, by what Finch sends: the exit code and the stable word that scripts rely on. */
import { describe, expect, it } from 'vitest'
import { readRefusal } from '../../src/finch/answers.ts'
import { refused } from '../../src/finch/refusals.ts'
import { EXIT_CODES } from '../../src/problem.ts'

const ROWS: readonly (readonly [code: string, exit: number, status: number, body: Record<string, unknown>])[] = [
  ['redirected', 6, 302, {}],
  ['connection_already_exists', 11, 400, { finch_code: 'connection_already_exists', name: 'bad_request' }],
  ['connection_not_found', 3, 400, { finch_code: 'connection_not_found', name: 'bad_request' }],
  ['connection_not_found', 3, 400, { finch_code: 'invalid_request', message: 'Connection not found' }],
  ['invalid_grant', 1, 400, { name: 'invalid_grant_error' }],
  ['invalid_client', 4, 401, { name: 'invalid_client_error' }],
  ['invalid_client', 4, 401, { finch_code: 'invalid_client' }],
  ['reauthenticate_user', 5, 401, { name: 'invalid_token_error', finch_code: 'reauthenticate_user' }],
  ['account_setup_required', 8, 401, { name: 'invalid_token_error', finch_code: 'account_setup_required' }],
  ['invalid_token', 5, 401, { name: 'invalid_token_error' }],
  ['redirect_not_registered', 2, 400, { message: 'redirect_uri: is not registered' }],
  ['bad_provider', 2, 400, { message: 'Unsupported provider' }],
  ['unauthorized', 4, 401, { message: 'no' }],
  ['payment_required', 1, 402, {}],
  ['insufficient_scope', 1, 403, { name: 'insufficient_scope_error' }],
  ['forbidden', 1, 403, {}],
  ['not_found_at_finch', 3, 404, {}],
  ['rate_limited', 6, 429, {}],
  ['not_implemented', 1, 501, {}],
  ['finch_unavailable', 6, 408, {}],
  ['finch_unavailable', 6, 409, {}],
  ['finch_unavailable', 6, 500, {}],
  ['finch_unavailable', 6, 503, {}],
  ['bad_request', 1, 422, {}],
]

describe('what Finch says no to', () => {
  it.each(ROWS)('is %s and ends with %i at HTTP %i %j', (code, exit, status, body) => {
    const problem = refused({ status, refusal: readRefusal(body), requestId: 'r1', retryAfterMs: null })
    expect({ code: problem.code, exit: EXIT_CODES[problem.kind], requestId: problem.requestId }).toEqual({
      code,
      exit,
      requestId: 'r1',
    })
    expect(problem.message).toContain(`HTTP ${status}`)
  })
})
