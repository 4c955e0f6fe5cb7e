/** The checks of single settings. Each throws Problem 2 with a sentence that names the setting. */
import { isAbsolute } from 'node:path'
import { parseArgsStringToArgv } from 'string-argv'
import { addressToShow } from './domain/address.ts'
import { isBlockedPort } from './domain/blocked-ports.ts'
import { ENVIRONMENTS, type Environment, type VaultKind } from './domain/connection.ts'
import { readRobotWords } from './emulator/robot-words.ts'
import { Problem } from './problem.ts'
import { browserCommand } from './web/browser-command.ts'

/** A mistyped word would log in as somebody else, or wait for nothing. */
export function checkRobot(browser: string | undefined): void {
  const [program, ...words] = browser === undefined ? [] : browserCommand(browser)
  if (program !== 'robot') return
  const answers = readRobotWords(words)
  if ('wrong' in answers) throw new Problem('usage', answers.wrong)
}

/** Split as a shell would, and run without one. */
export function readCommand(name: string, line: string): [string, ...string[]] {
  const [program, ...args] = parseArgsStringToArgv(line)
  if (!program) throw new Problem('usage', `${name} names no program`)
  return [program, ...args]
}

/** Any other path would mean another place in each working directory. */
export function checkAbsolute(name: string, path: string | undefined): void {
  if (path === undefined || isAbsolute(path)) return
  throw new Problem('usage', `${name} must be an absolute path, got ${path}`, { code: 'bad_settings' })
}

/** SQLite takes paths of about 500 bytes, and the store's files lie below this one. */
const LONGEST_HOME = 400

export function checkHome(path: string): string {
  checkAbsolute('FINCHCONN_HOME', path)
  const length = Buffer.byteLength(path)
  if (length <= LONGEST_HOME) return path
  throw new Problem('usage', `FINCHCONN_HOME is ${length} bytes long; SQLite takes at most ${LONGEST_HOME} here`, {
    code: 'bad_settings',
    hint: 'set it to a shorter path',
  })
}

export function readEnvironment(value: string): Environment {
  const found = ENVIRONMENTS.find((name) => name === value)
  if (found === undefined || found === 'emulator')
    throw new Problem('usage', `the environment must be sandbox, development or production, got ${value}`)
  return found
}

export function readVault(value: string | undefined): VaultKind | null {
  if (value === undefined) return null
  if (value !== 'keychain' && value !== 'sealed')
    throw new Problem('usage', `FINCHCONN_VAULT must be keychain or sealed, got ${value}`)
  return value
}

/** This machine: by name, or by any address of 127.0.0.0/8. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

/** Where the callback listens; another address of this machine would not be reached. */
const CALLBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]'])

function parseUrl(name: string, value: string): URL {
  if (!URL.canParse(value)) throw new Problem('usage', `${name} is not a URL: ${addressToShow(value)}`)
  return new URL(value)
}

function refuseBlockedPort(name: string, url: URL): void {
  if (url.port !== '' && isBlockedPort(Number(url.port)))
    throw new Problem('usage', `${name} has port ${url.port}, which browsers and HTTP clients refuse to open`)
}

/** Secrets go to these addresses: https, or http on this machine for an emulator. */
export function readUrl(name: string, value: string, originOnly: boolean): string {
  const url = parseUrl(name, value)
  const allowed = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
  if (!allowed)
    throw new Problem(
      'usage',
      `${name} must be https (or http on localhost, 127.0.0.0/8 or ::1), got ${addressToShow(value)}`,
    )
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new Problem(
      'usage',
      `${name} must be a plain URL, without user, password, "?" and "#", got ${addressToShow(value)}`,
    )
  refuseBlockedPort(name, url)
  return originOnly ? url.origin : `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

/** Checks a redirect URI. Throws Problem 2 for one that no browser can be sent to safely. */
export function readRedirect(value: string): string {
  const url = parseUrl('FINCHCONN_REDIRECT_URI', value)
  const allowed = url.protocol === 'https:' || (url.protocol === 'http:' && CALLBACK_HOSTS.has(url.hostname))
  if (url.port === '0') throw new Problem('usage', 'the redirect URI needs a port that can be registered, not 0')
  if (!allowed || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    throw new Problem(
      'usage',
      `the redirect URI must be http on localhost, or https, without user, password, "?" and "#", got ${addressToShow(value)}`,
    )
  }
  refuseBlockedPort('the redirect URI', url)
  return value
}
