/** Where the sealed vault's key comes from: a key file, a variable, or a passphrase typed by a person. */
import { closeSync, constants, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { Secret } from '../domain/secret.ts'
import { Problem } from '../problem.ts'
import { newVaultKey } from './seal.ts'

const LARGEST_KEY_FILE = 4_096

/** Reads a key file; one that others may read is refused, since it opens every token. */
export function readKeyFile(path: string, platform: string): Secret {
  const refuse = (message: string, hint: string, cause?: unknown) =>
    new Problem('unavailable', message, { code: 'vault_key_file', hint, cause })
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (cause) {
    throw refuse(`the vault key file ${path} cannot be read`, 'check FINCHCONN_VAULT_KEY_FILE', cause)
  }
  try {
    const facts = fstatSync(file)
    if (!facts.isFile() || facts.size > LARGEST_KEY_FILE)
      throw refuse(`${path} is not a vault key file`, 'it holds one line, made with: finchconn vault keygen')
    if (platform !== 'win32' && (facts.mode & 0o077) !== 0)
      throw refuse(`the vault key file ${path} may be read by others`, `chmod 600 ${path}`)
    return new Secret(readFileSync(file, 'utf8').trim())
  } finally {
    closeSync(file)
  }
}

/** The key file of the profile `emulator`, made on first use: its tokens are not real. */
export function ownKeyFile(path: string, platform: string): Secret {
  try {
    writeFileSync(path, `${newVaultKey().reveal()}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  return readKeyFile(path, platform)
}

const SHORTEST_PASSPHRASE = 12
const COMMON = ['password', '123456', 'qwerty', 'letmein', 'welcome', 'iloveyou', 'abc123', 'finchconn', 'changeme']

/** Throws Problem 2 for a passphrase that would be guessed first. */
export function checkPassphrase(passphrase: string): void {
  const normal = passphrase.normalize('NFC')
  const weak = COMMON.some((word) => normal.toLowerCase().replaceAll(/[\d\W_]+$/g, '') === word)
  if ([...normal].length < SHORTEST_PASSPHRASE || weak || new Set(normal).size < 5) {
    throw new Problem('usage', `a passphrase has at least ${SHORTEST_PASSPHRASE} characters and is not a common one`, {
      code: 'passphrase_weak',
    })
  }
}
