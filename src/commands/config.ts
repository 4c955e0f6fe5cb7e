import type { Command } from 'commander'
import { badSettings, type Config, decideConfig } from '../config.ts'
import { configPath } from '../config-file.ts'
import { EMULATOR_PROFILE } from '../domain/profile.ts'
import { Problem } from '../problem.ts'
import { dim, text, type Words } from '../terminal/text.ts'
import type { Context } from './context.ts'
import { examples } from './manners.ts'

export function configCommand({ command, host, flags, terminal }: Context): Command {
  return command('config')
    .option('--json', 'print one JSON document')
    .addHelpText('after', examples('finchconn config', 'finchconn config --profile live --json'))
    .action(async (options: { json?: boolean }) => {
      const { config, mistakes } = decideConfig({ flags: flags(), env: host.env })
      const rows = settingsOf(config)
      // Under --json there is one document: the settings, or what is wrong with them.
      if (options.json && mistakes.length > 0) throw badSettings(mistakes)
      if (options.json) {
        const settings = rows.map(({ name, value }) => [name, { value, source: config.sources[name] ?? null }])
        return terminal.json({ settings: Object.fromEntries(settings) })
      }
      await terminal.table(
        [
          { title: 'SETTING', whole: true },
          { title: 'VALUE', whole: true },
          { title: 'FROM', drop: 'last' },
        ],
        rows.map((row) => [row.name, wordsOf(row), dim(config.sources[row.name] ?? '-')]),
      )
      terminal.say(dim(text`config file: ${configPath(config.home)}`))
      if (mistakes.length > 0)
        throw new Problem('usage', mistakes.join('; '), {
          code: 'bad_settings',
          hint: 'settings with errors are shown above at their defaults',
        })
    })
}

type Value = string | boolean | readonly string[] | null

interface Row {
  readonly name: string
  /** As a script wants it: null where nothing is set. */
  readonly value: Value
  /** As a person reads it, where the value alone does not say it. */
  readonly words?: string
}

/** A secret is true where it is set. The emulator brings its own addresses and credentials: null to a script. */
function settingsOf(config: Config): Row[] {
  const emulated = config.profile === EMULATOR_PROFILE
  const own = (name: string, value: Value): Row =>
    emulated ? { name, value: null, words: 'built-in emulator' } : { name, value }
  const secret = (name: string, value: unknown): Row =>
    value === null ? { name, value: false, words: 'not set' } : { name, value: true, words: '(set)' }
  return [
    { name: 'profile', value: config.profile },
    { name: 'home', value: config.home },
    { name: 'environment', value: config.environment },
    own('api_url', config.apiUrl),
    own('connect_url', config.connectOrigin),
    own('client_id', config.clientId),
    emulated ? own('client_secret', null) : secret('client_secret', config.clientSecret),
    { name: 'redirect_uri', value: config.redirectUri },
    { name: 'products', value: config.products, words: config.products.join(', ') },
    { name: 'vault', value: config.vault },
    { name: 'vault_key_file', value: config.vaultKeyFile },
    secret('vault_key', config.vaultKey),
    { name: 'vault_key_command', value: config.vaultKeyCommand?.[0] ?? null },
    browserRow(config),
    { name: 'no_input', value: config.noInput },
    { name: 'debug', value: config.debug },
  ]
}

/** The browser's command line, or `BROWSER` as it stands; null: the system's; empty: none. */
function browserRow({ browser, usualBrowsers }: Config): Row {
  const name = 'browser'
  if (browser === 'none') return { name, value: [], words: 'none' }
  if (browser !== null || usualBrowsers !== null) return { name, value: browser ?? usualBrowsers }
  return { name, value: null, words: "the system's" }
}

function wordsOf({ value, words }: Row): Words {
  if (words !== undefined) return value === false ? dim(words) : words
  if (value === null) return dim('not set')
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return typeof value === 'string' ? value : value.join(' ')
}
