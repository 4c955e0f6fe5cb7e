import type { Command } from 'commander'
import { bold, green, text } from '../terminal/text.ts'
import { proveVault } from '../vault/prove.ts'
import { newVaultKey } from '../vault/seal.ts'
import type { Context } from './context.ts'
import { examples } from './manners.ts'
import { sayWithheld } from './withheld.ts'

export function vaultCommand(context: Context): Command {
  return context
    .command('vault')
    .addHelpText('after', examples('finchconn vault status', '(umask 077; finchconn vault keygen > vault.key)'))
    .addCommand(statusCommand(context))
    .addCommand(keygenCommand(context))
}

function statusCommand({ command, withApp, terminal }: Context): Command {
  return command('status')
    .summary('test the vault: write, read, compare, delete')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('finchconn vault status'))
    .action((flags: { json?: boolean }) =>
      withApp('none', async (app) => {
        const recorded = await app.store.fact('vault')
        const prove = async () => proveVault(await app.vault())
        // A look must not decide anything: a sealed vault that does not exist yet is made, proved and taken back.
        if (recorded === null && (await app.vaultKind()) === 'sealed') await app.store.rehearse(prove)
        else await prove()
        const vault = await app.vault()
        await sayWithheld(app)
        if (flags.json)
          return terminal.json({
            vault: { kind: vault.kind, place: vault.place, recorded: recorded !== null, usable: true },
          })
        terminal.result(text`${green('✓')} ${bold(vault.place)} works: test secret written, read back and deleted`)
        if (recorded === null) terminal.say(text`This profile will use this vault once you add its first connection.`)
      }),
    )
}

function keygenCommand({ command, host, terminal, next }: Context): Command {
  return command('keygen')
    .summary('print a new key for a sealed vault')
    .description(
      'Prints a new random key. Put it in FINCHCONN_VAULT_KEY, or save it in the file that FINCHCONN_VAULT_KEY_FILE names. Anyone who has it can open the vault; without it, nobody can.',
    )
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('(umask 077; finchconn vault keygen > vault.key)'))
    .action(async (flags: { json?: boolean }) => {
      const key = newVaultKey().reveal()
      if (flags.json) return terminal.json({ key })
      terminal.raw(key)
      if (host.stdout.isTTY === true)
        next('(umask 077; finchconn vault keygen > vault.key), then set FINCHCONN_VAULT_KEY_FILE to that file')
    })
}
