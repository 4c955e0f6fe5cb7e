/** Which proxy the environment names for an address, as curl and Node read it. */
import { Problem } from '../problem.ts'

type Environment = Readonly<Record<string, string | undefined>>

const NAMES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'] as const

/** For an https address. Null where none is set, or NO_PROXY excepts it. Throws Problem 2 for one that is not http or https. */
export function proxyFor(target: URL, env: Environment): URL | null {
  const name = NAMES.find((one) => env[one])
  if (name === undefined || isExcepted(target, exceptions(env))) return null
  const value = String(env[name])
  const address = value.includes('://') ? value : `http://${value}`
  const proxy = URL.canParse(address) ? new URL(address) : null
  if (proxy !== null && ['http:', 'https:'].includes(proxy.protocol)) return proxy
  // Its value is not shown: it may hold a password.
  throw new Problem('usage', `${name} is not the address of an HTTP proxy`, {
    code: 'bad_settings',
    hint: `set it to http://HOST:PORT, or set NO_PROXY=${target.hostname} to go without`,
  })
}

function exceptions(env: Environment): string {
  return env.no_proxy ?? env.NO_PROXY ?? ''
}

/** NO_PROXY with the names of this machine: what stays on it never goes through a proxy. */
export function withThisMachine(env: Environment): string {
  return [exceptions(env), 'localhost', '127.0.0.1', '::1', '[::1]'].filter((one) => one !== '').join(',')
}

/** `*`, a host, or a domain with all below it, each with or without a port. */
function isExcepted({ hostname, port }: URL, list: string): boolean {
  return list.split(/[,\s]+/).some((entry) => {
    const [, name = '', itsPort] = /^(?:\*?\.)?(.+?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? []
    if (name === '' || (itsPort !== undefined && itsPort !== (port || '443'))) return false
    return name === '*' || hostname === name || hostname.endsWith(`.${name}`)
  })
}
