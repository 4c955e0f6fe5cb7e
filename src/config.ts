/**
 * Settings: flag over environment over config file over default, read once, every mistake told together.
 * `Settings` is what was written down; `Config` is what was decided, frozen, each value with where it came from.
 */

import { existsSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { readConfigFile } from './config-file.ts'
import {
  checkAbsolute,
  checkHome,
  checkRobot,
  readCommand,
  readEnvironment,
  readRedirect,
  readUrl,
  readVault,
} from './config-values.ts'
import { closest, didYouMean } from './domain/closest.ts'
import type { Environment, VaultKind } from './domain/connection.ts'
import { DEFAULT_PRODUCTS, productMistakes } from './domain/products.ts'
import { EMULATOR_PROFILE } from './domain/profile.ts'
import { Secret } from './domain/secret.ts'
import { isOn } from './domain/switch.ts'
import { dataFolder } from './folders.ts'
import { Problem } from './problem.ts'
import { browserCommand } from './web/browser-command.ts'

export type Source = 'flag' | 'environment' | 'config file' | 'default' | 'profile'

export interface Flags {
  readonly profile?: string
  /** A command line; true: the system's browser; false: none. */
  readonly browser?: string | boolean
  readonly input?: boolean
  readonly debug?: boolean
}

export interface Config {
  readonly profile: string
  readonly home: string
  /** The profile's own folder: store, locks, emulator state. */
  readonly folder: string
  readonly environment: Environment
  readonly apiUrl: string
  readonly connectOrigin: string
  readonly clientId: string | null
  readonly clientSecret: Secret | null
  readonly redirectUri: string
  readonly products: readonly string[]
  /** What was asked for; null: what the store was created with. */
  readonly vault: VaultKind | null
  readonly vaultKeyFile: string | null
  readonly vaultKey: Secret | null
  /** A program that prints the key, as argv. */
  readonly vaultKeyCommand: readonly [string, ...string[]] | null
  /** The browser as argv; `robot` is the emulator's; null: the system's; `none`: only print the address. */
  readonly browser: readonly string[] | 'none' | null
  /** `BROWSER`, as it stands there: commands to try in turn before the system's own. */
  readonly usualBrowsers: string | null
  readonly noInput: boolean
  /** Calls to Finch are told on stderr. */
  readonly debug: boolean
  readonly sources: Readonly<Record<string, Source>>
}

export const FINCH_API = 'https://api.tryfinch.com'
export const FINCH_CONNECT = 'https://connect.tryfinch.com'
const DEFAULT_REDIRECT = 'http://localhost:4179/callback'

export interface ConfigInput {
  readonly flags: Flags
  readonly env: Readonly<Record<string, string | undefined>>
  /** `setup` may name a profile that does not exist yet. */
  readonly newProfile?: boolean
}

/** Decides every setting. Throws Problem 2 with all mistakes at once, or 3 for a profile nobody made. */
export function readConfig(input: ConfigInput): Config {
  const { config, mistakes } = decideConfig(input)
  if (mistakes.length > 0) throw badSettings(mistakes)
  return config
}

export function badSettings(mistakes: readonly string[]): Problem {
  return new Problem('usage', mistakes.join('; '), {
    code: 'bad_settings',
    hint: 'see each setting and where it comes from: finchconn config',
  })
}

/** The same without throwing for mistakes: a setting that is wrong stands at its default. */
export function decideConfig({ flags, env, newProfile = false }: ConfigInput): { config: Config; mistakes: string[] } {
  const mistakes: string[] = []
  const sources: Record<string, Source> = {}
  const home = homeOf(env)
  const saved = readConfigFile(home)

  const pick = <T>(name: string, candidates: readonly (readonly [Source, T | undefined])[]): T | undefined => {
    const found = candidates.find(([, value]) => value !== undefined)
    if (found !== undefined) sources[name] = found[0]
    return found?.[1]
  }
  const fromEnv = (name: string): string | undefined => {
    const value = env[name]?.trim()
    return value === undefined || value === '' ? undefined : value
  }
  const checked = <T>(read: () => T, fallback: T): T => {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      mistakes.push(error.message)
      return fallback
    }
  }

  const profile = pick('profile', [
    ['flag', flags.profile],
    ['environment', fromEnv('FINCHCONN_PROFILE')],
    ['default', 'default'],
  ]) as string
  checkProfile(profile, Object.keys(saved), newProfile)
  const file = saved[profile] ?? {}
  const emulated = profile === EMULATOR_PROFILE
  sources.home = env.FINCHCONN_HOME ? 'environment' : 'default'

  const setting = (name: string, variable: string, inFile: string | undefined, byDefault: string): string =>
    pick(name, [
      ['environment', fromEnv(variable)],
      ['config file', inFile],
      ['default', byDefault],
    ]) as string
  // The profile `emulator` brings its own Finch, credentials and vault key; only where it calls back is to be chosen.

  let environment: Environment = 'emulator'
  let apiUrl = ''
  let connectOrigin = ''
  if (emulated) {
    for (const name of ['environment', 'api_url', 'connect_url', 'client_id', 'client_secret', 'vault'])
      sources[name] = 'profile'
  } else {
    environment = checked(
      () => readEnvironment(setting('environment', 'FINCHCONN_ENVIRONMENT', file.environment, 'sandbox')),
      'sandbox',
    )
    apiUrl = checked(
      () => readUrl('FINCHCONN_API_URL', setting('api_url', 'FINCHCONN_API_URL', undefined, FINCH_API), false),
      FINCH_API,
    )
    connectOrigin = checked(
      () =>
        readUrl(
          'FINCHCONN_CONNECT_URL',
          setting('connect_url', 'FINCHCONN_CONNECT_URL', undefined, FINCH_CONNECT),
          true,
        ),
      FINCH_CONNECT,
    )
  }
  const redirectUri = checked(
    () => readRedirect(setting('redirect_uri', 'FINCHCONN_REDIRECT_URI', file.redirect_uri, DEFAULT_REDIRECT)),
    DEFAULT_REDIRECT,
  )
  const products = file.products ?? DEFAULT_PRODUCTS
  sources.products = file.products === undefined ? 'default' : 'config file'
  mistakes.push(...productMistakes(products))
  const vault = emulated
    ? 'sealed'
    : checked(
        () =>
          readVault(
            pick('vault', [
              ['environment', fromEnv('FINCHCONN_VAULT')],
              ['config file', file.vault],
            ]),
          ),
        null,
      )
  const secret = emulated ? undefined : fromEnv('FINCH_CLIENT_SECRET')
  if (secret !== undefined) sources.client_secret = 'environment'
  const key = emulated ? undefined : fromEnv('FINCHCONN_VAULT_KEY')
  if (fromEnv('FINCHCONN_DATABASE_URL') !== undefined) {
    mistakes.push('FINCHCONN_DATABASE_URL is set, but this version supports only a local SQLite store: unset it')
  }
  const browser = pick('browser', [
    ['flag', browserFlag(flags.browser)],
    ['environment', fromEnv('FINCHCONN_BROWSER') ?? (fromEnv('BROWSER') === 'none' ? 'none' : undefined)],
  ])
  checked(() => checkRobot(browser), undefined)
  const usualBrowsers = browser === undefined ? (fromEnv('BROWSER') ?? null) : null
  if (usualBrowsers !== null) sources.browser = 'environment'

  const keyCommandLine = emulated ? undefined : fromEnv('FINCHCONN_VAULT_KEY_COMMAND')
  const keyCommand =
    keyCommandLine === undefined
      ? undefined
      : checked(() => readCommand('FINCHCONN_VAULT_KEY_COMMAND', keyCommandLine), undefined)
  const keyFile = emulated
    ? join(home, profile, 'vault.key')
    : (fromEnv('FINCHCONN_VAULT_KEY_FILE') ??
      (key === undefined && keyCommand === undefined ? credentialFile(env) : undefined))
  checked(() => checkAbsolute('FINCHCONN_VAULT_KEY_FILE', keyFile), undefined)
  if (keyFile !== undefined) sources.vault_key_file = emulated ? 'profile' : 'environment'
  if (key !== undefined) sources.vault_key = 'environment'
  if (keyCommand !== undefined) sources.vault_key_command = 'environment'
  const noInput = flags.input === false || isOn(env.FINCHCONN_NO_INPUT) || isOn(env.CI)
  sources.no_input = flags.input === false ? 'flag' : noInput ? 'environment' : 'default'

  const debug = flags.debug === true || isOn(env.FINCHCONN_DEBUG)
  sources.debug = flags.debug === true ? 'flag' : debug ? 'environment' : 'default'

  const config = Object.freeze({
    profile,
    home,
    folder: join(home, profile),
    environment,
    apiUrl,
    connectOrigin,
    clientId: emulated
      ? null
      : (pick('client_id', [
          ['environment', fromEnv('FINCH_CLIENT_ID')],
          ['config file', file.client_id],
        ]) ?? null),
    clientSecret: secret === undefined ? null : new Secret(secret),
    redirectUri,
    products,
    vault,
    vaultKeyFile: keyFile ?? null,
    vaultKey: key === undefined ? null : new Secret(key),
    vaultKeyCommand: keyCommand ?? null,
    browser:
      browser === undefined || browser === 'system' ? null : browser === 'none' ? 'none' : browserCommand(browser),
    usualBrowsers,
    noInput,
    debug,
    sources,
  } satisfies Config)
  return { config, mistakes }
}

