import type { Command } from 'commander'
import type { Config } from '../config.ts'
import { Problem } from '../problem.ts'
import { dim, text } from '../terminal/text.ts'
import type { Context } from './context.ts'
import { examples } from './manners.ts'

export function configCommand({ command, host, flags, terminal }: Context): Command {
  return command('config')
    .summary('show each setting and where it comes from')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('finchconn config', 'finchconn config --profile live --json'))
    .action(async (options: { json?: boolean }) => {
      const [{ decideConfig, badSettings }, { configPath }] = await Promise.all([
        import('../config.ts'),
        import('../config-file.ts'),
      ])
      const { config, mistakes } = decideConfig({ flags: flags(), env: host.env })
      const rows = settingsOf(config)
      // Under --json there is one document: the settings, or what is wrong with them.
      if (options.json && mistakes.length > 0) throw badSettings(mistakes)
      if (options.json) {
        const settings = rows.map(([name, value]) => [name, { value, source: config.sources[name] ?? null }])
        return terminal.json({ settings: Object.fromEntries(settings) })
      }
      await terminal.table(
        ['SETTING', 'VALUE', 'FROM'],
        rows.map(([name, value]) => [name, value ?? dim('not set'), dim(config.sources[name] ?? '-')]),
      )
      terminal.say(dim(text`config file: ${configPath(config.home)}`))
      if (mistakes.length > 0)
        throw new Problem('usage', mistakes.join('; '), {
          code: 'bad_settings',
          hint: 'what is wrong is shown above at its default',
        })
    })
}

/** Secrets are shown as set or not. */
function settingsOf(config: Config): [string, string | null][] {
  const secret = (value: unknown) => (value === null ? null : '(set)')
  return [
    ['profile', config.profile],
    ['home', config.home],
    ['environment', config.environment],
    ['api_url', config.apiUrl === '' ? 'built-in emulator' : config.apiUrl],
    ['connect_url', config.connectOrigin === '' ? 'built-in emulator' : config.connectOrigin],
    ['client_id', config.profile === 'emulator' ? 'built-in emulator' : config.clientId],
    ['client_secret', config.profile === 'emulator' ? 'built-in emulator' : secret(config.clientSecret)],
    ['redirect_uri', config.redirectUri],
    ['products', config.products.join(', ')],
    ['vault', config.vault],
    ['vault_key_file', config.vaultKeyFile],
    ['vault_key', secret(config.vaultKey)],
    ['vault_key_command', config.vaultKeyCommand?.[0] ?? null],
    [
      'browser',
      config.browser === null
        ? (config.usualBrowsers ?? "the system's")
        : config.browser === 'none'
          ? 'none'
          : config.browser.join(' '),
    ],
    ['no_input', String(config.noInput)],
    ['debug', String(config.debug)],
  ]
}
