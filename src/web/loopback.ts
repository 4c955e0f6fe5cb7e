/** Listening on this machine only, and staying reachable whoever else opens connections here. */
import { Agent, createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Problem } from '../problem.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

const HINT =
  'end the program that uses it, or set FINCHCONN_REDIRECT_URI to another port and register that address at Finch'

/** Connections per address that have not asked anything yet; a browser asks within milliseconds. */
const MOST_SILENT = 512

/**
 * Both loopback addresses, exclusively: with only one of them bound, another program can take the other and receive the
 * code, since browsers choose either for `localhost`. A machine without IPv6 has only the one.
 */
export async function listenOnLoopback(port: number, answer: Answer): Promise<Server[]> {
  const servers: Server[] = []
  for (const host of ['127.0.0.1', '::1']) {
    const server = createServer(
      {
        maxHeaderSize: 32 * 1024,
        requestTimeout: 30_000,
        headersTimeout: 10_000,
        keepAliveTimeout: 1,
        connectionsCheckingInterval: 1_000,
      },
      answer,
    )
    closeSilentSockets(server)
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen({ host, port, exclusive: true, ipv6Only: host === '::1', backlog: 4_096 }, resolve)
      })
      servers.push(server)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : ''
      if (host === '::1' && servers.length > 0 && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')) continue
      await closeAll(servers)
      throw portProblem(port, String(code), error)
    }
  }
  return servers
}

/** Anybody on this machine can open thousands of connections and say nothing; the oldest of those give way to new ones. */
function closeSilentSockets(server: Server): void {
  const silent = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    silent.add(socket)
    socket.once('close', () => silent.delete(socket))
    const [oldest] = silent
    if (silent.size > MOST_SILENT) oldest?.destroy()
  })
  server.prependListener('request', (request: IncomingMessage) => silent.delete(request.socket))
}

function portProblem(port: number, code: string, cause: unknown): Problem {
  if (code === 'EADDRINUSE')
    return new Problem('conflict', `port ${port} is in use by another process`, {
      code: 'port_taken',
      hint: HINT,
      cause,
    })
  return new Problem('failed', `cannot listen on port ${port} (${code})`, { code: 'port_unusable', hint: HINT, cause })
}

/** Asks through the very name the browser will use: whoever answers there must be us. */
export async function proveReachable(url: string, nonce: string): Promise<void> {
  const { origin } = new URL(url)
  const seen = await read(url).catch((error: unknown) => {
    throw new Problem('failed', `this machine cannot reach itself at ${origin}`, {
      code: 'callback_unreachable',
      hint: 'check that "localhost" means this machine (hosts file)',
      cause: error,
    })
  })
  if (seen === nonce) return
  throw new Problem('conflict', `another program answers at ${origin}`, { code: 'port_taken', hint: HINT })
}

/** Over an agent of its own: the general ones may send even this through a proxy, which no browser does for localhost. */
function read(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: new Agent(), signal: AbortSignal.timeout(5_000) }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        body += chunk
        if (body.length > 1_000) response.destroy()
      })
      response.once('close', () => resolve(body))
    })
    request.once('error', reject)
  })
}

export async function closeAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(
    servers.map(
      (server) =>
        new Promise<void>((resolve) => {
          server.close(() => resolve())
          server.closeAllConnections()
        }),
    ),
  )
}
