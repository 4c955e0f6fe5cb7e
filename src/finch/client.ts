/** Our calls to Finch: what is asked, and what comes of the answers. How it is asked is in sdk.ts. */
import type { Employee } from '../domain/employee.ts'
import type { Secret } from '../domain/secret.ts'
import {
  type Company,
  type ConnectSession,
  type Introspection,
  readCompany,
  readIntrospection,
  readSession,
} from './answers.ts'
import { type DirectoryPage, readDirectory, readEmployments, readIndividuals } from './employee-answers.ts'
import { EXCHANGE_MS } from './line.ts'
import { type FinchOptions, once, repeated, type SessionProducts } from './sdk.ts'

/** Pages and batches of people: larger, and perhaps fetched live. */
const DATA = { callMs: 120_000, largest: 32 * 1024 * 1024 }
const DIRECTORY_PAGE = 1_000
/** People in one individual or employment request; Finch takes ten thousand, a few hundred keep answers small. */
export const BATCH = 500

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

export type FinchClient = ReturnType<typeof finchClient>

/** Every method throws Problem: FinchRefusal when Finch said no, NoAnswer when it said nothing. */
export function finchClient(options: FinchOptions) {
  const application = () => ({ clientID: options.clientId, clientSecret: options.clientSecret.reveal() })
  const holder = (token: Secret) => ({ accessToken: token.reveal() })

  return {
    /** Not repeated: a session asked for twice may exist twice. */
    async createSession(wish: NewSession): Promise<ConnectSession> {
      const body = {
        customer_id: wish.customerId,
        customer_name: wish.customerName,
        products: wish.products as SessionProducts,
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
      return readSession(
        (await once(options, application(), (finch, extra) => finch.connect.sessions.new(body, extra))).body,
      )
    },

    async createReauthSession(wish: ReauthSession): Promise<ConnectSession> {
      const body = {
        connection_id: wish.connectionId,
        redirect_uri: wish.redirectUri,
        minutes_to_expire: wish.minutesToExpire,
      }
      return readSession(
        (await once(options, application(), (finch, extra) => finch.connect.sessions.reauthenticate(body, extra))).body,
      )
    },

    /**
     * One sending of the code. The whole raw body of a 2xx, unparsed: it is to be saved before it is understood.
     * Ctrl-C does not cut it short, since the token may already be on its way; its time is bounded all the same.
     */
    async exchangeCode(code: Secret, redirectUri: string): Promise<Buffer> {
      const untouched = { callMs: EXCHANGE_MS, ...options, signal: new AbortController().signal, sends: code }
      const answer = await once(untouched, application(), (finch, extra) =>
        finch.accessTokens.create(
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
        (await repeated({ ...options, sends: token }, holder(token), (finch, extra) => finch.account.introspect(extra)))
          .body,
      )
    },

    /** The employer behind a token; null while Finch has not read it yet (202). */
    async company(token: Secret, entityId: string | null, callMs: number): Promise<Company | null> {
      const query = entityId === null ? {} : { entity_ids: [entityId] }
      const answer = await repeated({ callMs, ...options, sends: token }, holder(token), (finch, extra) =>
        finch.hris.company.retrieve(query, extra),
      )
      return answer.status === 202 ? null : readCompany(answer.body)
    },

    /** One page of those who work there; null while Finch has not read them yet (202). */
    async directory(token: Secret, entityId: string | null, offset: number): Promise<DirectoryPage | null> {
      const query = { limit: DIRECTORY_PAGE, offset, ...(entityId === null ? {} : { entity_ids: [entityId] }) }
      const answer = await repeated({ ...DATA, ...options, sends: token }, holder(token), (finch, extra) =>
        finch.hris.directory.list(query, extra),
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
      const answer = await repeated({ ...DATA, ...options, sends: token }, holder(token), (finch, extra) =>
        finch.hris.individuals.retrieveMany(body, extra),
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
      const answer = await repeated({ ...DATA, ...options, sends: token }, holder(token), (finch, extra) =>
        finch.hris.employments.retrieveMany(body, extra),
      )
      return answer.status === 202 ? new Map() : readEmployments(answer.body)
    },

    /** Sandbox only: puts a connection into a status, to rehearse what follows. */
    async setSandboxStatus(token: Secret, status: string): Promise<void> {
      const body = { connection_status: status as 'connected' }
      await once({ ...options, sends: token }, holder(token), (finch, extra) =>
        finch.sandbox.connections.accounts.update(body, extra),
      )
    },
  }
}
