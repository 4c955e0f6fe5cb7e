/** What only root can set up: small disks, read-only mounts, and processes of users that have no account. */
import { execFileSync, spawnSync } from 'node:child_process'
import { folder, later } from './harness.ts'

const BEFORE = process.getuid?.() === 0 ? [] : ['sudo', '-n']

/** CI must be root or have sudo; elsewhere the suite is left out, loudly. */
export function rootOrSaySo(suite: string): boolean {
  const able = process.platform === 'linux' && spawnSync(words('true')[0], words('true').slice(1)).status === 0
  if (able || process.env.CI === 'true') return true
  console.warn(`SKIPPED: ${suite} (mounting takes root, or sudo without a password, on Linux)`)
  return false
}

/** A command line, run as root. */
function words(...command: [string, ...string[]]): [string, ...string[]] {
  return [...BEFORE, ...command] as [string, ...string[]]
}

export function asRoot(...command: [string, ...string[]]): void {
  const [file, ...args] = words(...command)
  execFileSync(file, args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

/** A disk of its own in memory, such as `300k`; unmounted after the test. */
export function smallDisk(size: string): string {
  const path = folder()
  const owner = `uid=${process.getuid?.()},gid=${process.getgid?.()}`
  asRoot('mount', '-t', 'tmpfs', '-o', `size=${size},mode=0700,${owner}`, 'none', path)
  later(() => asRoot('umount', '--lazy', path))
  return path
}

export function makeReadOnly(disk: string): void {
  asRoot('mount', '-o', 'remount,ro', disk)
}

/** The number of a user who has no entry in the user database. */
export const STRANGER = 12_345

/** Runs a command as the user of this number. */
export function runAs(uid: number, command: readonly string[], env: Readonly<Record<string, string>>) {
  const [file, ...args] = words(
    'setpriv',
    `--reuid=${uid}`,
    `--regid=${uid}`,
    '--clear-groups',
    '--',
    'env',
    '--ignore-environment',
    ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
    ...command,
  )
  return spawnSync(file, args, { encoding: 'utf8', cwd: '/' })
}

/** A folder that the user of this number owns. */
export function folderOf(uid: number): string {
  const path = folder()
  asRoot('chown', String(uid), path)
  later(() => asRoot('rm', '-rf', path))
  return path
}
