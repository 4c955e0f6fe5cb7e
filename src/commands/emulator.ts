import { type Command, InvalidArgumentError, Option } from 'commander'
import { stateProblem } from '../app.ts'
import { isBlockedPort } from '../domain/blocked-ports.ts'
import { isWebhookSecret } from '../emulator/webhook-signature.ts'
import type { WebhookOptions } from '../emulator/webhooks.ts'
import { Problem } from '../problem.ts'
import { bold, dim, text } from '../terminal/text.ts'
import { type Context, value } from './context.ts'
import { examples } from './manners.ts'

interface EmulatorFlags {
  readonly port: number
  readonly state?: string
  readonly redirectUri?: string[]
  readonly appName?: string
  readonly alreadyExists?: 'customer' | 'customer_provider' | 'never'
  readonly oldToken?: 'works' | 'refused'
  readonly versionHeader?: 'required' | 'optional'
  readonly missingEntity?: 'first' | 'refuse'
  readonly host?: string
  readonly webhookUrl?: string
  readonly webhookSecret?: string
  readonly echoState: boolean
  readonly rateLimits: boolean
  readonly json?: boolean
}

export function emulatorCommand({ command, host, terminal }: Context): Command {
  return command('emulator')
    .description(
      "Serves Finch's API and Finch Connect's pages on 127.0.0.1 until Ctrl-C. Point any Finch SDK at it. Made for tests of your own integration: nothing in it is real, and it talks to nobody but the webhook address you name. Log in as good_user with the password good_pass, mfa or multi_entity, or with the API token good_token; good_user_2 and good_token_2 are accounts of another employer.",
    )
    .option('--port <number>', 'where to listen; 0 takes any free port', readPort, 4180)
    .option('--host <address>', 'where to listen (default: 127.0.0.1); 0.0.0.0 lets containers in', value('--host'))
    .option('--state <file>', 'keep all state in this file (default: memory only)', value('--state'))
    .option(
      '--redirect-uri <address>',
      'a redirect URI to register; may be repeated',
      (one: string, all: string[] | undefined) => [...(all ?? []), readRedirectUri(one)],
    )
    .option(
      '--app-name <name>',
      "the application's name on the pages of Connect (default: Example App)",
      value('--app-name'),
    )
    .addOption(
      new Option('--already-exists <scope>', 'when a second session is refused').choices([
        'customer',
        'customer_provider',
        'never',
      ]),
    )
    .addOption(
      new Option('--old-token <behavior>', 'what happens to the old token after a reauth').choices([
        'works',
        'refused',
      ]),
    )
    .addOption(
      new Option('--version-header <rule>', 'whether calls without Finch-API-Version are refused').choices([
        'required',
        'optional',
      ]),
    )
    .addOption(
      new Option('--missing-entity <rule>', 'what a multi-entity token gets when no entity is named').choices([
        'first',
        'refuse',
      ]),
    )
    .option('--webhook-url <address>', 'send signed webhooks there (default: none)', readWebhookUrl)
    .option(
      '--webhook-secret <base64>',
      'the secret webhooks are signed with (default: a fixed one)',
      readWebhookSecret,
    )
    .option('--no-echo-state', 'leave `state` out of the redirect')
    .option('--no-rate-limits', 'turn rate limits off')
    .option('--json', 'print one JSON document when ready')
    .addHelpText('after', examples('finchconn emulator', 'finchconn emulator --port 0 --json'))
    .action(async (flags: EmulatorFlags) => {
      if (flags.webhookSecret !== undefined && flags.webhookUrl === undefined)
        throw new Problem('usage', '--webhook-secret needs --webhook-url', { code: 'bad_flags' })
      const { startEmulator } = await import('../emulator/emulator.ts')
      const emulator = await startEmulator({
        port: flags.port,
        ...credentialsFrom(host.env),
        ...(flags.host === undefined ? {} : { host: flags.host }),
        ...(flags.state === undefined ? {} : { stateFile: flags.state }),
        ...(flags.redirectUri === undefined ? {} : { redirectUris: flags.redirectUri }),
        ...(flags.webhookUrl === undefined ? {} : { webhooks: webhooksFrom(flags.webhookUrl, flags.webhookSecret) }),
        ...(flags.appName === undefined ? {} : { applicationName: flags.appName }),
        rules: {
          ...(flags.alreadyExists === undefined ? {} : { alreadyExists: flags.alreadyExists }),
          ...(flags.oldToken === undefined ? {} : { oldToken: flags.oldToken }),
          ...(flags.versionHeader === undefined ? {} : { versionHeader: flags.versionHeader }),
          ...(flags.missingEntity === undefined ? {} : { missingEntity: flags.missingEntity }),
          echoState: flags.echoState,
          rateLimits: flags.rateLimits,
        },
      }).catch((error: unknown) => {
        throw listenProblem(stateProblem(error), flags)
      })
      const settings = {
        FINCHCONN_API_URL: emulator.url,
        FINCHCONN_CONNECT_URL: emulator.url,
        FINCH_CLIENT_ID: emulator.clientId,
        FINCH_CLIENT_SECRET: emulator.clientSecret,
        ...(emulator.webhooks === null ? {} : { FINCH_WEBHOOK_SECRET: emulator.webhooks.secret }),
      }
      if (flags.json)
        terminal.json({
          url: emulator.url,
          port: emulator.port,
          client_id: emulator.clientId,
          client_secret: emulator.clientSecret,
          webhook_url: flags.webhookUrl ?? null,
          webhook_secret: emulator.webhooks?.secret ?? null,
        })
      else {
        for (const [name, setting] of Object.entries(settings)) terminal.result(text`export ${name}=${quoted(setting)}`)
        terminal.say(text`A Finch emulator is listening on ${bold(emulator.url)}. Ctrl-C ends it.`)
        terminal.say(dim(text`Nothing in it is real: its credentials and tokens work nowhere else.`))
      }
      await new Promise<void>((resolve) => {
        if (host.signal.aborted) resolve()
        host.signal.addEventListener('abort', () => resolve(), { once: true })
      })
      await emulator.close()
    })
}

