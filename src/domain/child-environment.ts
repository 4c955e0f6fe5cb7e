type Environment = Readonly<Record<string, string | undefined>>

const SECRETS = new Set([
  'FINCH_CLIENT_SECRET',
  'FINCH_WEBHOOK_SECRET',
  'FINCHCONN_VAULT_KEY',
  'FINCHCONN_DATABASE_URL',
])

/** What a program of the person's choice (a browser, a password manager) gets of our environment: all but our secrets. */
export function childEnvironment(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined && !SECRETS.has(pair[0])),
  )
}
