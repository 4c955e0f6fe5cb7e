/** Our calls to Finch: what is asked, and what comes of the answers. How it is asked is in sdk.ts. */
import { randomUUID } from 'node:crypto'
import type { Secret } from '../domain/secret.ts'
import { type ConnectSession, readSession } from './answers.ts'
import { EXCHANGE_MS } from './line.ts'
import { finchReader } from './reader.ts'
import { FinchRefusal } from './refusals.ts'
import { type FinchOptions, once, type SessionProducts } from './sdk.ts'

const CHECK_MS = 8_000

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

export interface ClientOptions extends FinchOptions {
  readonly clientId: string
  readonly clientSecret: Secret
}

/** Every method throws Problem: FinchRefusal when Finch said no, NoAnswer when it said nothing. */
export function finchClient(options: ClientOptions) {
  const application = () => ({ clientID: options.clientId, clientSecret: options.clientSecret.reveal() })

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

    /** Whether Finch takes the client id and secret. It asks about a connection that nobody has, which changes nothing. */
    async acceptsCredentials(): Promise<boolean> {
      const body = { connection_id: randomUUID() }
      try {
        await once({ ...options, callMs: CHECK_MS }, application(), (finch, extra) =>
          finch.connect.sessions.reauthenticate(body, extra),
        )
        return true
      } catch (error) {
        if (!(error instanceof FinchRefusal)) throw error
        if (error.status === 400 || error.status === 404) return true
        if (error.status === 401) return false
        throw error
      }
    },

    /**
     * One sending of the code. The whole raw body of a 2xx, unparsed: it is to be saved before it is understood.
     * Ctrl-C does not cut it short, since the token may already be on its way; its time is bounded all the same.
     */
    async exchangeCode(code: Secret, redirectUri: string): Promise<Buffer> {
      const untouched = {
        callMs: EXCHANGE_MS,
        ...options,
        signal: new AbortController().signal,
        sends: code,
        raw: true,
      }
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

    ...finchReader(options),
  }
}
