/** Every setting a person can make, as `finchconn help environment` and docs/settings.md show it; config.ts decides the values. */
export interface Setting {
  readonly what: string
  readonly flags: readonly string[]
  readonly variables: readonly string[]
  readonly byDefault: string
}

export const SETTINGS: readonly Setting[] = [
  {
    what: 'profile: one Finch application and its store',
    flags: ['--profile'],
    variables: ['FINCHCONN_PROFILE'],
    byDefault: 'default',
  },
  {
    what: 'folder for store and config file',
    flags: [],
    variables: ['FINCHCONN_HOME'],
    byDefault: "the platform's data folder",
  },
  {
    what: 'client id and secret of the Finch application',
    flags: [],
    variables: ['FINCH_CLIENT_ID', 'FINCH_CLIENT_SECRET'],
    byDefault: 'what setup saved',
  },
  {
    what: 'another Finch: https, or http on localhost',
    flags: [],
    variables: ['FINCHCONN_API_URL', 'FINCHCONN_CONNECT_URL'],
    byDefault: "Finch's own",
  },
  {
    what: 'redirect URI, registered in the Finch dashboard',
    flags: [],
    variables: ['FINCHCONN_REDIRECT_URI'],
    byDefault: 'http://localhost:4179/callback',
  },
  {
    what: 'environment: sandbox, development or production',
    flags: [],
    variables: ['FINCHCONN_ENVIRONMENT'],
    byDefault: 'what setup saved, else sandbox',
  },
  {
    what: 'vault: keychain or sealed',
    flags: [],
    variables: ['FINCHCONN_VAULT'],
    byDefault: 'what the store was created with; else sealed when a key is given, else keychain',
  },
  {
    what: 'key of a sealed vault; the first of these that is set',
    flags: [],
    variables: ['FINCHCONN_VAULT_KEY_FILE', 'FINCHCONN_VAULT_KEY', 'FINCHCONN_VAULT_KEY_COMMAND'],
    byDefault: "systemd's credential finchconn.vault-key; else a passphrase, asked for",
  },
  {
    what: 'browser, as a command line',
    flags: ['--browser', '--no-browser'],
    variables: ['FINCHCONN_BROWSER', 'BROWSER'],
    byDefault: "the system's",
  },
  {
    what: 'proxy to Finch; never for this machine',
    flags: [],
    variables: ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'],
    byDefault: 'none',
  },
  {
    what: 'never ask',
    flags: ['--no-input'],
    variables: ['FINCHCONN_NO_INPUT', 'CI'],
    byDefault: 'asks on a terminal',
  },
  { what: 'trace of calls to Finch, on stderr', flags: ['--debug'], variables: ['FINCHCONN_DEBUG'], byDefault: 'off' },
  { what: 'color', flags: ['--no-color'], variables: ['NO_COLOR', 'FORCE_COLOR'], byDefault: 'by terminal' },
  {
    what: 'client id and secret of the emulator',
    flags: [],
    variables: ['FINCHCONN_EMULATOR_CLIENT_ID', 'FINCHCONN_EMULATOR_CLIENT_SECRET'],
    byDefault: 'made-up ones',
  },
]
