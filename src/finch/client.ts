/**
 * Our calls to Finch, over the official SDK, with its dangerous defaults taken away: it would send a single-use code
 * again, print secrets under FINCH_LOG, follow a redirect with the secret in the body, and wait for hours on Retry-After.
 * Bodies are read by us, whole and bounded, before anything looks at them.
 */
import Finch from '@tryfinch/finch-api'
import type { APIPromise } from '@tryfinch/finch-api/core/api-promise'
import type { Employee } from '../domain/employee.ts'
import type { Secret } from '../domain/secret.ts'
import { Problem } from '../problem.ts'
import {
  type Company,
  type ConnectSession,
  type Introspection,
  type Refusal,
  readCompany,
  readIntrospection,
  readRefusal,
  readSession,
} from './answers.ts'
import { type DirectoryPage, readDirectory, readEmployments, readIndividuals } from './employee-answers.ts'
import { FinchRefusal, NoAnswer, refused } from './refusals.ts'

const LARGEST_ANSWER = 1024 * 1024
const CALL_MS = 30_000
/** Company data may be fetched live from the provider; Finch's own limit is 6 minutes, an operator's patience less. */
const COMPANY_MS = 60_000
/** Pages and batches of people: larger, and perhaps fetched live. */
const DATA = { callMs: 120_000, largest: 32 * 1024 * 1024 }
const DIRECTORY_PAGE = 1_000
/** People in one individual or employment request; Finch takes ten thousand, a few hundred keep answers small. */
export const BATCH = 500
const READ_TRIES = 3
const LONGEST_WAIT_MS = 20_000

export interface FinchOptions {
  /** Without a slash at the end. */
  readonly apiUrl: string
  readonly clientId: string
  readonly clientSecret: Secret
  readonly signal: AbortSignal
  readonly callMs?: number
  /** Bytes of the largest answer that is read. */
  readonly largest?: number
  /** What this call sends and must not be told back, besides the client secret. */
  readonly sends?: Secret
}

export interface NewSession {
  readonly customerId: string
  readonly customerName: string
  readonly customerEmail: string | null
  readonly products: readonly string[]
  readonly providerId: string | null
  readonly authMethod: string | null
  readonly manual: boolean
  readonly sandbox: 'finch' | 'provider' | null
  readonly redirectUri: string
  readonly minutesToExpire: number
}

export interface ReauthSession {
  readonly connectionId: string
  readonly redirectUri: string
  readonly minutesToExpire: number
}

interface Answer {
  readonly status: number
  readonly body: Buffer
  readonly requestId: string | null
}

export type FinchClient = ReturnType<typeof finchClient>

