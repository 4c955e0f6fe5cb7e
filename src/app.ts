/**
 * Host (what the machine gives), App (what a command may reach for), and `openApp`, the only place that builds parts and
 * hands them to each other. What is costly or may ask a question is a function, called when it is needed.
 */
import { type Config, EMULATOR_PROFILE, keyIsGiven } from './config.ts'
import { isLoopback } from './config-values.ts'
import type { VaultKind } from './domain/connection.ts'
import { credentialMistake } from './domain/credentials.ts'
import { proxyFor } from './domain/proxy.ts'
import { Secret } from './domain/secret.ts'
import type { Tracer } from './domain/trace.ts'
import type { FinchClient } from './finch/client.ts'
import type { Send } from './finch/line.ts'
import type { FinchReader } from './finch/reader.ts'
import { Problem } from './problem.ts'
import { refuseDebugging, refuseForeignHome, refuseOpenTls } from './safety.ts'
import { openStore, type Store } from './store/store.ts'
import type { Prompts } from './terminal/prompts.ts'
import type { Output, Terminal } from './terminal/terminal.ts'
import type { Belonging, VaultKeyInput } from './vault/sealed.ts'
import type { Vault } from './vault/vault.ts'

/** What the machine gives. Only `main.ts` makes a real one; a test makes its own. */
export interface Host {
  /** Without node and script. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly execArgv: readonly string[]
  readonly platform: string
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined }
  readonly stdout: Output & NodeJS.WritableStream
  readonly stderr: Output & NodeJS.WritableStream
  /** Aborted, with a Problem as its reason, when the person stops us. */
  readonly signal: AbortSignal
  readonly now: () => Date
  /** The program that talks to the keychain: file and arguments. */
  readonly keychainChild: readonly [string, ...string[]]
  /** The matcher's worker thread. */
  readonly matcherWorker: URL
  /** File and arguments that start finchconn itself: the demo's commands are real ones. */
  readonly self: readonly [string, ...string[]]
  readonly version: string
  /** Test door: told each phase of the journal, to be killed there. */
  readonly onPhase?: (phase: string) => void
}

/** Finch as this profile reaches it. */
export interface FinchSide {
  readonly client: FinchClient
  /** What tokens are bound to: Finch's origin, or the word `emulator`, whose port differs each time. */
  readonly origin: string
  readonly connectOrigin: string
  readonly clientId: string
  readonly clientSecret: Secret
}

export interface App {
  readonly host: Host
  readonly config: Config
  readonly terminal: Terminal
  readonly prompts: Prompts
  readonly store: Store
  /** The vault this store was created with, opened once. */
  readonly vault: () => Promise<Vault>
  /** What kind of vault that is, without opening it. */
  readonly vaultKind: () => Promise<VaultKind>
  /** True when the vault opens without a question, a dialog or another process. */
  readonly vaultIsAtHand: () => Promise<boolean>
  readonly finch: () => Promise<FinchSide>
  /** The calls that send a token alone: no client id or secret is needed. */
  readonly reader: () => Promise<FinchReader>
  readonly origin: string
  readonly close: () => Promise<void>
}

export const CLIENT_SECRET_NAME = 'client.secret'
/** The fact that tells which Finch the saved client secret is for. */
export const CLIENT_SECRET_ORIGIN = 'client_secret_origin'

export interface AppParts {
  readonly host: Host
  readonly config: Config
  readonly terminal: Terminal
  readonly prompts: Prompts
}

