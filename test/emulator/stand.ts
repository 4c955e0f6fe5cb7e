import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Finch from '@tryfinch/finch-api'
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/emulator.ts'
import { type RobotAnswers, type RobotResult, walkConnect } from '../../src/emulator/robot.ts'

/** An emulator with an application on the other side: a callback that takes codes, and the official SDK. */
export interface Stand {
  readonly emulator: Emulator
  readonly redirectUri: string
  /** The SDK as the application: client id and secret. */
  readonly finch: Finch
  /** The SDK with one connection's access token. */
  as(accessToken: string): Finch
  /** Opens a session for the customer acme, with what `session` says otherwise, and walks it. */
  walk(session: Partial<SessionParams>, answers?: RobotAnswers): Promise<RobotResult>
  /** Opens a session, walks it, exchanges the code. */
  connect(session?: Partial<SessionParams>, answers?: RobotAnswers): Promise<Connected>
  reauth(connectionId: string, answers?: RobotAnswers, products?: SessionParams['products']): Promise<Connected>
  close(): Promise<void>
}

export type SessionParams = Finch.Connect.SessionNewParams
export type Connected = Finch.CreateAccessTokenResponse

const ALL_DATA: SessionParams['products'] = ['company', 'directory', 'individual', 'employment']

export async function openStand(options: EmulatorOptions = {}): Promise<Stand> {
  const callback = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname === '/callback') response.writeHead(303, { location: '/done' }).end()
    else response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>ok</title><p>All done.')
  })
  await new Promise<void>((resolve) => callback.listen(0, '127.0.0.1', resolve))
  const redirectUri = `http://127.0.0.1:${(callback.address() as AddressInfo).port}/callback`
  const emulator = await startEmulator({ redirectUris: [redirectUri], ...options })
  const finch = new Finch({
    baseURL: emulator.url,
    clientID: emulator.clientId,
    clientSecret: emulator.clientSecret,
    maxRetries: 0,
  })

  async function walk(session: Partial<SessionParams>, answers?: RobotAnswers): Promise<RobotResult> {
    const { connect_url: address } = await finch.connect.sessions.new({
      customer_id: 'acme',
      customer_name: 'Acme, Inc.',
      products: ALL_DATA,
      sandbox: 'finch',
      redirect_uri: redirectUri,
      ...session,
    })
    return walkConnect(address, answers)
  }

  async function exchange(walked: RobotResult): Promise<Connected> {
    const code = new URL(walked.callback ?? 'http://nowhere').searchParams.get('code')
    if (code === null) throw new Error(`no code came back: ${walked.ended} at ${walked.address}: ${walked.text}`)
    return finch.accessTokens.create({ code, redirect_uri: redirectUri })
  }

  return {
    emulator,
    redirectUri,
    finch,
    as: (accessToken) => new Finch({ baseURL: emulator.url, accessToken, maxRetries: 0 }),
    walk,
    connect: async (session = {}, answers) => exchange(await walk(session, answers)),
    reauth: async (connectionId, answers, products) => {
      const session = await finch.connect.sessions.reauthenticate({
        connection_id: connectionId,
        redirect_uri: redirectUri,
        products: products ?? null,
      })
      return exchange(await walkConnect(session.connect_url, answers))
    },
    close: async () => {
      await emulator.close()
      callback.closeAllConnections()
      await new Promise((resolve) => callback.close(resolve))
    },
  }
}

/** One raw request to the emulator, with the version header unless `headers` says otherwise. */
export async function ask(
  emulator: Emulator,
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: unknown } = {},
): Promise<{ status: number; json: Record<string, unknown>; headers: Headers }> {
  const answer = await fetch(`${emulator.url}${path}`, {
    method,
    headers: { 'finch-api-version': '2020-09-17', ...options.headers },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  })
  return { status: answer.status, json: (await answer.json()) as Record<string, unknown>, headers: answer.headers }
}

export function basic(emulator: Emulator): Record<string, string> {
  const pair = Buffer.from(`${emulator.clientId}:${emulator.clientSecret}`).toString('base64')
  return { authorization: `Basic ${pair}` }
}

export function bearer(accessToken: string): Record<string, string> {
  return { authorization: `Bearer ${accessToken}` }
}