/** Every method throws Problem: FinchRefusal when Finch said no, NoAnswer when it said nothing. */
export function finchClient(options: FinchOptions) {
  const application = sdk(options, { clientID: options.clientId, clientSecret: options.clientSecret.reveal() })
  const withToken = (token: Secret, wish: FinchOptions = options) => sdk(wish, { accessToken: token.reveal() })

  const large = { ...options, ...DATA }

  return {
    /** Not repeated: a session asked for twice may exist twice. */
    async createSession(wish: NewSession): Promise<ConnectSession> {
      const body = {
        customer_id: wish.customerId,
        customer_name: wish.customerName,
        products: wish.products as Finch.Connect.SessionNewParams['products'],
        redirect_uri: wish.redirectUri,
        minutes_to_expire: wish.minutesToExpire,
        ...(wish.customerEmail === null ? {} : { customer_email: wish.customerEmail }),
        ...(wish.manual ? { manual: true } : {}),
        ...(wish.sandbox === null ? {} : { sandbox: wish.sandbox }),
        ...(wish.providerId === null
          ? {}
          : {
              integration: {
                provider: wish.providerId,
                ...(wish.authMethod === null ? {} : { auth_method: wish.authMethod as 'credential' }),
              },
            }),
      }
      return readSession((await once(options, (extra) => application.connect.sessions.new(body, extra))).body)
    },

    async createReauthSession(wish: ReauthSession): Promise<ConnectSession> {
      const body = {
        connection_id: wish.connectionId,
        redirect_uri: wish.redirectUri,
        minutes_to_expire: wish.minutesToExpire,
      }
      return readSession(
        (await once(options, (extra) => application.connect.sessions.reauthenticate(body, extra))).body,
      )
    },

    /**
     * One sending of the code. The whole raw body of a 2xx, unparsed: it is to be saved before it is understood.
     * Ctrl-C does not cut it short, since the token may already be on its way; its time is bounded all the same.
     */
    async exchangeCode(code: Secret, redirectUri: string): Promise<Buffer> {
      const untouched = { ...options, signal: new AbortController().signal, sends: code }
      const answer = await once(untouched, (extra) =>
        application.accessTokens.create(
          {
            code: code.reveal(),
            redirect_uri: redirectUri,
            client_id: options.clientId,
            client_secret: options.clientSecret.reveal(),
          },
          extra,
        ),
      )
      return answer.body
    },

    async introspect(token: Secret): Promise<Introspection> {
      return readIntrospection(
        (await repeated({ ...options, sends: token }, (extra) => withToken(token).account.introspect(extra))).body,
      )
    },

    /** The employer behind a token; null while Finch has not read it yet (202). */
    async company(token: Secret, entityId: string | null): Promise<Company | null> {
      const query = entityId === null ? {} : { entity_ids: [entityId] }
      const answer = await repeated({ ...options, callMs: COMPANY_MS, sends: token }, (extra) =>
        withToken(token).hris.company.retrieve(query, extra),
      )
      return answer.status === 202 ? null : readCompany(answer.body)
    },

    /** One page of those who work there; null while Finch has not read them yet (202). */
    async directory(token: Secret, entityId: string | null, offset: number): Promise<DirectoryPage | null> {
      const query = { limit: DIRECTORY_PAGE, offset, ...(entityId === null ? {} : { entity_ids: [entityId] }) }
      const answer = await repeated({ ...large, sends: token }, (extra) =>
        withToken(token, large).hris.directory.list(query, extra),
      )
      return answer.status === 202 ? null : readDirectory(answer.body, entityId)
    },

    /** Names, dates of birth, addresses of up to `BATCH` people. SSNs come only where the product was granted and they are asked for. */
    async individuals(
      token: Secret,
      entityId: string | null,
      ids: readonly string[],
      ssn: boolean,
    ): Promise<Map<string, Partial<Employee>>> {
      const body = {
        requests: ids.map((individual_id) => ({ individual_id })),
        ...(ssn ? { options: { include: ['ssn'] } } : {}),
        ...(entityId === null ? {} : { entity_ids: [entityId] }),
      }
      const answer = await repeated({ ...large, sends: token }, (extra) =>
        withToken(token, large).hris.individuals.retrieveMany(body, extra),
      )
      return answer.status === 202 ? new Map() : readIndividuals(answer.body)
    },

    async employments(
      token: Secret,
      entityId: string | null,
      ids: readonly string[],
    ): Promise<Map<string, Partial<Employee>>> {
      const body = {
        requests: ids.map((individual_id) => ({ individual_id })),
        ...(entityId === null ? {} : { entity_ids: [entityId] }),
      }
      const answer = await repeated({ ...large, sends: token }, (extra) =>
        withToken(token, large).hris.employments.retrieveMany(body, extra),
      )
      return answer.status === 202 ? new Map() : readEmployments(answer.body)
    },

    /** Sandbox only: puts a connection into a status, to rehearse what follows. */
    async setSandboxStatus(token: Secret, status: string): Promise<void> {
      const body = { connection_status: status as 'connected' }
      await once({ ...options, sends: token }, (extra) =>
        withToken(token).sandbox.connections.accounts.update(body, extra),
      )
    },
  }
}

type Credentials = { clientID: string; clientSecret: string } | { accessToken: string }

function sdk({ apiUrl, largest = LARGEST_ANSWER }: FinchOptions, credentials: Credentials): Finch {
  const silent = () => {}
  return new Finch({
    clientID: null,
    clientSecret: null,
    webhookSecret: null,
    ...credentials,
    baseURL: apiUrl,
    maxRetries: 0,
    logLevel: 'off',
    logger: { error: silent, warn: silent, info: silent, debug: silent },
    fetchOptions: { redirect: 'error' },
    fetch: (input, init) => bounded(largest, input, init),
  })
}

