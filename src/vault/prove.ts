import { randomBytes } from 'node:crypto'
import { equalInConstantTime } from '../domain/fingerprint.ts'
import { Secret } from '../domain/secret.ts'
import { Problem } from '../problem.ts'
import { trialName } from './own-names.ts'
import type { SecretKind, Vault } from './vault.ts'

/** Puts a secret and reads it back: a vault that lies (empty write, wrong item, cut value) is found while it still helps. */
export async function putProven(vault: Vault, name: string, kind: SecretKind, value: Secret): Promise<void> {
  await vault.put(name, kind, value)
  const back = await vault.get(name, kind)
  if (back === null || !equalInConstantTime(back.reveal(), value.reveal())) {
    throw new Problem('unavailable', `the ${vault.place} did not return what was just written`, {
      code: 'vault_lies',
      hint: 'nothing was lost; check the vault with: finchconn vault status',
    })
  }
}

/** Write, read, compare, delete, with the size of the longest token: shows that a vault is open before it matters. */
export async function proveVault(vault: Vault): Promise<void> {
  const name = trialName(randomBytes(6).toString('hex'))
  const size = vault.place.startsWith('Windows') ? 1_000 : 2_000
  try {
    await putProven(vault, name, 'flow', new Secret(randomBytes(size).toString('hex').slice(0, size)))
  } finally {
    await vault.remove(name)
  }
}