function browserFlag(flag: Flags['browser']): string | undefined {
  return flag === true ? 'system' : flag === false ? 'none' : flag
}

export function homeOf(env: ConfigInput['env']): string {
  const chosen = env.FINCHCONN_HOME?.trim()
  if (chosen) return checkHome(chosen)
  const folder = dataFolder(env)
  if (folder !== null) return folder
  throw new Problem('usage', 'no home folder: HOME is not set and the user database has no entry for this user', {
    code: 'no_home',
    hint: 'set FINCHCONN_HOME to the absolute path of a folder that this user can write to',
  })
}

/** A key for the sealed vault was set, so nobody has to be asked for a passphrase. */
export function keyIsGiven(config: Config): boolean {
  return config.vaultKeyFile !== null || config.vaultKey !== null || config.vaultKeyCommand !== null
}

/** What systemd's LoadCredential= and SetCredential= hand to a service under this name. */
const CREDENTIAL = 'finchconn.vault-key'

function credentialFile(env: ConfigInput['env']): string | undefined {
  const folder = env.CREDENTIALS_DIRECTORY
  if (!folder || !isAbsolute(folder)) return undefined
  const path = join(folder, CREDENTIAL)
  return existsSync(path) ? path : undefined
}

function checkProfile(profile: string, saved: readonly string[], newProfile: boolean): void {
  if (!/^[a-z0-9][a-z0-9_-]{0,31}$/.test(profile)) {
    throw new Problem('usage', 'a profile name has 1 to 32 lowercase letters, digits, "_" or "-"', {
      code: 'bad_profile',
    })
  }
  const known = ['default', EMULATOR_PROFILE, ...saved]
  if (newProfile || known.includes(profile)) return
  const near = closest(profile, known)
  throw new Problem('not_found', `profile "${profile}" not found`, {
    code: 'unknown_profile',
    hint: didYouMean(near, `create it: finchconn setup --profile ${profile}`),
  })
}
