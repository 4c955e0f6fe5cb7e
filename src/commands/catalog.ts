/**
 * All commands: what the root help says of them, and how each is loaded once it is named. A start should cost what
 * the command costs, and the root help loads no command at all.
 */
import type { Command } from 'commander'
import type { Context } from './context.ts'

export interface Entry {
  readonly name: string
  readonly summary: string
  readonly load: () => Promise<(context: Context) => Command>
}

/** In the order of the help, under its headings; without a heading they are not listed. */
export const CATALOG: Readonly<Record<string, readonly Entry[]>> = {
  'Connections:': [
    {
      name: 'connect',
      summary: "connect a customer's payroll system through Finch Connect",
      load: async () => (await import('./connect.ts')).connectCommand,
    },
    {
      name: 'list',
      summary: 'list connections, offline',
      load: async () => (await import('./list.ts')).listCommand,
    },
    {
      name: 'show',
      summary: 'show everything known about one connection',
      load: async () => (await import('./show.ts')).showCommand,
    },
    {
      name: 'reauth',
      summary: 'have the employer log in again, and replace the token',
      load: async () => (await import('./reauth.ts')).reauthCommand,
    },
    {
      name: 'token',
      summary: 'print the access token of one connection',
      load: async () => (await import('./token.ts')).tokenCommand,
    },
    {
      name: 'rename',
      summary: 'give a connection an alias',
      load: async () => (await import('./rename.ts')).renameCommand,
    },
    {
      name: 'reconcile',
      summary: 'find the same person in several connections of a customer',
      load: async () => (await import('./reconcile.ts')).reconcileCommand,
    },
  ],
  'Customers and settings:': [
    {
      name: 'customers',
      summary: 'create, list, show, edit and remove customers',
      load: async () => (await import('./customers.ts')).customersCommand,
    },
    {
      name: 'setup',
      summary: 'save the credentials of your Finch application',
      load: async () => (await import('./setup.ts')).setupCommand,
    },
    {
      name: 'vault',
      summary: 'check the vault where tokens are kept, or create a key',
      load: async () => (await import('./vault.ts')).vaultCommand,
    },
    {
      name: 'config',
      summary: 'show each setting and where it comes from',
      load: async () => (await import('./config.ts')).configCommand,
    },
  ],
  'Without an account:': [
    {
      name: 'demo',
      summary: 'see a full walkthrough on this machine; nothing is kept',
      load: async () => (await import('./demo.ts')).demoCommand,
    },
    {
      name: 'sandbox',
      summary: 'simulate connection problems in the sandbox',
      load: async () => (await import('./sandbox.ts')).sandboxCommand,
    },
    {
      name: 'emulator',
      summary: 'run a small Finch on this machine, for tests',
      load: async () => (await import('./emulator.ts')).emulatorCommand,
    },
  ],
  '': [
    {
      name: 'help',
      summary: 'show the help of a command, or a topic',
      load: async () => (await import('./help.ts')).helpCommand,
    },
    {
      name: 'version',
      summary: 'show the version',
      load: async () => (await import('./help.ts')).versionCommand,
    },
  ],
}

export const COMMAND_NAMES: readonly string[] = Object.values(CATALOG).flatMap((entries) =>
  entries.map(({ name }) => name),
)