export async function openApp(parts: AppParts): Promise<App> {
  const { host, config } = parts
  refuseForeignHome(host)
  const store = await openStore(config.folder, host.now)
  const emulated = config.profile === EMULATOR_PROFILE
  const origin = emulated ? 'emulator' : new URL(config.apiUrl).origin
  const closers: (() => Promise<void> | void)[] = []

  const vaultKind = async (): Promise<VaultKind> => {
    const recorded = (await store.fact('vault')) as VaultKind | null
    if (recorded === null) return config.vault ?? (keyIsGiven(config) ? 'sealed' : 'keychain')
    if (config.vault !== null && config.vault !== recorded) {
      throw new Problem(
        'usage',
        `this store keeps its tokens in the ${recorded} vault, and FINCHCONN_VAULT says ${config.vault}`,
        {
          code: 'vault_differs',
          hint: 'unset FINCHCONN_VAULT, or use another profile for the other vault',
        },
      )
    }
    return recorded
  }

  const vault = once(async () => {
    await refuseDebugging(host)
    const kind = await vaultKind()
    const belonging: Belonging = { environment: config.environment, origin, clientId: config.clientId ?? '' }
    const opened = kind === 'sealed' ? await sealedVault(parts, store, belonging) : await keychainVault(parts, store.id)
    closers.push(() => opened.close())
    return opened
  })

  const finch = once(async (): Promise<FinchSide> => {
    await refuseDebugging(host)
    refuseOpenTls(host)
    const { finchClient } = await import('./finch/client.ts')
    const common = await calling(parts)
    if (emulated) {
      const { startEmulator } = await import('./emulator/emulator.ts')
      const settings = { ...emulatorSettings(store, config), now: () => host.now().getTime() }
      const emulator = await startEmulator(settings).catch((error: unknown) => {
        throw stateProblem(error)
      })
      closers.push(() => emulator.close())
      const clientSecret = new Secret(emulator.clientSecret)
      const client = finchClient({
        apiUrl: emulator.url,
        clientId: emulator.clientId,
        clientSecret,
        ...common,
      })
      return { client, origin, connectOrigin: emulator.url, clientId: emulator.clientId, clientSecret }
    }
    const { clientId, clientSecret } = await credentials(config, store, origin, vault)
    const client = finchClient({ apiUrl: config.apiUrl, clientId, clientSecret, ...common })
    return { client, origin, connectOrigin: config.connectOrigin, clientId, clientSecret }
  })

  const reader = once(async (): Promise<FinchReader> => {
    if (emulated) return (await finch()).client
    await refuseDebugging(host)
    refuseOpenTls(host)
    const { finchReader } = await import('./finch/reader.ts')
    const { apiUrl, clientSecret } = config
    return finchReader({ apiUrl, ...(clientSecret === null ? {} : { clientSecret }), ...(await calling(parts)) })
  })

  return {
    ...parts,
    store,
    origin,
    vault,
    vaultKind,
    vaultIsAtHand: async () =>
      (await vaultKind()) === 'sealed' && (config.vaultKey !== null || config.vaultKeyFile !== null),
    finch,
    reader,
    async close() {
      for (const close of closers.reverse()) await close()
      await store.close()
    },
  }
}

/** What all calls to Finch have in common. */
async function calling(parts: AppParts): Promise<{ signal: AbortSignal; trace?: Tracer; send?: Send }> {
  return {
    signal: parts.host.signal,
    ...(parts.config.debug ? { trace: await tracer(parts) } : {}),
    ...(await throughProxy(parts)),
  }
}

/** What stays on this machine, the built-in emulator first of all, needs no proxy. */
async function throughProxy({ config, host }: AppParts): Promise<{ send?: Send }> {
  const target = config.profile === EMULATOR_PROFILE ? null : new URL(config.apiUrl)
  const proxy = target === null || isLoopback(target) ? null : proxyFor(target, host.env)
  return proxy === null ? {} : { send: (await import('./finch/proxied.ts')).sendThrough(proxy) }
}

async function tracer({ terminal }: AppParts): Promise<Tracer> {
  const { traceLine } = await import('./terminal/trace.ts')
  return (trace) => terminal.say(traceLine(trace))
}

/** The emulator of a profile keeps its state beside the store, shared by every command that runs. */
function emulatorSettings(store: Store, config: Config) {
  return {
    stateFile: `${config.folder}/finch.json`,
    redirectUris: [config.redirectUri],
    exclusively: <T>(work: () => T): T => {
      const lock = store.lock('emulator', 10_000)
      if (lock === null)
        throw new Problem('unavailable', 'the emulator is kept busy by another process', {
          code: 'store_busy',
          retryable: true,
        })
      try {
        return work()
      } finally {
        lock.release()
      }
    },
  }
}

/** What keeps an emulator from its state file, in words; anything else as it came. */
export function stateProblem(error: unknown): unknown {
  if (!(error instanceof Error && error.name === 'StateFailure' && 'trouble' in error && 'path' in error)) return error
  const { trouble, path, message, cause } = error
  if (trouble === 'damaged') {
    return new Problem('mismatch', message, {
      code: 'emulator_state_damaged',
      hint: `move it out of the way, and the emulator starts anew: mv '${path}' '${path}.damaged'`,
      cause,
    })
  }
  return new Problem('unavailable', message, {
    code: trouble === 'disk_full' ? 'disk_full' : 'emulator_state_unusable',
    hint: trouble === 'disk_full' ? 'make room on that disk and run it again' : `look at ${path}, and who may write it`,
    cause,
  })
}

async function sealedVault(
  { host, config, prompts, terminal }: AppParts,
  store: Store,
  belonging: Belonging,
): Promise<Vault> {
  const [{ openSealedVault }, { checkPassphrase }, { text }] = await Promise.all([
    import('./vault/sealed.ts'),
    import('./vault/vault-key.ts'),
    import('./terminal/text.ts'),
  ])
  const isNew = (await store.vaultRows.head()).facts === null
  const passphrase = async (): Promise<Secret> => {
    if (!isNew) return prompts.askSecret('Passphrase of the vault')
    const typed = await prompts.askSecret('A passphrase for the new vault (12 characters or more)', checkPassphrase)
    await prompts.askSecret('The same passphrase again', (again) => {
      if (again !== typed.reveal())
        throw new Problem('usage', 'it differs from the first one', { code: 'passphrase_differs' })
    })
    return typed
  }
  const raw = await givenKey(host, config, terminal.person)
  const key: VaultKeyInput | null = raw !== null ? { raw } : prompts.available ? { passphrase } : null
  const options = { rows: store.vaultRows, belonging, key, atomically: store.atomically, now: host.now }
  for (let mistyped = 1; ; mistyped += 1) {
    try {
      return await openSealedVault(options)
    } catch (error) {
      const typed = options.key !== null && 'passphrase' in options.key
      const wrong = error instanceof Problem && error.code === 'vault_key_wrong'
      if (!typed || !wrong || mistyped === PASSPHRASE_TRIES) throw error
      terminal.say(text`${error.message}`)
    }
  }
}

