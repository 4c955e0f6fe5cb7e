/**
 * Names of the vault's own entries, which stand beside the tokens' and begin with a sign that no id may begin with: else a
 * connection called `client.secret` would take that entry's place. Earlier versions wrote them without the sign.
 */
import type { Vault } from './vault.ts'

const SIGN = '@'

export const CLIENT_SECRET_NAME = `${SIGN}client.secret`

export function flowKeyName(loginId: string): string {
  return `${SIGN}flow.${loginId}`
}

export function flowAnswerName(loginId: string): string {
  return `${SIGN}answer.${loginId}`
}

/** Written, read back and deleted, to see whether a vault is open. */
export function trialName(random: string): string {
  return `${SIGN}probe.${random}`
}

function olderName(name: string): string | null {
  return name.startsWith(SIGN) ? name.slice(SIGN.length) : null
}

/** The same vault, in which entries are also found, and removed, under the names of earlier versions. */
export function withOlderNames(vault: Vault): Vault {
  return {
    kind: vault.kind,
    place: vault.place,
    async put(name, kind, value) {
      await vault.put(name, kind, value)
      const older = olderName(name)
      if (older !== null && kind === 'client') await vault.remove(older)
    },
    async get(name, kind) {
      const older = olderName(name)
      return (await vault.get(name, kind)) ?? (older === null ? null : vault.get(older, kind))
    },
    async remove(name) {
      await vault.remove(name)
      const older = olderName(name)
      if (older !== null) await vault.remove(older)
    },
    close: () => vault.close(),
  }
}
