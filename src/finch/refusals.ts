/** What Finch says no to, as Problems: status, name and `finch_code` together, since common 401s carry no code. */
import { Problem } from '../problem.ts'
import type { ProblemCode, ProblemKind } from '../problem-codes.ts'
import type { Refusal } from './answers.ts'

/** A refusal with Finch's own words; flows look at `finchCode`, people read the message. */
export class FinchRefusal extends Problem {
  readonly status: number
  readonly finchCode: string | null
  /** With `connection_already_exists`: the connection in the way. */
  readonly connectionId: string | null
  /** It came in Finch's own envelope, not from something on the way there. */
  readonly enveloped: boolean
  /** How long Finch asks to wait; null where it does not say. */
  readonly retryAfterMs: number | null

  constructor(reading: Reading, { status, refusal, requestId, retryAfterMs }: Refused) {
    const words = refusal.message === null ? `HTTP ${status}` : `HTTP ${status}: ${refusal.message}`
    super(reading.kind, `${reading.says} (${words})`, {
      code: reading.code,
      requestId,
      ...(reading.hint === undefined ? {} : { hint: reading.hint }),
    })
    this.status = status
    this.finchCode = refusal.finchCode
    this.connectionId = refusal.connectionId
    this.enveloped = refusal.name !== null || refusal.finchCode !== null
    this.retryAfterMs = retryAfterMs
  }
}

export interface Refused {
  readonly status: number
  readonly refusal: Refusal
  readonly requestId: string | null
  readonly retryAfterMs: number | null
}

interface Reading {
  readonly kind: ProblemKind
  readonly code: ProblemCode
  readonly says: string
  readonly hint?: string
}

const RUN_AGAIN = 'nothing was changed; run it again in a minute'

/** One row per meaning; the first that fits is the reading. */
const READINGS: readonly (readonly [fits: (status: number, refusal: Refusal) => boolean, Reading])[] = [
  [
    (status) => status >= 300 && status < 400,
    {
      kind: 'undetermined',
      code: 'redirected',
      says: "Finch's address redirects elsewhere, and secrets do not follow",
      hint: 'check FINCHCONN_API_URL, and whether a proxy or a portal answers in its place',
    },
  ],
  [
    (_, r) => r.finchCode === 'connection_already_exists',
    { kind: 'conflict', code: 'connection_already_exists', says: 'this customer already has a connection at Finch' },
  ],
  [
    (status, r) =>
      r.finchCode === 'connection_not_found' || (status === 400 && /\bconnection not found\b/i.test(r.message ?? '')),
    { kind: 'not_found', code: 'connection_not_found', says: 'Finch has no such connection' },
  ],
  [
    (_, r) => r.name === 'invalid_grant_error',
    {
      kind: 'failed',
      code: 'invalid_grant',
      says: 'Finch rejected the authorization code: it was already used or is older than 10 minutes',
      hint: 'run it again and finish within 10 minutes',
    },
  ],
  [
    (status, r) => status === 401 && (r.name === 'invalid_client_error' || r.finchCode === 'invalid_client'),
    {
      kind: 'credentials',
      code: 'invalid_client',
      says: 'Finch does not recognize this client id and secret',
      hint: 'check FINCH_CLIENT_ID and FINCH_CLIENT_SECRET: each environment has its own pair; finchconn setup saves them',
    },
  ],
  [
    (status, r) => status === 401 && r.finchCode === 'reauthenticate_user',
    { kind: 'reauth_needed', code: 'reauthenticate_user', says: 'the employer must log in again' },
  ],
  [
    (status, r) => status === 401 && r.finchCode === 'account_setup_required',
    {
      kind: 'pending',
      code: 'account_setup_required',
      says: 'the employer has not finished setting up the connection',
    },
  ],
  [
    (status, r) => status === 401 && r.name === 'invalid_token_error',
    {
      kind: 'reauth_needed',
      code: 'invalid_token',
      says: 'Finch rejected this token: it was replaced, or the connection was disconnected',
    },
  ],
  [
    (status, r) => status === 400 && /redirect.?uri/i.test(r.message ?? ''),
    {
      kind: 'usage',
      code: 'redirect_not_registered',
      says: 'Finch does not recognize this redirect URI',
      hint: 'register it for the application in the Finch dashboard, or set FINCHCONN_REDIRECT_URI to one that is; finchconn config shows the current one',
    },
  ],
  [
    (status, r) => status === 400 && /provider/i.test(r.message ?? ''),
    {
      kind: 'usage',
      code: 'bad_provider',
      says: 'Finch does not accept this provider or login method',
      hint: 'check --provider and --auth-method; ids are words such as gusto, adp_run or rippling',
    },
  ],
  [
    (status) => status === 401,
    {
      kind: 'credentials',
      code: 'unauthorized',
      says: 'Finch does not accept the credentials',
      hint: 'check FINCH_CLIENT_ID and FINCH_CLIENT_SECRET',
    },
  ],
  [
    (status) => status === 402,
    {
      kind: 'failed',
      code: 'payment_required',
      says: 'Finch requires open invoices of this application to be paid first',
      hint: 'see billing in the Finch dashboard',
    },
  ],
  [
    (status, r) => status === 403 && r.name === 'insufficient_scope_error',
    {
      kind: 'failed',
      code: 'insufficient_scope',
      says: 'the connection does not include the product this needs',
      hint: 'connect again and request it with --products',
    },
  ],
  [
    (status) => status === 403,
    {
      kind: 'failed',
      code: 'forbidden',
      says: 'Finch denied the request',
      hint: "the application or the employer's account lacks permissions; see the Finch dashboard",
    },
  ],
  [(status) => status === 404, { kind: 'not_found', code: 'not_found_at_finch', says: 'not found at Finch' }],
  [
    (status) => status === 429,
    {
      kind: 'undetermined',
      code: 'rate_limited',
      says: 'rate limited by Finch',
      hint: 'try again in a minute; per-IP limits can last up to an hour',
    },
  ],
  [(status) => status === 501, { kind: 'failed', code: 'not_implemented', says: 'this provider does not support it' }],
  [
    (status) => status === 408 || status === 409 || status >= 500,
    {
      kind: 'undetermined',
      code: 'finch_unavailable',
      says: 'Finch or the provider behind it failed',
      hint: RUN_AGAIN,
    },
  ],
]

