import { type Command, Option } from 'commander'
import { type App, CLIENT_SECRET_ORIGIN, type Host } from '../app.ts'
import { type Config, readConfig } from '../config.ts'
import { saveProfile } from '../config-file.ts'
import { readRedirect } from '../config-values.ts'
import type { Environment, VaultKind } from '../domain/connection.ts'
import { Problem } from '../problem.ts'
import { bold, dim, green, text, yellow } from '../terminal/text.ts'
import { CLIENT_SECRET_NAME } from '../vault/own-names.ts'
import { proveVault, putProven } from '../vault/prove.ts'
import { type Context, value } from './context.ts'
import { examples } from './manners.ts'
import { type Answers, checkClientId, checkProducts, type Gathering, gather, type Known } from './setup-answers.ts'

interface SetupFlags {
  readonly environment?: Environment
  readonly clientId?: string
  readonly clientSecretStdin?: boolean
  readonly redirectUri?: string
  readonly products?: string
  readonly vault?: VaultKind
  readonly json?: boolean
}

export function setupCommand(context: Context): Command {
  return context
    .command('setup')
    .description(
      'Prompts for anything not given by flags. The client secret is read from a prompt or from stdin, never from a flag, and is kept in the vault. Where FINCH_CLIENT_ID and FINCH_CLIENT_SECRET are set, no setup is needed.',
    )
    .addOption(
      new Option('--environment <name>', 'which of your Finch applications').choices([
        'sandbox',
        'development',
        'production',
      ]),
    )
    .option('--client-id <id>', 'its client id, from the Finch dashboard', value('--client-id'))
    .option('--client-secret-stdin', 'read its client secret from stdin')
    .option(
      '--redirect-uri <address>',
      'the redirect URI registered there (default: http://localhost:4179/callback)',
      value('--redirect-uri'),
    )
    .option('--products <list>', 'products to request by default, comma-separated', value('--products'))
    .addOption(new Option('--vault <kind>', 'where tokens are kept').choices(['keychain', 'sealed']))
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      examples(
        'finchconn setup',
        'finchconn setup --profile live --environment production',
        'finchconn setup --client-id 1f2e --client-secret-stdin < secret.txt',
      ),
    )
    .action((flags: SetupFlags) => runSetup(context, flags))
}

/** An answer that turns out wrong is asked for again; the others hold. */
export async function runSetup(context: Context, flags: SetupFlags): Promise<void> {
  const { host, prompts, terminal } = context
  const known = fromFlags(flags)
  const wrong = new Set<keyof Answers>()
  for (;;) {
    try {
      return await setUp(context, flags, { known, wrong })
    } catch (error) {
      const name = error instanceof Problem && prompts.available ? wrongAnswer(error, host.env) : null
      if (name === null) throw error
      terminal.say(yellow(text`${(error as Problem).message}`))
      delete known[name]
      wrong.add(name)
    }
  }
}

function fromFlags(flags: SetupFlags): Known {
  return {
    ...(flags.environment === undefined ? {} : { environment: flags.environment }),
    ...(flags.clientId === undefined ? {} : { clientId: checkClientId(flags.clientId) }),
    ...(flags.redirectUri === undefined ? {} : { redirectUri: readRedirect(flags.redirectUri) }),
    ...(flags.products === undefined ? {} : { products: checkProducts(flags.products) }),
    ...(flags.vault === undefined ? {} : { vault: flags.vault }),
  }
}

/** Which answer could not be used, where another one may help. One that a variable gives is not the person's to change here. */
function wrongAnswer({ kind, code }: Problem, env: Host['env']): 'vault' | 'environment' | null {
  if (code === 'other_environment') return 'environment'
  const ofVault = code === 'vault_differs' || (kind === 'unavailable' && /^(vault|keychain)_/.test(code))
  return ofVault && !env.FINCHCONN_VAULT ? 'vault' : null
}

async function setUp(
  context: Context,
  flags: SetupFlags,
  { known, wrong }: Pick<Gathering, 'known' | 'wrong'>,
): Promise<void> {
  let answers: Answers | null = null
  const change = async (config: Config): Promise<Config> => {
    if (config.profile === 'emulator')
      throw new Problem('usage', 'the profile emulator needs no setup', {
        code: 'no_setup_needed',
        hint: 'finchconn --profile emulator connect --customer acme --create',
      })
    answers = await gather({ context, config, known, wrong, secretFromStdin: flags.clientSecretStdin === true })
    // The answers go the way of every other setting, so that they meet the same checks.
    const env = {
      ...context.host.env,
      FINCHCONN_ENVIRONMENT: answers.environment,
      FINCHCONN_REDIRECT_URI: answers.redirectUri,
      FINCHCONN_VAULT: answers.vault,
      FINCH_CLIENT_ID: answers.clientId,
    }
    return readConfig({ flags: { ...context.flags(), profile: config.profile }, env, newProfile: true })
  }
  await context.withApp(
    'none',
    async (app) => {
      if (answers === null) throw new Error('setup has no answers')
      await save(app, answers)
      await report(app, answers, flags.json === true)
    },
    { change },
  )
}

async function report(app: App, answers: Answers, json: boolean): Promise<void> {
  const { terminal, next } = app
  const accepted = await isAccepted(app)
  if (json)
    return terminal.json({
      profile: app.config.profile,
      environment: answers.environment,
      redirect_uri: answers.redirectUri,
      vault: answers.vault,
      credentials_accepted: accepted,
    })
  const { place } = await app.vault()
  terminal.result(
    text`${green('✓')} Saved the profile ${bold(app.config.profile)} (${answers.environment}); the secret is in the ${place}`,
  )
  if (accepted === false)
    terminal.say(
      yellow('Finch does not accept this client id and secret. Check them in the Finch dashboard and run setup again.'),
    )
  if (accepted === null) terminal.say(dim('The client id and secret could not be checked with Finch.'))
  terminal.say(
    text`Register this redirect URI for the application in the Finch dashboard: ${bold(answers.redirectUri)}`,
  )
  next('finchconn customers create acme --name "Acme, Inc."')
}

/** Null where Finch could not be asked: what was saved stays saved. */
async function isAccepted(app: App): Promise<boolean | null> {
  try {
    return await (await app.finch()).client.acceptsCredentials()
  } catch (error) {
    if (app.host.signal.aborted) throw app.host.signal.reason
    if (error instanceof Problem) return null
    throw error
  }
}

/** The vault is proved before anything is written. */
async function save(app: App, answers: Answers): Promise<void> {
  const others = (await app.store.connections.list({ ended: true })).filter(
    (one) => one.environment !== answers.environment,
  )
  if (others.length > 0) {
    throw new Problem('conflict', `this profile has connections in the ${others[0]?.environment} environment`, {
      code: 'other_environment',
      hint: 'use a separate profile for each environment: finchconn setup --profile NAME',
    })
  }
  const vault = await app.vault()
  await proveVault(vault)
  await putProven(vault, CLIENT_SECRET_NAME, 'client', answers.clientSecret)
  await app.store.settle('vault', vault.kind)
  await app.store.record(CLIENT_SECRET_ORIGIN, app.origin)
  saveProfile(app.config.home, app.config.profile, {
    environment: answers.environment,
    client_id: answers.clientId,
    redirect_uri: answers.redirectUri,
    products: answers.products,
    vault: answers.vault,
  })
}
