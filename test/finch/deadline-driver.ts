/**
 * Every call of the client, in a process that collects garbage all the time. Bundled and started by the test: argv is the
 * address of a server and the milliseconds a call may take; each line on stdout is a call and how it ended.
 */
import { Secret } from '../../src/domain/secret.ts'
import { finchClient } from '../../src/finch/client.ts'
import { NoAnswer } from '../../src/finch/refusals.ts'

const [apiUrl = '', callMs] = process.argv.slice(2)
const client = finchClient({
  apiUrl,
  clientId: 'client',
  clientSecret: new Secret('secret'),
  signal: new AbortController().signal,
  callMs: Number(callMs),
})
const token = new Secret('token')
const session = {
  customerId: 'acme',
  customerName: 'Acme',
  customerEmail: null,
  products: ['company'],
  providerId: null,
  authMethod: null,
  manual: false,
  sandbox: null,
  redirectUri: 'http://localhost:1/callback',
  minutesToExpire: 5,
}
const calls: Record<string, () => Promise<unknown>> = {
  session: () => client.createSession(session),
  reauth: () => client.createReauthSession({ connectionId: 'c', redirectUri: session.redirectUri, minutesToExpire: 5 }),
  exchange: () => client.exchangeCode(new Secret('code'), session.redirectUri),
  introspect: () => client.introspect(token),
  company: () => client.company(token, null, 60_000),
  directory: () => client.directory(token, null, 0),
  individuals: () => client.individuals(token, null, ['a'], false),
  employments: () => client.employments(token, null, ['a']),
  status: () => client.setSandboxStatus(token, 'reauth'),
}

setInterval(() => globalThis.gc?.(), 20).unref()
if (globalThis.gc === undefined) throw new Error('this needs --expose-gc')
await Promise.all(
  Object.entries(calls).map(async ([name, call]) => {
    const how = await call().then(
      () => 'an answer',
      (error: unknown) =>
        error instanceof NoAnswer ? `${error.message}, ${error.answered ? 'answered' : 'silent'}` : String(error),
    )
    process.stdout.write(`${name}: ${how}\n`)
  }),
)
