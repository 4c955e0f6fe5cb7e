/**
 * The user's folders. A path that is not absolute (empty, relative, or a literal `~`) is ignored, as the XDG base directory
 * specification says: taken as it is, it would name another folder for each working directory.
 */
import { platform, userInfo } from 'node:os'
import { isAbsolute, join } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

/** Null where neither the environment nor the user database names one: a container's user may have no entry there. */
export function homeFolder(env: Environment): string | null {
  return absolute(platform() === 'win32' ? env.USERPROFILE : env.HOME) ?? absolute(homeInUserDatabase())
}

/** Where the store goes by default. */
export function dataFolder(env: Environment): string | null {
  switch (platform()) {
    case 'win32':
      return below(absolute(env.LOCALAPPDATA) ?? below(homeFolder(env), 'AppData', 'Local'), 'finchconn', 'Data')
    case 'darwin':
      return below(homeFolder(env), 'Library', 'Application Support', 'finchconn')
    default:
      return below(absolute(env.XDG_DATA_HOME) ?? below(homeFolder(env), '.local', 'share'), 'finchconn')
  }
}

/** Where compiled code is kept. */
export function cacheFolder(env: Environment): string | null {
  return below(absolute(env.XDG_CACHE_HOME) ?? below(homeFolder(env), '.cache'), 'finchconn')
}

function absolute(path: string | null | undefined): string | null {
  return typeof path === 'string' && isAbsolute(path) ? path : null
}

function below(folder: string | null, ...names: string[]): string | null {
  return folder === null ? null : join(folder, ...names)
}

function homeInUserDatabase(): string | null {
  try {
    return userInfo().homedir
  } catch {
    return null
  }
}
