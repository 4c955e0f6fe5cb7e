import { type Command, Option } from 'commander'
import { type App, CLIENT_SECRET_NAME, CLIENT_SECRET_ORIGIN, type Host } from '../app.ts'
import { type Config, keyIsGiven } from '../config.ts'
import type { Environment, VaultKind } from '../domain/connection.ts'
import { productMistakes } from '../domain/products.ts'
import { Secret } from '../domain/secret.ts'
import { Problem } from '../problem.ts'
import type { Prompts } from '../terminal/prompts.ts'
import { bold, green, text } from '../terminal/text.ts'
import { type Context, value, words } from './context.ts'
import { examples } from './manners.ts'

interface SetupFlags {
  readonly environment?: Environment
  readonly clientId?: string
  readonly clientSecretStdin?: boolean
  readonly redirectUri?: string
  readonly products?: string
  readonly vault?: VaultKind
  readonly json?: boolean
}

interface Answers {
  readonly environment: Environment
  readonly clientId: string
  readonly clientSecret: Secret
  readonly redirectUri: string
  readonly products: readonly string[]
  readonly vault: VaultKind
}

export function setupCommand(context: Context): Command {
  return context
    .command('setup')
    .summary('save the credentials of your Finch application')
    .description(
      'Asks for what is not given by flags. The client secret is read from a prompt or from stdin, never from a flag, and is kept in the vault. Where FINCH_CLIENT_ID and FINCH_CLIENT_SECRET are set, no setup is needed.',
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
    .option('--products <list>', 'what connections ask for by default, comma-separated', value('--products'))
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

export async function runSetup(context: Context, flags: SetupFlags): Promise<void> {
  const { terminal, next } = context
  let answers: Answers | null = null
  const change = async (config: Config): Promise<Config> => {
    if (config.profile === 'emulator')
      throw new Problem('usage', 'the profile emulator needs no setup', {
        code: 'no_setup_needed',
        hint: 'finchconn --profile emulator connect --customer acme --create',
      })
    const { readConfig } = await import('../config.ts')
    answers = await gather(context, flags, config)
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
      if (flags.json)
        return terminal.json({
          profile: app.config.profile,
          environment: answers.environment,
          redirect_uri: answers.redirectUri,
          vault: answers.vault,
        })
      terminal.result(
        text`${green('✓')} Saved the profile ${bold(app.config.profile)} (${answers.environment}); the secret is in the ${(await app.vault()).place}`,
      )
      terminal.say(
        text`Register this redirect URI for the application in the Finch dashboard: ${bold(answers.redirectUri)}`,
      )
      next('finchconn customers create acme --name "Acme, Inc."')
    },
    { change },
  )
}

async function gather({ host, prompts }: Context, flags: SetupFlags, config: Config): Promise<Answers> {
  const environment =
    flags.environment ??
    (prompts.available
      ? await prompts.choose<Environment>('Which Finch application is this?', [
          { name: 'sandbox: test data', value: 'sandbox' },
          { name: 'development: a few real connections', value: 'development' },
          { name: 'production', value: 'production' },
        ])
      : missing('--environment'))
  const clientId =
    flags.clientId ??
    config.clientId ??
    (prompts.available ? await prompts.ask('Client id', { check: notEmpty }) : missing('--client-id'))
  const clientSecret = await readSecret(host, prompts, flags, config)
  const redirectUri =
    flags.redirectUri ??
    (prompts.available ? await prompts.ask('Redirect URI', { fallback: config.redirectUri }) : config.redirectUri)
  const products = words(
    flags.products ??
      (prompts.available
        ? await prompts.ask('What should connections ask for by default?', {
            fallback: config.products.join(','),
            check: checkProducts,
          })
        : config.products.join(',')),
  )
  checkProducts(products.join(','))
  const vault =
    flags.vault ??
    config.vault ??
    (prompts.available
      ? await prompts.choose<VaultKind>('Where should tokens be kept?', [
          { name: "the operating system's keychain", value: 'keychain' },
          { name: 'a sealed vault in a file, opened by a key or a passphrase', value: 'sealed' },
        ])
      : keyIsGiven(config)
        ? 'sealed'
        : 'keychain')
  return { environment, clientId: clientId.trim(), clientSecret, redirectUri, products, vault }
}

async function readSecret(host: Host, prompts: Prompts, flags: SetupFlags, config: Config): Promise<Secret> {
  if (flags.clientSecretStdin) {
    const { text: readAll } = await import('node:stream/consumers')
    return checkSecret(new Secret((await readAll(host.stdin)).replace(/\r?\n$/, '')))
  }
  if (config.clientSecret !== null) return checkSecret(config.clientSecret)
  return prompts.available
    ? checkSecret(await prompts.askSecret('Client secret', (typed) => checkSecret(new Secret(typed))))
    : missing('--client-secret-stdin')
}

function checkSecret(secret: Secret): Secret {
  if (!/^[\x21-\x7e]{1,512}$/.test(secret.reveal()) || /["']/.test(secret.reveal())) {
    throw new Problem('usage', 'the client secret is empty, or has spaces, quotes or a line break in it', {
      code: 'credentials_malformed',
      hint: 'copy it again, without quotes',
    })
  }
  return secret
}

function notEmpty(typed: string): void {
  if (typed.trim() === '') throw new Problem('usage', 'it is needed', { code: 'missing_answer' })
}

function checkProducts(list: string): void {
  const mistakes = productMistakes(words(list))
  if (mistakes.length > 0) throw new Problem('usage', mistakes.join('; '), { code: 'bad_products' })
}

function missing(flag: string): never {
  throw new Problem('input_needed', `${flag} is missing, and questions may not be asked`, {
    code: 'missing_flag',
    hint: 'finchconn setup --help',
  })
}

/** The vault is proved before anything is written. */
async function save(app: App, answers: Answers): Promise<void> {
  const [{ proveVault, putProven }, { saveProfile }] = await Promise.all([
    import('../vault/prove.ts'),
    import('../config-file.ts'),
  ])
  const others = (await app.store.connections.list({ ended: true })).filter(
    (one) => one.environment !== answers.environment,
  )
  if (others.length > 0) {
    throw new Problem('conflict', `this profile holds connections of the environment ${others[0]?.environment}`, {
      code: 'other_environment',
      hint: 'give another environment a profile of its own: finchconn setup --profile NAME',
    })
  }
  const vault = await app.vault()
  await proveVault(vault)
  await putProven(vault, CLIENT_SECRET_NAME, 'client', answers.clientSecret)
  await app.store.settle('vault', vault.kind)
  await app.store.record(CLIENT_SECRET_ORIGIN, app.origin)
  await saveProfile(app.config.home, app.config.profile, {
    environment: answers.environment,
    client_id: answers.clientId,
    redirect_uri: answers.redirectUri,
    products: answers.products,
    vault: answers.vault,
  })
}