const PASSPHRASE_TRIES = 3

/** The vault's key from a file, a variable or a command, in this order; null where none is set. */
async function givenKey(host: Host, config: Config, person: boolean): Promise<Secret | null> {
  if (config.vaultKeyFile !== null) {
    const { readKeyFile } = await import('./vault/key-file.ts')
    if (config.profile === EMULATOR_PROFILE) (await import('./vault/vault-key.ts')).makeKeyFile(config.vaultKeyFile)
    return readKeyFile(config.vaultKeyFile, host.signal)
  }
  if (config.vaultKey !== null || config.vaultKeyCommand === null) return config.vaultKey
  const { keyFromCommand } = await import('./vault/key-command.ts')
  const deadlineMs = person ? ATTENDED_MS : KEY_COMMAND_MS
  return keyFromCommand(config.vaultKeyCommand, { env: host.env, signal: host.signal, deadlineMs })
}

/** A cloud's command-line tool takes its time. */
const KEY_COMMAND_MS = 30_000

/** A loaded machine answers late; a locked keychain never does. */
const UNATTENDED_MS = 10_000
const ATTENDED_MS = 60_000

async function keychainVault({ host, config, terminal }: AppParts, name: string): Promise<Vault> {
  const [{ openKeychain }, { text }] = await Promise.all([import('./vault/keychain.ts'), import('./terminal/text.ts')])
  return openKeychain({
    service: `finchconn.${config.profile}.${name}`,
    child: host.keychainChild,
    env: host.env,
    platform: host.platform,
    signal: host.signal,
    deadlineMs: terminal.person ? ATTENDED_MS : UNATTENDED_MS,
    onSlow: () => terminal.say(text`Waiting for the keychain: it may be asking for its password in a window.`),
  })
}

/** Why this machine's keychain cannot be used; null when it can: something was written, read back and deleted. */
export async function keychainTrouble(parts: AppParts): Promise<Problem | null> {
  const [vault, { proveVault }] = await Promise.all([keychainVault(parts, 'setup'), import('./vault/prove.ts')])
  try {
    await proveVault(vault)
    return null
  } catch (error) {
    if (error instanceof Problem && error.kind === 'unavailable') return error
    throw error
  } finally {
    await vault.close()
  }
}

async function credentials(
  config: Config,
  store: Store,
  origin: string,
  vault: () => Promise<Vault>,
): Promise<{ clientId: string; clientSecret: Secret }> {
  const hint =
    'both are in the Finch dashboard: save them with finchconn setup, or set FINCH_CLIENT_ID and FINCH_CLIENT_SECRET'
  if (config.clientId === null) throw new Problem('credentials', 'no Finch client id', { code: 'no_credentials', hint })
  const saved = config.clientSecret === null ? await savedSecret(store, origin, vault) : null
  const clientSecret = config.clientSecret ?? saved
  if (clientSecret === null)
    throw new Problem('credentials', 'no Finch client secret', { code: 'no_credentials', hint })
  const mistake =
    credentialMistake('client id', config.clientId) ?? credentialMistake('client secret', clientSecret.reveal())
  if (mistake !== null)
    throw new Problem('credentials', mistake, {
      code: 'credentials_malformed',
      hint: 'copy it again from the Finch dashboard, without quotes',
    })
  return { clientId: config.clientId, clientSecret }
}

/** The secret that `setup` kept, for the Finch it was kept for and no other. */
async function savedSecret(store: Store, origin: string, vault: () => Promise<Vault>): Promise<Secret | null> {
  const savedFor = await store.fact(CLIENT_SECRET_ORIGIN)
  if (savedFor === null) return null
  if (savedFor !== origin) {
    throw new Problem(
      'mismatch',
      `the client secret that was set up belongs to ${savedFor} and is not sent anywhere else`,
      {
        code: 'other_origin',
        hint: 'check FINCHCONN_API_URL, or set FINCH_CLIENT_SECRET for the other Finch',
      },
    )
  }
  return (await vault()).get(CLIENT_SECRET_NAME, 'client')
}

/** Runs `make` at most once, and again after a failure. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null
  return () => {
    made ??= make().catch((error: unknown) => {
      made = null
      throw error
    })
    return made
  }
}
