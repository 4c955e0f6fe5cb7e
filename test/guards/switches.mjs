/**
 * Every guard with the edit that takes it away and the test that must then fail. `find` stands exactly once in `file`;
 * `only` is a pattern for the names of the tests.
 */
import { COMMANDS } from './switches/commands.mjs'
import { EMULATOR } from './switches/emulator.mjs'
import { FINCH } from './switches/finch.mjs'
import { FLOWS } from './switches/flows.mjs'
import { IDENTITY } from './switches/identity.mjs'
import { SETTINGS } from './switches/settings.mjs'
import { STORE } from './switches/store.mjs'
import { TERMINAL } from './switches/terminal.mjs'
import { VAULT } from './switches/vault.mjs'
import { WEB } from './switches/web.mjs'

export const SWITCHES = [
  ...FLOWS,
  ...IDENTITY,
  ...STORE,
  ...VAULT,
  ...WEB,
  ...FINCH,
  ...SETTINGS,
  ...TERMINAL,
  ...COMMANDS,
  ...EMULATOR,
]
