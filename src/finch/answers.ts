/**
 * Finch's answers, from unknown JSON to checked values. Unknown fields and new enum words are tolerated, since Finch
 * adds some every month; a missing required field is named. Shapes: SDK 10.7 `CreateAccessTokenResponse`,
 * `Introspection`, `Company`.
 */
import * as v from 'valibot'
import type { AuthenticationMethod, Entity } from '../domain/connection.ts'
import { Secret } from '../domain/secret.ts'
import { Problem } from '../problem.ts'
import { redactor } from './redact.ts'

// Ids become file names, SQL keys and keychain accounts: UUIDs today, and in any case nothing beyond these characters.
// Vaults of earlier versions have entries of their own under the names that are left out.
export const id = v.pipe(
  v.string(),
  v.regex(/^(?!(?:flow|answer|client|probe|canary)\.)[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/, 'is not an id'),
)
const word = v.pipe(v.string(), v.minLength(1), v.maxLength(200))
export const orNull = <S extends v.GenericSchema>(schema: S) => v.optional(v.nullable(schema), null)
/** What only decorates an answer must not make it unreadable: anything but what it should be is null. */
export const ifReadable = <S extends v.GenericSchema>(schema: S) => v.fallback(orNull(schema), null)

const LONGEST_WORDS = 500
/** A name or message: shown and stored, and no longer than anybody reads. */
export const words = ifReadable(
  v.pipe(
    v.string(),
    v.transform((given) => (given.length > LONGEST_WORDS ? `${cut(given)}…` : given)),
  ),
)

/** Not in the middle of a character. */
function cut(given: string): string {
  return given.slice(0, LONGEST_WORDS).replace(/[\ud800-\udbff]$/, '')
}

/** The members of a list that are what they should be; none where there is no list. */
export const list = <S extends v.GenericSchema>(member: S) =>
  v.pipe(
    v.fallback(v.optional(v.nullable(v.array(v.unknown())), []), []),
    v.transform((members) =>
      (members ?? []).flatMap((one): v.InferOutput<S>[] => {
        const read = v.safeParse(member, one)
        return read.success ? [read.output] : []
      }),
    ),
  )

// A stored page shows customer_id as a JSON number.
const customerId = v.pipe(
  v.union([v.string(), v.number()]),
  v.transform((value) => String(value)),
)

/** A header is one line of visible ASCII: anything else in a token would be cut or refused later, in use. */
const accessToken = v.pipe(
  v.string(),
  v.regex(/^[\x21-\x7e]{1,2000}$/, 'is empty, too long, or has spaces'),
  v.transform((value) => new Secret(value)),
)

const tokenAnswer = v.object({
  access_token: accessToken,
  connection_id: id,
  client_type: word,
  provider_id: word,
  connection_type: ifReadable(word),
  products: list(word),
  entity_ids: list(id),
  customer_id: orNull(customerId),
  company_id: words,
})

export interface TokenAnswer {
  readonly token: Secret
  readonly connectionId: string
  readonly clientType: string
  readonly providerId: string
  readonly connectionType: string
  readonly products: readonly string[]
  readonly entityIds: readonly string[]
  readonly customerId: string | null
  readonly companyId: string | null
}

/**
 * Reads the raw body of `POST /auth/token`. Throws Problem 6 when it is not that answer. Wherever the token stands besides
 * its own field, or anything of `sent`, it is taken out before anything looks: those fields are shown and stored.
 */
export function readTokenAnswer(body: Buffer, sent: readonly Secret[] = []): TokenAnswer {
  refuseTwoTokens(body)
  const answer = check(tokenAnswer, withoutEchoes(parseJson(body, 'token'), sent), 'token')
  return {
    token: answer.access_token,
    connectionId: answer.connection_id,
    clientType: answer.client_type,
    providerId: answer.provider_id,
    connectionType: answer.connection_type ?? USUAL_TYPE,
    products: answer.products.map(bareProduct),
    entityIds: [...new Set(answer.entity_ids)],
    customerId: answer.customer_id,
    companyId: answer.company_id,
  }
}

/** Of two tokens in one answer nobody knows which one is meant, and a parser takes the last without a word. */
function refuseTwoTokens(body: Buffer): void {
  const given = body.toString('utf8').matchAll(/(?<!\\)"access_token"\s*:\s*("(?:[^"\\]|\\.)*")?/g)
  if (new Set([...given].map(([, token]) => token)).size > 1) throw unreadable('token', 'it gives two tokens')
}

function withoutEchoes(answer: unknown, sent: readonly Secret[]): unknown {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return answer
  const { access_token: token, ...others } = answer as Record<string, unknown>
  const secrets = typeof token === 'string' ? [new Secret(token), ...sent] : sent
  return { ...(redactor(secrets).value(others) as object), access_token: token }
}

const USUAL_TYPE = 'provider'

// `last_successful_sync` may be anything in Finch's document; so may all that only describes.
const status = ifReadable(v.object({ status: word, message: words, last_successful_sync: words }))

const introspection = v.object({
  connection_id: id,
  client_type: word,
  provider_id: word,
  connection_type: ifReadable(word),
  connection_status: status,
  products: list(word),
  customer_id: orNull(customerId),
  company_id: words,
  authentication_methods: list(v.object({ type: word, connection_status: status })),
  entities: ifReadable(v.array(v.unknown())),
})

const entities = list(v.object({ id, name: words, source_id: words, status: ifReadable(word) }))

export interface Introspection {
  readonly connectionId: string
  readonly clientType: string
  readonly providerId: string
  readonly customerId: string | null
  readonly companyId: string | null
  readonly connectionType: string
  readonly status: string
  readonly statusMessage: string | null
  readonly lastSuccessfulSync: string | null
  readonly products: readonly string[]
  /** Null where Finch says nothing of entities (single-entity connections may lack the list). */
  readonly entities: readonly Entity[] | null
  readonly authenticationMethods: readonly AuthenticationMethod[]
}

export function readIntrospection(body: Buffer): Introspection {
  const answer = check(introspection, parseJson(body, 'introspect'), 'introspect')
  return {
    connectionId: answer.connection_id,
    clientType: answer.client_type,
    providerId: answer.provider_id,
    customerId: answer.customer_id,
    companyId: answer.company_id,
    connectionType: answer.connection_type ?? USUAL_TYPE,
    status: answer.connection_status?.status ?? 'unknown',
    statusMessage: answer.connection_status?.message ?? null,
    lastSuccessfulSync: instant(answer.connection_status?.last_successful_sync ?? null),
    products: answer.products.map(bareProduct),
    entities: answer.entities === null ? null : readEntities(answer.entities),
    authenticationMethods: answer.authentication_methods.map((method) => ({
      type: method.type,
      status: method.connection_status?.status ?? null,
    })),
  }
}

function readEntities(given: readonly unknown[]): Entity[] {
  const read = v.parse(entities, given).map((one) => ({
    entityId: one.id,
    name: one.name,
    sourceId: one.source_id,
    status: one.status,
  }))
  return [...new Map(read.map((entity) => [entity.entityId, entity])).values()]
}

const company = v.object({ id: words, legal_name: words, ein: words })

export interface Company {
  readonly companyId: string | null
  readonly legalName: string | null
  readonly einEnding: string | null
}

export function readCompany(body: Buffer): Company {
  const answer = check(company, parseJson(body, 'company'), 'company')
  const digits = answer.ein?.replaceAll(/\D/g, '') ?? ''
  return { companyId: answer.id, legalName: answer.legal_name, einEnding: digits.length >= 4 ? digits.slice(-4) : null }
}

const session = v.object({ session_id: id, connect_url: v.pipe(v.string(), v.maxLength(2_000)) })

export interface ConnectSession {
  readonly sessionId: string
  readonly connectUrl: string
}

export function readSession(body: Buffer): ConnectSession {
  const answer = check(session, parseJson(body, 'session'), 'session')
  return { sessionId: answer.session_id, connectUrl: answer.connect_url }
}

/** Finch's error envelope, as far as it is there. */
export interface Refusal {
  readonly name: string | null
  readonly finchCode: string | null
  readonly message: string | null
  /** `connection_already_exists` names the connection that is in the way. */
  readonly connectionId: string | null
}

const refusal = v.object({
  name: words,
  finch_code: words,
  message: words,
  context: ifReadable(v.object({ connection_id: ifReadable(id) })),
})

export function readRefusal(body: unknown): Refusal {
  const read = v.safeParse(refusal, body)
  if (!read.success) return { name: null, finchCode: null, message: null, connectionId: null }
  const { name, finch_code, message, context } = read.output
  return { name, finchCode: finch_code, message, connectionId: context?.connection_id ?? null }
}

/** Older answers write `employer:company` for `company`. */
function bareProduct(product: string): string {
  return product.replace(/^employer:/, '')
}

/** ISO-8601 UTC, or null where Finch's text is no time. */
function instant(value: string | null): string | null {
  const time = value === null ? Number.NaN : Date.parse(value)
  return Number.isNaN(time) ? null : new Date(time).toISOString()
}

/** A byte order mark is no part of JSON, and some servers send one. */
export function parseJson(body: Buffer, what: string): unknown {
  try {
    return JSON.parse(body.toString('utf8').replace(/^\ufeff/, ''))
  } catch {
    // The parser's own message quotes the text, which may hold a token.
    throw unreadable(what, 'it is not JSON')
  }
}

export function check<S extends v.GenericSchema>(schema: S, value: unknown, what: string): v.InferOutput<S> {
  const read = v.safeParse(schema, value)
  if (read.success) return read.output
  const [issue] = read.issues
  const where = issue === undefined ? '' : (v.getDotPath(issue) ?? '')
  const how =
    issue?.kind === 'schema' && issue.received === 'undefined'
      ? 'is missing'
      : issue?.type === 'regex'
        ? issue.message
        : 'is not what it should be'
  throw unreadable(what, where === '' ? 'it has another shape' : `${where} ${how}`)
}

function unreadable(what: string, why: string): Problem {
  return new Problem('undetermined', `Finch's ${what} answer cannot be read: ${why}`, {
    code: 'unreadable_answer',
    hint: 'something between here and Finch may have answered in its place (a proxy, a portal); run it again',
  })
}
