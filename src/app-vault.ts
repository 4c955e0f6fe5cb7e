/** The vault of a store, opened: where its key comes from, and how long it is waited for. */

import type { Config } from './config.ts'
import { EMULATOR_PROFILE } from './domain/profile.ts'
import type { Secret } from './domain/secret.ts'
import type { AppParts, Host } from './host.ts'
import { Problem } from './problem.ts'
import type { Store } from './store/store.ts'
import type { Belonging, VaultKeyInput } from './vault/sealed.ts'
import type { Vault } from './vault/vault.ts'

export async function sealedVault(
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
    const typed = await prompts.askSecret('Passphrase for the new vault (12 or more characters)', checkPassphrase)
    await prompts.askSecret('Repeat the passphrase', (again) => {
      if (again !== typed.reveal())
        throw new Problem('usage', "the passphrases don't match", { code: 'passphrase_differs' })
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

export async function keychainVault({ host, config, terminal }: AppParts, name: string): Promise<Vault> {
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
