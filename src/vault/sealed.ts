/**
 * The sealed vault: secrets as sealed rows in the store's own database, for machines without a keychain.
 * A random data key seals the rows and is itself wrapped by a vault key or a passphrase, which is never kept here.
 * What a row belongs to (vault, environment, origin, application, name, kind, generation) is part of what is sealed:
 * a row moved elsewhere does not open.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Environment } from '../domain/connection.ts'
import { Secret } from '../domain/secret.ts'
import { Problem } from '../problem.ts'
import {
  acceptableCost,
  associated,
  commitment,
  keysFromPassphrase,
  keysFromRaw,
  open,
  pad,
  readVaultKey,
  SCRYPT_COST,
  type ScryptCost,
  seal,
  unpad,
  type WrappingKeys,
} from './seal.ts'
import type { SecretKind, Vault } from './vault.ts'

const FORMAT = 1
const ROW_INFO = 'finchconn/row/1'
const WRAP_INFO = 'finchconn/wrap/1'

export interface VaultFacts {
  readonly vault_id: Buffer
  readonly format: number
  readonly created_at: string
}

export interface VaultKeyRow {
  readonly key_id: string
  readonly state: 'active' | 'retiring' | 'destroyed'
  readonly kdf: 'raw' | 'scrypt'
  readonly kdf_params: string
  readonly salt: Buffer
  readonly nonce: Buffer
  readonly wrapped_key: Buffer
  readonly commitment: Buffer
  readonly created_at: string
}

export interface VaultRow {
  readonly environment: Environment
  readonly name: string
  readonly kind: SecretKind
  readonly origin: string
  readonly client_id: string
  readonly generation: number
  readonly key_id: string
  readonly format: number
  readonly salt: Buffer
  readonly nonce: Buffer
  readonly sealed: Buffer
  readonly created_at: string
}

/** The rows this vault lives in; the store provides them, and its transactions with them. */
export interface SealedRows {
  /** Read in one statement, so that a vault that is being made is seen whole or not at all. */
  head(): Promise<{ readonly facts: VaultFacts | null; readonly key: VaultKeyRow | null; readonly hasRows: boolean }>
  saveFacts(facts: VaultFacts): Promise<void>
  saveKey(key: VaultKeyRow): Promise<void>
  row(environment: Environment, name: string): Promise<VaultRow | null>
  saveRow(row: VaultRow): Promise<void>
  removeRow(environment: Environment, name: string): Promise<void>
}

/** What a row belongs to, besides its name. */
export interface Belonging {
  readonly environment: Environment
  readonly origin: string
  readonly clientId: string
}

export type VaultKeyInput = { readonly raw: Secret } | { readonly passphrase: () => Promise<Secret> }

export interface SealedOptions {
  readonly rows: SealedRows
  readonly belonging: Belonging
  readonly key: VaultKeyInput | null
  readonly atomically: <T>(work: () => Promise<T>) => Promise<T>
  readonly now: () => Date
  /** Test door: a cheaper scrypt for new vaults. Reading accepts only what `acceptableCost` does. */
  readonly cost?: ScryptCost
}

/** Opens the sealed vault, making it on first use. Throws Problem 7 for no, wrong or malformed key, 9 for damage. */
export async function openSealedVault(options: SealedOptions): Promise<Vault> {
  const head = await readHead(options.rows)
  return vaultOver(options, head === null ? await createVault(options) : await unlock(options, head))
}

interface Head {
  readonly facts: VaultFacts
  readonly key: VaultKeyRow
}

interface DataKey {
  readonly vaultId: Buffer
  readonly keyId: string
  readonly bytes: Buffer
}

async function readHead(rows: SealedRows): Promise<Head | null> {
  const { facts, key, hasRows } = await rows.head()
  if (facts === null && key === null) {
    // A new head would seal under a new key beside rows that nothing opens any more.
    if (hasRows) throw damaged('its header is missing, but its rows are still there')
    return null
  }
  if (facts === null || key === null) throw damaged('its head is incomplete')
  if (facts.format !== FORMAT) throw otherFormat(facts.format)
  return { facts, key }
}

/** The key is derived (and a passphrase asked for) before the transaction begins: nobody waits behind a question. */
async function createVault(options: SealedOptions): Promise<DataKey> {
  const { rows, key, now, cost = SCRYPT_COST } = options
  const vaultId = randomBytes(16)
  const keyId = randomBytes(8).toString('hex')
  const bytes = randomBytes(32)
  const kdfSalt = randomBytes(32)
  const kdf = key !== null && 'raw' in key ? 'raw' : 'scrypt'
  const params = kdf === 'raw' ? '{}' : JSON.stringify(cost)
  const keys = await wrappingKeys(key, { kdf, kdf_params: params, salt: kdfSalt }, vaultId)
  const wrapped = seal(keys.wrap, WRAP_INFO, associated('finchconn/wrap', vaultId, keyId, kdf, params, kdfSalt), bytes)
  const created_at = now().toISOString()
  const other = await options.atomically(async () => {
    const already = await readHead(rows)
    if (already !== null) return already
    await rows.saveFacts({ vault_id: vaultId, format: FORMAT, created_at })
    await rows.saveKey({
      key_id: keyId,
      state: 'active',
      kdf,
      kdf_params: params,
      salt: Buffer.concat([kdfSalt, wrapped.salt]),
      nonce: wrapped.nonce,
      wrapped_key: wrapped.sealed,
      commitment: commitment(keys, vaultId, keyId),
      created_at,
    })
    return null
  })
  return other === null ? { vaultId, keyId, bytes } : unlock(options, other)
}

