/**
 * App (what a command may reach for), and `openApp`, the only place that builds parts and
 * hands them to each other. What is costly or may ask a question is a function, called when it is needed.
 */

import { keychainVault, sealedVault } from './app-vault.ts'
import { type Config, keyIsGiven } from './config.ts'
import { isLoopback } from './config-values.ts'
import type { VaultKind } from './domain/connection.ts'
import { credentialMistake } from './domain/credentials.ts'
import { EMULATOR_PROFILE } from './domain/profile.ts'
import { proxyFor } from './domain/proxy.ts'
import { Secret } from './domain/secret.ts'
import type { Tracer } from './domain/trace.ts'
import type { FinchClient } from './finch/client.ts'
import type { Send } from './finch/line.ts'
import type { FinchReader } from './finch/reader.ts'
import type { AppParts } from './host.ts'
import { Problem } from './problem.ts'
import { refuseDebugging, refuseForeignHome, refuseOpenTls } from './safety.ts'
import { openStore, type Store } from './store/store.ts'
import { CLIENT_SECRET_NAME, withOlderNames } from './vault/own-names.ts'
import type { Belonging } from './vault/sealed.ts'
import type { Vault } from './vault/vault.ts'

export type { AppParts, CommandParts, Host } from './host.ts'

/** Finch as this profile reaches it. */
export interface FinchSide {
  readonly client: FinchClient
  /** What tokens are bound to: Finch's origin, or the word `emulator`, whose port differs each time. */
  readonly origin: string
  readonly connectOrigin: string
  readonly clientId: string
  readonly clientSecret: Secret
}

export interface App extends AppParts {
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

/** The fact that tells which Finch the saved client secret is for. */
export const CLIENT_SECRET_ORIGIN = 'client_secret_origin'

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
        `this store keeps its tokens in the ${recorded} vault, but FINCHCONN_VAULT says ${config.vault}`,
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
    return withOlderNames(opened)
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
        throw new Problem('unavailable', 'the emulator is in use by another process', {
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
      hint: `move it away to start with a fresh emulator: mv '${path}' '${path}.damaged'`,
      cause,
    })
  }
  return new Problem('unavailable', message, {
    code: trouble === 'disk_full' ? 'disk_full' : 'emulator_state_unusable',
    hint: trouble === 'disk_full' ? 'make room on that disk and run it again' : `look at ${path}, and who may write it`,
    cause,
  })
}

async function credentials(
  config: Config,
  store: Store,
  origin: string,
  vault: () => Promise<Vault>,
): Promise<{ clientId: string; clientSecret: Secret }> {
  const hint =
    'both are in the Finch dashboard: save them with finchconn setup, or set FINCH_CLIENT_ID and FINCH_CLIENT_SECRET'
  if (config.clientId === null)
    throw new Problem('credentials', 'Finch client id not set', { code: 'no_credentials', hint })
  const saved = config.clientSecret === null ? await savedSecret(store, origin, vault) : null
  const clientSecret = config.clientSecret ?? saved
  if (clientSecret === null)
    throw new Problem('credentials', 'Finch client secret not set', { code: 'no_credentials', hint })
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
    throw new Problem('mismatch', `the saved client secret is for ${savedFor} and is never sent anywhere else`, {
      code: 'other_origin',
      hint: 'check FINCHCONN_API_URL, or set FINCH_CLIENT_SECRET for the other Finch',
    })
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
