/** The keys of sealed vaults that finchconn does not only read: the one it makes for itself, and passphrases. */
import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, rmSync, writeFileSync } from 'node:fs'
import { Problem, systemProblem } from '../problem.ts'
import { newVaultKey } from './seal.ts'

/** Makes the key file of the profile `emulator` on first use: its tokens are not real. */
export function makeKeyFile(path: string): void {
  if (existsSync(path)) return
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  try {
    writeFileSync(draft, `${newVaultKey().reveal()}\n`, { mode: 0o600, flag: 'wx' })
    // It appears whole, and the first of several processes wins.
    linkSync(draft, path)
  } catch (error) {
    if (!existsSync(path)) throw systemProblem(error, path) ?? error
  } finally {
    rmSync(draft, { force: true })
  }
}

const SHORTEST_PASSPHRASE = 12
const COMMON = ['password', '123456', 'qwerty', 'letmein', 'welcome', 'iloveyou', 'abc123', 'finchconn', 'changeme']

/** Throws Problem 2 for a passphrase that would be guessed first. */
export function checkPassphrase(passphrase: string): void {
  const normal = passphrase.normalize('NFC')
  const weak = COMMON.some((word) => normal.toLowerCase().replaceAll(/[\d\W_]+$/g, '') === word)
  if ([...normal].length < SHORTEST_PASSPHRASE || weak || new Set(normal).size < 5) {
    throw new Problem(
      'usage',
      `a passphrase must have at least ${SHORTEST_PASSPHRASE} characters and not be a common one`,
      {
        code: 'passphrase_weak',
      },
    )
  }
}
