/** Our readers against Finch's own document: every example and error body in it, and what else it permits. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCompany, readIntrospection, readRefusal, readSession, readTokenAnswer } from '../../src/finch/answers.ts'
import { readDirectory, readEmployments, readIndividuals } from '../../src/finch/employee-answers.ts'
import { notYet, refused } from '../../src/finch/refusals.ts'
import { Problem } from '../../src/problem.ts'
import { truthOrSaySo } from '../truth.ts'
import { type FinchSchemas, permitted, type Schema } from './permitted.ts'

const FILE = truthOrSaySo("our readers against Finch's document", 'finch-openapi.json')
const document = FILE === null ? null : (JSON.parse(readFileSync(FILE, 'utf8')) as FinchSchemas)

type Read = (body: Buffer) => unknown

/** What we ask, and who reads the answer. */
const READERS: readonly (readonly [method: string, path: string, read: Read])[] = [
  ['post', '/connect/sessions', readSession],
  ['post', '/connect/sessions/reauthenticate', readSession],
  ['post', '/auth/token', (body) => readTokenAnswer(body)],
  ['get', '/introspect', readIntrospection],
  ['get', '/employer/company', readCompany],
  ['get', '/employer/directory', (body) => readDirectory(body, null)],
  ['post', '/employer/individual', readIndividuals],
  ['post', '/employer/employment', readEmployments],
]

/** With each of them some thousands together. */
const RUNS = 500

function responses(method: string, path: string): Record<string, Schema> {
  return (document?.paths[path]?.[method]?.responses ?? {}) as Record<string, Schema>
}

function json(response: Schema | undefined): Schema {
  const content = response?.content as Record<string, Schema> | undefined
  return content?.['application/json'] ?? {}
}

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value))

describe.skipIf(document === null)('what Finch documents is read', () => {
  it.each(READERS)('each example of %s %s', (method, path, read) => {
    for (const [status, response] of Object.entries(responses(method, path))) {
      const examples = Object.values((json(response).examples ?? {}) as Record<string, Schema>)
      for (const { value } of examples) {
        if (status === '200' || status === '201') expect(() => read(bytes(value))).not.toThrow()
      }
    }
  })

  it.each(READERS)('whatever is permitted for %s %s', (method, path, read) => {
    const all = responses(method, path)
    const schema = json(all['200'] ?? all['201']).schema as Schema
    const answers = permitted(document as FinchSchemas, schema)
    fc.assert(
      fc.property(answers, (answer) => {
        read(bytes(answer))
      }),
      { numRuns: RUNS },
    )
  })

  it('keeps every person of a batch that has a body', () => {
    const individual = (document as FinchSchemas).components.schemas.Individual as Schema
    const people = fc.array(permitted(document as FinchSchemas, individual), { maxLength: 5 })
    fc.assert(
      fc.property(people, (bodies) => {
        const responses = bodies.map((body, index) => ({ individual_id: `person-${index}`, code: 200, body }))
        expect(readIndividuals(bytes({ responses })).found.size).toBe(bodies.length)
      }),
      { numRuns: RUNS },
    )
  })
})

/** Everything documented as other than a success, of all operations: its status, its example, where it stands. */
function errors(): [where: string, status: number, body: unknown][] {
  return Object.entries(document?.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) =>
      Object.entries((operation.responses ?? {}) as Record<string, Schema>).flatMap(([status, response]) => {
        const code = Number(status)
        if (!Number.isFinite(code) || (code >= 200 && code < 300 && code !== 202)) return []
        const examples = Object.entries((json(response).examples ?? {}) as Record<string, Schema>)
        return examples.map(([name, { value }]): [string, number, unknown] => [
          `${method} ${path} ${status} ${name}`,
          code,
          value,
        ])
      }),
    ),
  )
}

describe.skipIf(document === null)('what Finch documents as an error', () => {
  it('is there to be tried', () => {
    expect(errors().length).toBeGreaterThan(20)
  })

  it('has its words read, and is a Problem of its status', () => {
    for (const [where, status, body] of errors()) {
      const refusal = readRefusal(body)
      const problem =
        status === 202 ? notYet(refusal, null) : refused({ status, refusal, requestId: null, retryAfterMs: null })
      expect(problem, where).toBeInstanceOf(Problem)
      const { message } = body as { message?: string }
      if (message !== undefined && status !== 202) expect(problem.message, where).toContain(message)
    }
  })

  it('is understood where it concerns us', () => {
    const meant: Record<string, string> = {
      'post /connect/sessions/reauthenticate 400 ConnectionNotFound': 'connection_not_found',
      'get /employer/company 202 DataSyncInProgress': 'data_sync_in_progress',
      'get /employer/company 202 AuthorizationPending': 'authorization_pending',
      'get /employer/company 202 AccountantSetupPending': 'accountant_setup_pending',
    }
    const understood = Object.fromEntries(
      errors()
        .filter(([where]) => where in meant)
        .map(([where, status, body]) => {
          const refusal = readRefusal(body)
          const problem =
            status === 202 ? notYet(refusal, null) : refused({ status, refusal, requestId: null, retryAfterMs: null })
          return [where, problem.code]
        }),
    )
    expect(understood).toEqual(meant)
  })
})

describe('odd answers', () => {
  const introspection = {
    connection_id: '11111111-2222-4333-8444-555555555555',
    client_type: 'sandbox',
    provider_id: 'gusto',
    products: [],
    connection_status: { status: 'connected' },
  }
  const oddities: [what: string, patch: object, read: object][] = [
    [
      'a time that is a number',
      { connection_status: { status: 'reauth', last_successful_sync: 1_700_000_000 } },
      { status: 'reauth', lastSuccessfulSync: null },
    ],
    [
      'a time of a method that is an object',
      {
        authentication_methods: [
          { type: 'oauth', connection_status: { status: 'connected', last_successful_sync: { at: 1 } } },
        ],
      },
      { authenticationMethods: [{ type: 'oauth', status: 'connected' }] },
    ],
    [
      'a message that is a list',
      { connection_status: { status: 'reauth', message: [] } },
      { status: 'reauth', statusMessage: null },
    ],
    ['products that are none', { products: 'company' }, { products: [] }],
    [
      'an entity without an id',
      { entities: [{ name: 'West' }, { id: 'e-1', status: 5 }] },
      { entities: [{ entityId: 'e-1', name: null, sourceId: null, status: null }] },
    ],
    ['no status', { connection_status: null }, { status: 'unknown' }],
  ]
  it.each(oddities)('%s', (_what, patch, read) => {
    expect(readIntrospection(bytes({ ...introspection, ...patch }))).toMatchObject(read)
  })

  const token = {
    access_token: 'token-1',
    connection_id: introspection.connection_id,
    client_type: 'sandbox',
    provider_id: 'gusto',
  }

  it('a byte order mark before a token', () => {
    const body = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes(token)])
    expect(readTokenAnswer(body).token.reveal()).toBe('token-1')
  })

  it('two tokens in one answer', () => {
    const body = Buffer.from(JSON.stringify(token).replace('{', '{"access_token":"token-2",'))
    expect(() => readTokenAnswer(body)).toThrow('it gives two tokens')
    const twice = Buffer.from(JSON.stringify(token).replace('{', '{"access_token":"token-1",'))
    expect(readTokenAnswer(twice).token.reveal()).toBe('token-1')
  })

  it('a name without end is kept as far as anybody reads', () => {
    expect(readCompany(bytes({ legal_name: 'x'.repeat(1_000_000) })).legalName?.length).toBeLessThan(600)
  })
})
