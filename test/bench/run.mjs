/**
 * Start-up, as ratios to bare node, taken in turn in one run so that whatever else the machine does falls on all alike.
 * `npm run bench` prints the table; the goals are the ones the project has set itself.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROUNDS = Number(process.env.ROUNDS ?? 25)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const BIN = join(ROOT, 'bin', 'finchconn.js')
const home = mkdtempSync(join(tmpdir(), 'finchconn-bench-'))

const base = {
  ...process.env,
  HOME: home,
  FINCHCONN_HOME: join(home, 'data'),
  FINCHCONN_REDIRECT_URI: 'http://localhost:41793/callback',
}
const emulator = { ...base, FINCHCONN_PROFILE: 'emulator' }

function run(args, env, options = {}) {
  const ran = spawnSync(process.execPath, args, { env, stdio: 'pipe', ...options })
  if (ran.status !== 0) throw new Error(`${args.join(' ')} ended with ${ran.status}: ${ran.stderr}`)
  return ran.stdout.toString()
}

function milliseconds(args, env) {
  const begun = performance.now()
  run(args, env)
  return performance.now() - begun
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]

/** One real connection, and 99 more like it, written straight into the store. */
async function fill() {
  run(
    [BIN, 'connect', '--customer', 'acme', '--create', '--provider', 'gusto', '--browser', 'robot', '--json'],
    emulator,
  )
  const { default: Database } = await import('better-sqlite3')
  const database = new Database(join(base.FINCHCONN_HOME, 'emulator', 'store.db'))
  const row = database.prepare('SELECT * FROM connections').get()
  const columns = Object.keys(row)
  const insert = database.prepare(`INSERT INTO connections (${columns}) VALUES (${columns.map((name) => `@${name}`)})`)
  for (let index = 1; index < 100; index += 1) {
    insert.run({
      ...row,
      connection_id: row.connection_id.replace(/^.{8}/, index.toString(16).padStart(8, '0')),
      alias: null,
    })
  }
  database.close()
}

/**
 * The same store with its token in the keychain: the row says so, and the token is put there by the tool's own helper.
 * Needs a Secret Service, such as `test/with-secret-service.sh npm run bench` gives.
 */
async function keychainEnvironment() {
  const { DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR } = process.env
  if (!DBUS_SESSION_BUS_ADDRESS) return null
  const [from, to] = ['emulator', 'default'].map((profile) => join(base.FINCHCONN_HOME, profile))
  cpSync(from, to, { recursive: true })
  const { default: Database } = await import('better-sqlite3')
  const database = new Database(join(to, 'store.db'))
  const token = 'a-token-for-measuring'
  const fingerprint = createHash('sha256').update(`finchconn/fingerprint/1${token}`).digest('hex').slice(0, 12)
  database.prepare("UPDATE facts SET value = 'keychain' WHERE name = 'vault'").run()
  database
    .prepare(
      "UPDATE connections SET environment = 'sandbox', origin = 'https://api.tryfinch.com', vault = 'keychain', fingerprint = ?",
    )
    .run(fingerprint)
  const service = `finchconn.default.${database.prepare("SELECT value FROM facts WHERE name = 'store_id'").pluck().get()}`
  const account = database.prepare("SELECT connection_id FROM connections WHERE alias = 'acme-main'").pluck().get()
  // A token is handed out only under the application it came to.
  const applications = database.prepare('SELECT DISTINCT client_id FROM flows').pluck().all()
  database.close()
  const application = { FINCH_CLIENT_ID: applications[0], FINCH_CLIENT_SECRET: 's' }
  const env = { ...base, DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR, ...application }
  const input = JSON.stringify({ id: 1, op: 'set', service, account, value: token })
  run([join(ROOT, 'dist', 'keychain-child.cjs')], env, { input })
  return env
}

await fill()
const cases = [
  ['node -e 0', ['-e', '0'], base, null],
  ['--version', [BIN, '--version'], base, 1.25],
  ['list of 100 connections', [BIN, 'list'], emulator, 1.6],
  ['token, sealed vault with a raw key', [BIN, 'token', 'acme-main'], emulator, 1.8],
]
const real = JSON.parse(run([BIN, 'list', '--json'], emulator)).connections.find(
  (one) => !/^000000/.test(one.connection_id),
)
run([BIN, 'rename', real.connection_id, 'acme-main'], emulator)
const keychain = await keychainEnvironment()
if (keychain === null)
  console.warn('SKIPPED: token from the keychain (no session bus; run it under test/with-secret-service.sh)')
else cases.push(['token, keychain', [BIN, 'token', 'acme-main'], keychain, 2.8])

const times = cases.map(() => [])
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [index, [, args, env]] of cases.entries()) times[index].push(milliseconds(args, env))
}
const bare = median(times[0])
console.log(`node ${process.versions.node}, median of ${ROUNDS}, in turn`)
for (const [index, [name, , , goal]] of cases.entries()) {
  const ratio = median(times[index]) / bare
  const verdict = goal === null ? '' : `goal ${goal}  ${ratio <= goal ? 'met' : 'NOT MET'}`
  console.log(`${name.padEnd(36)} ${median(times[index]).toFixed(0).padStart(5)} ms  ×${ratio.toFixed(2)}  ${verdict}`)
}
rmSync(home, { recursive: true, force: true })
