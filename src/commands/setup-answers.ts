/** What `setup` needs to know, from flags, stdin, settings and questions. A question is asked again until its answer fits. */

import { buffer } from 'node:stream/consumers'
import type { Host } from '../app.ts'
import { keychainTrouble } from '../app-vault.ts'
import { type Config, keyIsGiven } from '../config.ts'
import { readRedirect } from '../config-values.ts'
import type { Environment, VaultKind } from '../domain/connection.ts'
import { credentialMistake } from '../domain/credentials.ts'
import { decodeText } from '../domain/decode.ts'
import { productMistakes } from '../domain/products.ts'
import { Secret } from '../domain/secret.ts'
import { Problem } from '../problem.ts'
import { type Context, words } from './context.ts'
import { stdinOf } from './stdin.ts'

export interface Answers {
  readonly environment: Environment
  readonly clientId: string
  readonly clientSecret: Secret
  readonly redirectUri: string
  readonly products: readonly string[]
  readonly vault: VaultKind
}

/** Answers that hold: given by flags, or asked for before a later one turned out wrong. */
export type Known = { -readonly [name in keyof Answers]?: Answers[name] }

export interface Gathering {
  readonly context: Context
  readonly config: Config
  /** Filled with each answer as it is given. */
  readonly known: Known
  readonly secretFromStdin: boolean
  /** Turned out wrong: neither a flag nor a setting answers it, only the person. */
  readonly wrong: ReadonlySet<keyof Answers>
}

export async function gather(gathering: Gathering): Promise<Answers> {
  const { config, known } = gathering
  known.environment ??= await askEnvironment(gathering)
  known.clientId ??= await askClientId(gathering)
  known.clientSecret ??= await askClientSecret(gathering)
  known.redirectUri ??= await askRedirectUri(gathering)
  known.products ??= await askProducts(gathering)
  known.vault ??= (gathering.wrong.has('vault') ? null : config.vault) ?? (await askVault(gathering))
  const { environment, clientId, clientSecret, redirectUri, products, vault } = known
  return { environment, clientId, clientSecret, redirectUri, products, vault }
}

async function askEnvironment({ context: { prompts } }: Gathering): Promise<Environment> {
  if (!prompts.available) return missing('--environment')
  return prompts.choose<Environment>('Which Finch application is this?', [
    { name: 'sandbox: test data', value: 'sandbox' },
    { name: 'development: a few real connections', value: 'development' },
    { name: 'production', value: 'production' },
  ])
}

async function askClientId({ context: { prompts }, config }: Gathering): Promise<string> {
  if (config.clientId !== null) return checkClientId(config.clientId)
  if (!prompts.available) return missing('--client-id')
  return (await prompts.ask('Client id', { check: checkClientId })).trim()
}

export function checkClientId(typed: string): string {
  refuse(credentialMistake('client id', typed.trim()))
  return typed.trim()
}

async function askClientSecret({ context: { prompts, host }, config, secretFromStdin }: Gathering): Promise<Secret> {
  if (secretFromStdin) return checkClientSecret(await readStdin(host))
  if (config.clientSecret !== null) return checkClientSecret(config.clientSecret.reveal())
  if (!prompts.available) return missing('--client-secret-stdin')
  return checkClientSecret((await prompts.askSecret('Client secret', checkClientSecret)).reveal())
}

function checkClientSecret(typed: string): Secret {
  refuse(credentialMistake('client secret', typed.trim()))
  return new Secret(typed.trim())
}

async function readStdin(host: Host): Promise<string> {
  try {
    return decodeText(await buffer(stdinOf(host)))
  } catch (error) {
    throw host.signal.aborted ? host.signal.reason : error
  }
}

async function askRedirectUri({ context: { prompts }, config }: Gathering): Promise<string> {
  if (!prompts.available) return config.redirectUri
  return prompts.ask('Redirect URI', { fallback: config.redirectUri, check: readRedirect })
}

async function askProducts({ context: { prompts }, config }: Gathering): Promise<readonly string[]> {
  if (!prompts.available) return config.products
  const typed = await prompts.ask('Which products should connections request by default?', {
    fallback: config.products.join(','),
    check: checkProducts,
  })
  return checkProducts(typed)
}

export function checkProducts(list: string): readonly string[] {
  const mistakes = productMistakes(words(list))
  if (mistakes.length > 0) throw new Problem('usage', mistakes.join('; '), { code: 'bad_products' })
  return words(list)
}

/** The keychain is tried first: nobody should choose what does not work. */
async function askVault({ context, config }: Gathering): Promise<VaultKind> {
  const { prompts } = context
  if (!prompts.available) return keyIsGiven(config) ? 'sealed' : 'keychain'
  const trouble = await keychainTrouble({ ...context, config })
  const keychain = { name: "the operating system's keychain", value: 'keychain' as const }
  const sealed = { name: 'a sealed vault in a file, opened by a key or a passphrase', value: 'sealed' as const }
  return prompts.choose<VaultKind>(
    'Where should tokens be kept?',
    trouble === null ? [keychain, sealed] : [sealed, { ...keychain, disabled: `(not usable: ${trouble.message})` }],
  )
}

function refuse(mistake: string | null): void {
  if (mistake === null) return
  throw new Problem('usage', mistake, {
    code: 'credentials_malformed',
    hint: 'copy it again from the Finch dashboard, without quotes',
  })
}

function missing(flag: string): never {
  throw new Problem('input_needed', `${flag} is required (running without prompts)`, {
    code: 'missing_flag',
    hint: 'finchconn setup --help',
  })
}
