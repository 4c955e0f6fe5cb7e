/** The way to Finch through an HTTP proxy. The one door to undici, loaded only where a proxy is set. */
import { type Dispatcher, fetch as fetchOverUndici, Pool, ProxyAgent } from 'undici'
import { PROXY_TROUBLE, type Send } from './line.ts'

/** The proxy itself is the reason why a call failed. Its words name its host, and never its user or password. */
class ProxyTrouble extends Error {
  override readonly name = PROXY_TROUBLE
}

export function sendThrough(proxy: URL): Send {
  const dispatcher = new ProxyAgent({
    uri: proxy.href,
    clientFactory: (origin, options) => new ProxyLine(proxy.host, origin, options),
  })
  // The same fetch as Node's own; mixing that one with another version's agent is what does not work.
  return ((input: string, init: RequestInit) =>
    fetchOverUndici(input, { ...init, dispatcher } as never)) as unknown as Send
}

/**
 * Connections to the proxy. Their errors become one kind that undici takes as final: it tries for ever to reach a proxy
 * that hangs up.
 */
class ProxyLine extends Pool {
  readonly #host: string

  constructor(host: string, origin: URL, options: object) {
    super(origin, options)
    this.#host = host
  }

  override connect(options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData>
  override connect(
    options: Dispatcher.ConnectOptions,
    callback: (error: Error | null, data: Dispatcher.ConnectData) => void,
  ): void
  override connect(options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> {
    return super.connect(options).then(
      (data) => {
        if (data.statusCode === 200) return data
        data.socket.on('error', () => {}).destroy()
        throw new ProxyTrouble(this.#refusal(data.statusCode))
      },
      (cause: unknown) => {
        const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
        throw new ProxyTrouble(`the proxy ${this.#host} cannot be reached${code}`, { cause })
      },
    )
  }

  #refusal(status: number): string {
    if (status === 407) return `the proxy ${this.#host} asks for a username and password (407)`
    if (status >= 500) return `the proxy ${this.#host} cannot reach it (${status})`
    return `the proxy ${this.#host} refuses to connect to it (${status})`
  }
}