/** Reads a body whole but never more than `largest` bytes, so that no answer can fill the memory. */
async function bounded(largest: number, input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init)
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.length
      if (size > largest) throw new Error(`the answer is larger than ${largest} bytes`)
      chunks.push(chunk)
    }
  } catch (cause) {
    throw new CutAnswer(cause)
  }
  const empty = response.status === 204 || response.status === 205 || response.status === 304
  return new Response(empty ? null : Buffer.concat(chunks), {
    status: response.status,
    headers: plainHeaders(response.headers),
  })
}

/** The body was already decoded; its old encoding and length would be wrong now. */
function plainHeaders(headers: Headers): Headers {
  const kept = new Headers(headers)
  kept.delete('content-encoding')
  kept.delete('content-length')
  return kept
}

class CutAnswer extends Error {
  constructor(cause: unknown) {
    super('the answer broke off', { cause })
  }
}

type Extra = { signal: AbortSignal; timeout: number }

async function once(options: FinchOptions, call: (extra: Extra) => APIPromise<unknown>): Promise<Answer> {
  const { signal, callMs = CALL_MS } = options
  try {
    const response = await call({ signal, timeout: callMs }).asResponse()
    return {
      status: response.status,
      body: Buffer.from(await response.arrayBuffer()),
      requestId: response.headers.get('finch-request-id'),
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (error instanceof Finch.APIConnectionError) {
      const why = reason(error)
      throw new NoAnswer(why, why === REDIRECTED || causes(error).some((one) => one instanceof CutAnswer), error)
    }
    if (error instanceof Finch.APIError) {
      throw refused({
        status: error.status ?? 0,
        refusal: withoutSecrets(readRefusal(error.error), options),
        requestId: error.headers?.get('finch-request-id') ?? null,
        retryAfterMs: retryAfter(error.headers),
      })
    }
    throw error
  }
}

/** A server that tells back what it was sent must not make us print it. */
function withoutSecrets(refusal: Refusal, { clientSecret, sends }: FinchOptions): Refusal {
  const secrets = [clientSecret, ...(sends === undefined ? [] : [sends])]
  const message = secrets.reduce<string | null>(
    (words, secret) => words?.replaceAll(secret.reveal(), '[secret]') ?? null,
    refusal.message,
  )
  return { ...refusal, message }
}

/** Reads may be repeated: on silence, 429 and 5xx, waiting as Finch asks but never long. */
async function repeated(options: FinchOptions, call: (extra: Extra) => APIPromise<unknown>): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await once(options, call)
    } catch (error) {
      const asked = error instanceof FinchRefusal ? error.retryAfterMs : null
      const wait = asked ?? 200 * 3 ** attempt
      const worthIt = error instanceof Problem && error.kind === 'undetermined' && wait <= LONGEST_WAIT_MS
      if (!worthIt || attempt === READ_TRIES) throw error
      await pause(wait, options.signal)
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
  })
}

/** Milliseconds Finch asks to wait, from `Retry-After` in seconds or as a date. */
function retryAfter(headers: Headers | undefined): number | null {
  const value = headers?.get('retry-after')
  if (value === null || value === undefined) return null
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : null
}

function causes(error: unknown): unknown[] {
  return error instanceof Error ? [error, ...causes(error.cause)] : []
}

const REDIRECTED = 'it redirects elsewhere, and secrets do not follow; check FINCHCONN_API_URL'

/** The innermost reason in a few words; never the SDK's own text, which may quote a request. */
function reason(error: Error): string {
  if (error instanceof Finch.APIConnectionTimeoutError) return 'it took too long'
  const codes = causes(error).map((one) => (one instanceof Error && 'code' in one ? String(one.code) : ''))
  const known: Record<string, string> = {
    ECONNREFUSED: 'the connection was refused',
    ENOTFOUND: 'the host is not found',
    EAI_AGAIN: 'the host name could not be looked up',
    ECONNRESET: 'the connection broke',
    UND_ERR_SOCKET: 'the connection broke',
    CERT_HAS_EXPIRED: "the server's certificate has expired",
  }
  const code = codes.find((one) => one !== '')
  if (code !== undefined) return known[code] ?? `the connection failed (${code})`
  const messages = causes(error).map((one) => (one instanceof Error ? one.message : ''))
  return messages.some((one) => one.includes('redirect')) ? REDIRECTED : 'the connection failed'
}