/** As a shell wants it typed. */
function quoted(word: string): string {
  return /^[\w./:=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** Client id and secret for applications that have theirs fixed. Made up or not, a secret is no argument. */
function credentialsFrom(env: NodeJS.ProcessEnv): { clientId?: string; clientSecret?: string } {
  const clientId = env.FINCHCONN_EMULATOR_CLIENT_ID || undefined
  const clientSecret = env.FINCHCONN_EMULATOR_CLIENT_SECRET || undefined
  if (clientId?.includes(':'))
    throw new Problem('usage', 'FINCHCONN_EMULATOR_CLIENT_ID contains a colon, which HTTP Basic does not allow', {
      code: 'bad_client_id',
      hint: 'use one without a colon',
    })
  return {
    ...(clientId === undefined ? {} : { clientId }),
    ...(clientSecret === undefined ? {} : { clientSecret }),
  }
}

function listenProblem(error: unknown, { port, host }: EmulatorFlags): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EINVAL'].includes(code))
    return new Problem('usage', `this machine has no address ${host}`, {
      code: 'bad_host',
      hint: 'leave --host out to listen on 127.0.0.1, or give 0.0.0.0 for every address of this machine',
      cause: error,
    })
  if (!['EADDRINUSE', 'EACCES'].includes(code)) return error
  return new Problem('conflict', `port ${port} is in use or you don't have permission to use it`, {
    code: 'port_taken',
    hint: 'choose another port; finchconn emulator --port 0 picks a free one',
    cause: error,
  })
}

function webhooksFrom(url: string, secret: string | undefined): WebhookOptions {
  return secret === undefined ? { url } : { url, secret }
}

function readWebhookUrl(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new InvalidArgumentError('a webhook address begins with http:// or https:// and names no user.')
  refuseBlockedPort(Number(url.port || DEFAULT_HTTP_PORT))
  return given
}

function readWebhookSecret(given: string): string {
  if (!isWebhookSecret(given)) throw new InvalidArgumentError('a webhook secret is base64: openssl rand -base64 32')
  return given
}

function readRedirectUri(given: string): string {
  if (!/^https?:\/\//.test(given) || !URL.canParse(given))
    throw new InvalidArgumentError('a redirect URI begins with http:// or https://.')
  refuseBlockedPort(Number(new URL(given).port || DEFAULT_HTTP_PORT))
  return given
}

function readPort(given: string): number {
  const port = Number(given)
  if (!/^\d{1,5}$/.test(given) || port > 65_535) throw new InvalidArgumentError('a port is a number from 0 to 65535.')
  if (port !== ANY_FREE_PORT) refuseBlockedPort(port)
  return port
}

const ANY_FREE_PORT = 0
const DEFAULT_HTTP_PORT = 80

function refuseBlockedPort(port: number): void {
  if (isBlockedPort(port))
    throw new InvalidArgumentError(`browsers and HTTP clients refuse to open port ${port}; choose another.`)
}
