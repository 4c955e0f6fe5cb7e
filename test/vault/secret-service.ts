/** A real Secret Service on a private bus, for one test file: gnome-keyring, unlocked, thrown away afterwards. */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../harness.ts'

const PATHS = ['/usr/bin', '/bin', '/usr/local/bin']
const has = (program: string) => PATHS.some((path) => existsSync(join(path, program)))

export const secretServiceParts = has('dbus-run-session') && has('dbus-send') && has('gnome-keyring-daemon')

export interface SecretService {
  /** What a process needs to reach it. */
  readonly env: Record<string, string>
  /** Locks the collection; its prompt cannot be shown, as on a server. */
  lock(): void
  /** Stops the daemon in its tracks, so that every call hangs. */
  freeze(): void
  thaw(): void
  stop(): Promise<void>
}

const NAMES = ['DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR', 'HOME', 'XDG_DATA_HOME']

/** CI must have the parts; elsewhere the suite is left out, loudly. */
export function secretServiceOrSaySo(suite: string): boolean {
  if (secretServiceParts || process.env.CI === 'true') return true
  console.warn(`SKIPPED: ${suite} (dbus or gnome-keyring is missing; test/setup.sh system names what to install)`)
  return false
}

export async function startSecretService(): Promise<SecretService> {
  const script = `for name in ${NAMES.join(' ')}; do echo "$name=\${!name}"; done; echo ready; exec cat`
  const child = spawn('bash', [join(ROOT, 'test', 'with-secret-service.sh'), 'bash', '-c', script], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const env = await new Promise<Record<string, string>>((resolve, reject) => {
    let heard = ''
    child.once('close', (code) => reject(new Error(`the Secret Service ended with ${code}`)))
    child.stdout.on('data', (words) => {
      heard += words
      if (!heard.includes('ready')) return
      resolve(
        Object.fromEntries(
          heard.split('\n').flatMap((line) => (/^\w+=/.test(line) ? [line.split(/=(.*)/s).slice(0, 2)] : [])),
        ),
      )
    })
  })
  const ask = (...args: string[]) =>
    execFileSync('dbus-send', ['--session', '--print-reply', ...args], {
      env: { ...process.env, ...env },
      encoding: 'utf8',
    })
  const daemon = Number(
    /uint32 (\d+)/.exec(
      ask(
        '--dest=org.freedesktop.DBus',
        '/',
        'org.freedesktop.DBus.GetConnectionUnixProcessID',
        'string:org.freedesktop.secrets',
      ),
    )?.[1],
  )
  return {
    env: { ...env, PATH: process.env.PATH ?? '' },
    lock: () =>
      void ask(
        '--dest=org.freedesktop.secrets',
        '/org/freedesktop/secrets',
        'org.freedesktop.Secret.Service.Lock',
        'array:objpath:/org/freedesktop/secrets/collection/login',
      ),
    freeze: () => void process.kill(daemon, 'SIGSTOP'),
    thaw: () => void process.kill(daemon, 'SIGCONT'),
    stop: () =>
      new Promise((resolve) => {
        child.removeAllListeners('close')
        child.once('close', () => resolve())
        child.stdin.end()
      }),
  }
}