const OTHERWISE: Reading = {
  kind: 'failed',
  code: 'bad_request',
  says: 'Finch refused the request',
  hint: 'its message says which part; correct that flag or setting and run it again',
}

export function refused(answer: Refused): FinchRefusal {
  return new FinchRefusal(READINGS.find(([fits]) => fits(answer.status, answer.refusal))?.[1] ?? OTHERWISE, answer)
}

/** No answer at all: `answered` tells whether any byte of one had come. */
export class NoAnswer extends Problem {
  readonly answered: boolean

  constructor(why: string, answered: boolean, cause: unknown) {
    super('undetermined', `no answer from Finch: ${why}`, {
      code: answered ? 'answer_cut' : 'no_answer',
      hint: 'check the network, then run it again',
      cause,
    })
    this.answered = answered
  }
}

/** 202: Finch has taken the request and has no data yet. Three kinds of it are documented. */
const WAITS: Readonly<Record<string, Reading>> = {
  data_sync_in_progress: {
    kind: 'undetermined',
    code: 'data_sync_in_progress',
    says: 'Finch is still reading this from the provider',
    hint: 'run it again in a few minutes',
  },
  pending: {
    kind: 'pending',
    code: 'authorization_pending',
    says: "access to the employer's data is pending: Finch or the employer has to finish setting it up",
    hint: 'the Finch dashboard says what it waits for; run it again later',
  },
  accountant_setup_pending: {
    kind: 'pending',
    code: 'accountant_setup_pending',
    says: 'Finch is still setting up its accountant user for this connection',
    hint: 'it needs nothing from the employer; run it again later',
  },
}

/** The Problem of a 202, from its body. A kind that is new is told in Finch's own words. */
export function notYet(body: Refusal, requestId: string | null): Problem {
  const { kind, code, says, hint } = WAITS[body.finchCode ?? ''] ?? {
    kind: 'undetermined',
    code: 'accepted',
    says: `Finch has no data yet: ${body.message ?? 'it gives no reason'}`,
    hint: 'run it again later',
  }
  return new Problem(kind, says, { code, requestId, ...(hint === undefined ? {} : { hint }) })
}