async function unlock({ key }: SealedOptions, { facts, key: row }: Head): Promise<DataKey> {
  const kdfSalt = row.salt.subarray(0, 32)
  const keys = await wrappingKeys(key, { kdf: row.kdf, kdf_params: row.kdf_params, salt: kdfSalt }, facts.vault_id)
  const expected = commitment(keys, facts.vault_id, row.key_id)
  if (row.commitment.length !== expected.length || !timingSafeEqual(row.commitment, expected)) {
    throw new Problem('unavailable', row.kdf === 'raw' ? 'wrong key for this vault' : 'wrong passphrase', {
      code: 'vault_key_wrong',
      hint:
        row.kdf === 'raw'
          ? 'nothing was changed; use the key this store was created with (FINCHCONN_VAULT_KEY_FILE or FINCHCONN_VAULT_KEY)'
          : 'nothing was changed; run it again and type the passphrase this store was created with',
    })
  }
  const about = associated('finchconn/wrap', facts.vault_id, row.key_id, row.kdf, row.kdf_params, kdfSalt)
  const bytes = open(keys.wrap, WRAP_INFO, about, {
    salt: row.salt.subarray(32),
    nonce: row.nonce,
    sealed: row.wrapped_key,
  })
  if (bytes === null) throw damaged('its data key does not open although the vault key is right')
  return { vaultId: facts.vault_id, keyId: row.key_id, bytes }
}

async function wrappingKeys(
  key: VaultKeyInput | null,
  { kdf, kdf_params, salt }: Pick<VaultKeyRow, 'kdf' | 'kdf_params' | 'salt'>,
  vaultId: Buffer,
): Promise<WrappingKeys> {
  if (key === null) throw locked()
  if (kdf === 'raw') {
    if (!('raw' in key)) throw locked()
    return keysFromRaw(readVaultKey(key.raw), vaultId)
  }
  if (!('passphrase' in key)) {
    throw new Problem('unavailable', 'this vault is opened by a passphrase, and a key was given', {
      code: 'vault_key_wrong',
      hint: 'unset FINCHCONN_VAULT_KEY, FINCHCONN_VAULT_KEY_FILE and FINCHCONN_VAULT_KEY_COMMAND, then run it on a terminal',
    })
  }
  const cost = JSON.parse(kdf_params) as ScryptCost
  if (!acceptableCost(cost)) throw damaged('its passphrase cost is out of bounds')
  return keysFromPassphrase(await key.passphrase(), salt, cost)
}

function vaultOver({ rows, belonging, now }: SealedOptions, dataKey: DataKey): Vault {
  const about = (row: Omit<VaultRow, 'salt' | 'nonce' | 'sealed' | 'created_at'>) =>
    associated(
      'finchconn/row',
      row.format,
      dataKey.vaultId,
      row.key_id,
      row.environment,
      row.origin,
      row.client_id,
      row.name,
      row.generation,
      row.kind,
    )
  return {
    kind: 'sealed',
    place: 'sealed vault',
    async put(name, kind, value) {
      const before = await rows.row(belonging.environment, name)
      const issued_at = now().toISOString()
      const row = {
        environment: belonging.environment,
        name,
        kind,
        origin: belonging.origin,
        client_id: belonging.clientId,
        generation: (before?.generation ?? 0) + 1,
        key_id: dataKey.keyId,
        format: FORMAT,
      }
      const plain = JSON.stringify({
        v: 1,
        name,
        environment: belonging.environment,
        issued_at,
        secret: value.reveal(),
      })
      const sealed = seal(dataKey.bytes, ROW_INFO, about(row), pad(Buffer.from(plain, 'utf8')))
      await rows.saveRow({ ...row, ...sealed, created_at: issued_at })
    },
    async get(name, kind) {
      const row = await rows.row(belonging.environment, name)
      if (row === null) return null
      if (row.format !== FORMAT) throw otherFormat(row.format)
      const padded = open(dataKey.bytes, ROW_INFO, about({ ...row, kind }), row)
      const plain = padded === null ? null : unpad(padded)
      if (plain === null) throw damaged(`the row of ${name} does not open: it was altered or belongs elsewhere`)
      const inner = JSON.parse(plain.toString('utf8')) as { name: string; environment: string; secret: string }
      // The names inside are sealed too: a second look costs nothing and catches a mistake of ours.
      if (inner.name !== name || inner.environment !== belonging.environment)
        throw damaged(`the row of ${name} belongs to another entry`)
      if (row.origin !== belonging.origin) throw foreign(name, row.origin)
      return new Secret(inner.secret)
    },
    remove: (name) => rows.removeRow(belonging.environment, name),
    close() {
      dataKey.bytes.fill(0)
    },
  }
}

function locked(): Problem {
  return new Problem('unavailable', 'the sealed vault is locked: its key was not given', {
    code: 'vault_locked',
    hint: 'set FINCHCONN_VAULT_KEY_FILE (or FINCHCONN_VAULT_KEY), or run it on a terminal to type the passphrase',
  })
}

function damaged(what: string): Problem {
  return new Problem('mismatch', `the sealed vault is damaged: ${what}`, {
    code: 'vault_damaged',
    hint: 'nothing was overwritten; keep a copy of the store before anything else, then restore a backup',
  })
}

function otherFormat(format: number): Problem {
  if (!(format > FORMAT)) return damaged(`it has the format ${format}, which no version of finchconn has written`)
  return new Problem('unavailable', `the sealed vault has format ${format}, which a newer finchconn wrote`, {
    code: 'vault_newer',
    hint: 'update finchconn',
  })
}

function foreign(name: string, origin: string): Problem {
  return new Problem('mismatch', `the secret of ${name} belongs to ${origin} and is not sent anywhere else`, {
    code: 'other_origin',
    hint: 'check FINCHCONN_API_URL, or use another profile for another Finch',
  })
}
