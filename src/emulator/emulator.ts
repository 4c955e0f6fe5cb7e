import type { AddressInfo } from 'node:net'
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import type { Hono } from 'hono'
import { apiRoutes } from './api.ts'
import type { Application } from './call.ts'
import { connectRoutes, isConnectPath } from './connect/routes.ts'
import { controlRoutes, isControlPath, type SeenRequest } from './controls.ts'
import { answerWithFault, type Fault, makeFaultQueue } from './faults.ts'
import { JOB_MS, settleJobs } from './jobs.ts'
import { DEFAULT_RULES, type EmulatorRules } from './rules.ts'
import { StateFailure } from './state-file.ts'
import { announcingWorld, type WebhookOptions, WebhookSender } from './webhooks.ts'
import { openWorld, type World } from './world.ts'

export type { SeenRequest } from './controls.ts'
export type { EmulatorRules } from './rules.ts'
export { StateFailure }

export const EMULATOR_CLIENT_ID = '5d0c1b9e-7f1a-4c3e-9b57-2f6f0a3d8e41'
export const EMULATOR_CLIENT_SECRET = 'finch-emulator-secret-not-a-real-one'

export interface EmulatorOptions {
  /** 0 or absent: any free port. */
  port?: number
  /** Where to listen, such as `0.0.0.0` for containers; links then name the address a request came to. Default: 127.0.0.1. */
  host?: string
  /** Absent: memory only. JSON with mode 0600 that remembers everything but requests and faults. */
  stateFile?: string
  /** Several processes may share a state file: every request's read-change-write runs inside this. Default: just run. */
  exclusively?: <T>(work: () => T) => T
  clientId?: string
  clientSecret?: string
  /** Who asks for access, on the pages of Connect. Default: `Example App`. */
  applicationName?: string
  /** Registered addresses, compared exactly. Default: `http://localhost:4179/callback`. */
  redirectUris?: readonly string[]
  /** Laid over the rules the state file remembers. */
  rules?: Partial<EmulatorRules>
  /** Absent: no webhooks. */
  webhooks?: WebhookOptions
  /** Milliseconds. Default: Date.now. */
  now?: () => number
}

export interface Emulator {
  /** Origin of both API and Connect, such as `http://127.0.0.1:54321`. */
  readonly url: string
  readonly port: number
  readonly clientId: string
  readonly clientSecret: string
  /** May be changed while it runs. */
  readonly rules: EmulatorRules
  fault(fault: Fault): void
  /** What was asked so far, oldest first; never bodies. */
  requests(): readonly SeenRequest[]
  /** Null where no webhooks are sent. */
  readonly webhooks: WebhookSender | null
  close(): Promise<void>
}

/** Starts the emulator; rejects when the port is taken or the state file cannot be used. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const now = options.now ?? Date.now
  const kept = openWorld(options)
  const webhooks = options.webhooks === undefined ? null : new WebhookSender(options.webhooks, kept, now)
  const world = announcingWorld(kept, webhooks)
  const faults = makeFaultQueue()
  const seen: SeenRequest[] = []
  const clientId = options.clientId ?? EMULATOR_CLIENT_ID
  const clientSecret = options.clientSecret ?? EMULATOR_CLIENT_SECRET

  let routesOf: (path: string) => Hono = () => {
    throw new Error('asked before the port was known')
  }
  const server = createAdaptorServer({
    fetch: async (request, env) => {
      const wire = env as HttpBindings
      const { pathname } = new URL(request.url)
      const work = async () => routesOf(pathname).fetch(request, env)
      const kind = isControlPath(pathname) ? undefined : faults.take(pathname)
      const at = now()
      const answer = kind === undefined ? await work() : await answerWithFault(kind, work, wire)
      const status = wire.incoming.socket.destroyed ? 0 : answer.status
      if (!isControlPath(pathname)) seen.push({ method: request.method, path: pathname, status, at })
      if (request.method !== 'GET' && answer.ok && MAKES_JOBS.test(pathname)) settling?.soon()
      return answer
    },
  })
  const port = await listen(server, options.port ?? 0, options.host ?? LOOPBACK)
  const url = `http://${nameOf(options.host ?? LOOPBACK)}:${port}`

  const application: Application = {
    clientId,
    clientSecret,
    redirectUris: options.redirectUris ?? ['http://localhost:4179/callback'],
    origin: url,
  }
  const applicationAt = (address: string): Application =>
    options.host === undefined ? application : { ...application, origin: new URL(address).origin }
  const api = apiRoutes(world, applicationAt, now)
  const connect = connectRoutes(world, options.applicationName ?? 'Example App', now)
  const controls = controlRoutes({ world, faults, requests: seen, webhooks, origin: url, now })
  const settling = webhooks === null ? null : settleInTime(world, now, url)
  webhooks?.wake()
  routesOf = (path) => {
    if (isControlPath(path)) return controls
    return isConnectPath(path) ? connect : api
  }

  return {
    url,
    port,
    clientId,
    clientSecret,
    rules: liveRules(world),
    fault: faults.add,
    requests: () => [...seen],
    webhooks,
    close: async () => {
      settling?.stop()
      await Promise.all([webhooks?.close(), closeServer(server)])
    },
  }
}

const MAKES_JOBS = /^\/(jobs\/automated|employer\/benefits)(\/|$)/

/** A timer may be a moment early by the clock. */
const TIMER_SLACK_MS = 50

/** Ends jobs when their time is over although nobody asks, for whoever waits for the webhook. */
function settleInTime(world: World, now: () => number, origin: string): { soon(): void; stop(): void } {
  const timers = new Set<NodeJS.Timeout>()
  return {
    soon: () => {
      const timer = setTimeout(() => {
        timers.delete(timer)
        try {
          world.change((state) => settleJobs(state, now(), origin))
        } catch (error) {
          // The next request says what is wrong with the state file.
          if (!(error instanceof StateFailure)) throw error
        }
      }, JOB_MS + TIMER_SLACK_MS)
      timers.add(timer)
    },
    stop: () => {
      for (const timer of timers) clearTimeout(timer)
    },
  }
}

type AdaptorServer = ReturnType<typeof createAdaptorServer>

const LOOPBACK = '127.0.0.1'

/** What a browser on this machine can open. */
function nameOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return LOOPBACK
  return host.includes(':') ? `[${host}]` : host
}

function listen(server: AdaptorServer, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

function closeServer(server: AdaptorServer): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)))
    // Idle keep-alive connections of clients would hold it open for seconds.
    if ('closeAllConnections' in server) server.closeAllConnections()
  })
}

/** Reads and writes go through the world, so that a rule set here is seen by every process on the state file. */
function liveRules(world: World): EmulatorRules {
  return new Proxy({ ...DEFAULT_RULES } as EmulatorRules, {
    get: (_, name) => world.change(({ rules }) => Reflect.get(rules, name)),
    set: (_, name, value) => world.change(({ rules }) => Reflect.set(rules, name, value)),
  })
}
