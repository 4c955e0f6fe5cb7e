/** A real HTTP proxy and a Finch that only it can reach: api.finch.test is in no name server. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, request } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { folder, later } from '../harness.ts'

export const FINCH_BEHIND_PROXY = 'https://api.finch.test'

export interface Proxy {
  readonly port: number
  /** Everything it was asked, as `CONNECT host:port` or `GET address`. */
  readonly asked: string[]
  /** What came as Proxy-Authorization. */
  readonly credentials: (string | undefined)[]
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket))
  later(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

/** Answers CONNECT with `status`, and for 200 leads to the port given, whatever the host is. */
export async function startProxy(status: number, target = 0): Promise<Proxy> {
  const asked: string[] = []
  const credentials: (string | undefined)[] = []
  const server = createServer((incoming, answer) => {
    asked.push(`${incoming.method} ${incoming.url}`)
    answer.writeHead(502).end()
  })
  server.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    asked.push(`CONNECT ${incoming.url}`)
    credentials.push(incoming.headers['proxy-authorization'])
    socket.on('error', () => {})
    if (status !== 200) return void socket.end(`HTTP/1.1 ${status} No\r\n\r\n`)
    const inner = connect(target, '127.0.0.1')
    inner.on('error', () => socket.destroy())
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    socket.pipe(inner).pipe(socket)
  })
  return { port: await listening(server), asked, credentials }
}

/** A proxy that hangs up on everybody. */
export async function startRudeProxy(): Promise<Proxy> {
  const asked: string[] = []
  const server = createTcpServer((socket) => {
    asked.push('hung up')
    socket.on('error', () => {}).destroy()
  })
  return { port: await listening(server), asked, credentials: [] }
}

/** TLS in front of an emulator; `certificate` is the file to trust. */
export async function overTls(port: number): Promise<{ port: number; certificate: string }> {
  const [key, certificate] = ['key.pem', 'cert.pem'].map((name) => join(folder(), name)) as [string, string]
  const words = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=api.finch.test`
  execFileSync(
    'openssl',
    [...words.split(' '), '-addext', 'subjectAltName=DNS:api.finch.test', '-keyout', key, '-out', certificate],
    { stdio: 'ignore' },
  )
  const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (incoming, answer) => {
    const { method, headers, url } = incoming
    const onward = request({ host: '127.0.0.1', port, path: url, method, headers }, (came) => {
      answer.writeHead(came.statusCode ?? 500, came.headers)
      came.pipe(answer)
    })
    incoming.pipe(onward)
  })
  return { port: await listening(server), certificate }
}
