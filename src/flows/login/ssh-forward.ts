import { userInfo } from 'node:os'

/**
 * Over SSH the browser is on another machine, where `localhost` is another localhost: the command to run there, which
 * carries its port to ours. Null when nobody is logged in over SSH.
 */
export function remoteCommand(env: Readonly<Record<string, string | undefined>>, redirectUri: string): string | null {
  // client address, client port, server address, server port
  const [, , server, port] = (env.SSH_CONNECTION ?? '').split(' ')
  if (server === undefined || port === undefined) return null
  const callback = new URL(redirectUri).port || '80'
  const user = env.USER ?? env.LOGNAME ?? nameInUserDatabase() ?? 'USER'
  return `ssh -N -L ${callback}:localhost:${callback} ${port === '22' ? '' : `-p ${port} `}${user}@${server}`
}

/** A container's user may have no entry there. */
function nameInUserDatabase(): string | null {
  try {
    return userInfo().username
  } catch {
    return null
  }
}
