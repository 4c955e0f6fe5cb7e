/** The one door to better-sqlite3: whatever keeps its native part from loading is said with the cure. */
import { createRequire } from 'node:module'
import { dirname, sep } from 'node:path'
import { versions } from 'node:process'
import type BetterSqlite3 from 'better-sqlite3'
import { Problem } from '../problem.ts'

export type Sqlite = BetterSqlite3.Database

const ENGINE = 'better-sqlite3'
/** Version 13 calls functions of this Node-API; an older Node ends with a segmentation fault instead of an error. */
const NODE_API_OF_13 = 10

const require = createRequire(import.meta.url)

/** Opens a database file or a serialized database. Throws Problem 7 where the engine is missing or made for another Node. */
export function openEngine(database: string | Buffer, options: BetterSqlite3.Options = {}): Sqlite {
  refuseCrash()
  try {
    const Engine = require(ENGINE) as typeof BetterSqlite3
    return new Engine(database, options)
  } catch (error) {
    throw engineTrouble(error)
  }
}

function refuseCrash(): void {
  if (Number(versions.napi) >= NODE_API_OF_13) return
  const version = installedVersion()
  if (version === null || Number(version.split('.')[0]) < 13) return
  throw new Problem('unavailable', `the database engine ${ENGINE} ${version} does not run on Node ${versions.node}`, {
    code: 'engine_mismatch',
    hint: `use Node 22.14 or later (nvm install 22), or install it again for this Node: ${reinstallCommand()}`,
  })
}

function installedVersion(): string | null {
  try {
    return String((require(`${ENGINE}/package.json`) as { version: unknown }).version)
  } catch {
    return null
  }
}

/** Loading fails in the constructor with version 12 and in `require` with version 13. */
function engineTrouble(error: unknown): unknown {
  const words = error instanceof Error ? error.message : ''
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ERR_DLOPEN_FAILED') {
    const built = words.includes('NODE_MODULE_VERSION')
    return new Problem(
      'unavailable',
      built
        ? `the database engine ${ENGINE} was built for another Node than ${versions.node}`
        : `the database engine ${ENGINE} cannot be loaded on this system`,
      {
        code: 'engine_mismatch',
        hint: `${built ? 'switch back to that Node (nvm use), or rebuild' : 'rebuild'} it for this one: ${rebuildCommand()}`,
        cause: error,
      },
    )
  }
  if (code !== 'MODULE_NOT_FOUND' && !words.includes('bindings file') && !words.includes('prebuilds')) return error
  return new Problem('unavailable', `the database engine ${ENGINE} is not installed completely`, {
    code: 'engine_missing',
    hint:
      engineFolder() === null
        ? 'reinstall finchconn, with its dependencies'
        : `its install script was blocked or failed; run it now: ${rebuildCommand()}`,
    cause: error,
  })
}

/** Runs the engine's own build by name, which no package manager blocks. */
function rebuildCommand(): string {
  const script = Number(installedVersion()?.split('.')[0]) < 13 ? 'install' : 'build-release'
  return `npm --prefix "${engineFolder()}" run ${script}`
}

function engineFolder(): string | null {
  try {
    return dirname(require.resolve(`${ENGINE}/package.json`))
  } catch {
    return null
  }
}

/** npm picks the version that fits Node; pnpm takes the newest unless another one stands beside it. */
function reinstallCommand(): string {
  return engineFolder()?.includes(`${sep}.pnpm${sep}`)
    ? `pnpm add --global ${ENGINE}@12 --allow-build=${ENGINE} finchconn`
    : 'npm install --global finchconn'
}
