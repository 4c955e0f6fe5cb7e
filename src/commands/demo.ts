import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { Host } from '../app.ts'
import { Problem } from '../problem.ts'
import { bold, cyan, dim, text } from '../terminal/text.ts'
import type { Context } from './context.ts'
import { examples } from './manners.ts'

interface Step {
  /** Said before the command. */
  readonly why: string
  readonly args: readonly string[]
}

/** A free port would not be registered at the emulator; this one is, through the setting below. */
const REDIRECT = 'http://localhost:41790/callback'

export function demoCommand({ command, host, terminal, flags }: Context): Command {
  return command('demo')
    .description(
      'Runs real commands against the built-in Finch emulator in a temporary folder and prints each with its output. A robot clicks through Finch Connect as the employer; with --browser you do, in your own browser.',
    )
    .addHelpText('after', examples('finchconn demo', 'finchconn demo --browser'))
    .action(async () => {
      const home = await mkdtemp(join(tmpdir(), 'finchconn-demo-'))
      const chosen = flags().browser ?? 'robot'
      // Without a value it is the system's browser, which needs no word in the commands.
      const browser = chosen === false ? ['--no-browser'] : chosen === true ? [] : ['--browser', chosen]
      try {
        if (chosen !== 'robot')
          terminal.say(
            text`Log in with the user ${bold('good_user')} and the password ${bold('good_pass')}, or ${bold('multi_entity')} for several entities.`,
          )
        terminal.result(text`${cyan('$')} export FINCHCONN_PROFILE=emulator`)
        for (const step of story(browser)) {
          terminal.result(text`\n${bold(`# ${step.why}`)}`)
          terminal.result(text`${cyan('$')} ${['finchconn', ...step.args].map(quoted).join(' ')}`)
          await play(host, home, step)
        }
        terminal.say(text`\n${dim('Everything ran on this machine, and its temporary folder is gone.')}`)
        if (host.env.npm_lifecycle_event === 'demo')
          terminal.say(text`In a clone of the repository, run ${bold('npm link')} first to get the finchconn command.`)
        terminal.say(text`${dim('next:')} ${bold('finchconn setup')}`)
      } finally {
        await rm(home, { recursive: true, force: true })
      }
    })
}

function story(browser: readonly string[]): readonly Step[] {
  const connect = (...args: string[]) => ['connect', ...args, ...browser]
  return [
    {
      why: 'Two customers of your product: employers that will connect their payroll.',
      args: ['customers', 'create', 'acme', '--name', 'Acme, Inc.'],
    },
    {
      why: 'This one is limited to a single connection, and the database enforces it.',
      args: ['customers', 'create', 'globex', '--name', 'Globex LLC', '--single'],
    },
    {
      why: 'Acme connects Gusto, where it has several entities.',
      args: [
        'connect',
        '--customer',
        'acme',
        '--provider',
        'gusto',
        ...(browser.includes('robot') ? ['--browser', 'robot multi_entity'] : browser),
      ],
    },
    {
      why: 'Acme pays its contractors through another provider: a second connection, with its own token.',
      args: connect('--customer', 'acme', '--provider', 'justworks'),
    },
    { why: 'Globex connects too.', args: connect('--customer', 'globex', '--provider', 'rippling') },
    { why: 'All connections so far. This works offline, without a keychain.', args: ['list'] },
    { why: 'Everything about one connection. Its name here is customer/provider.', args: ['show', 'acme/gusto'] },
    { why: 'An alias is easier to type.', args: ['rename', 'acme/gusto', 'acme-main'] },
    {
      why: 'Someone at Acme changes the payroll password, so Finch loses access.',
      args: ['sandbox', 'status', 'acme/justworks', 'reauth'],
    },
    { why: 'The list shows that a login is required.', args: ['list'] },
    {
      why: 'The employer logs in again. The new token replaces the old one, for this connection only.',
      args: ['reauth', 'acme/justworks', ...browser],
    },
    { why: 'Everything is connected again.', args: ['list'] },
    {
      why: 'Some people are in both of Acme’s systems, with a different id in each.',
      args: ['reconcile', '--customer', 'acme'],
    },
    { why: 'Where tokens are kept.', args: ['vault', 'status'] },
    { why: 'What scripts get: JSON.', args: ['customers', 'show', 'acme', '--json'] },
  ]
}

/** As a shell wants it typed. */
function quoted(word: string): string {
  return /^[\w./=-]+$/.test(word) ? word : `"${word}"`
}

/** Runs finchconn itself, as a person would, with its output on ours. */
async function play(host: Host, home: string, { args }: Step): Promise<void> {
  const [file, ...script] = host.self
  const { CI, FINCHCONN_NO_INPUT, ...env } = host.env
  const child = spawn(file, [...script, ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...env,
      FINCHCONN_HOME: home,
      FINCHCONN_PROFILE: 'emulator',
      FINCHCONN_REDIRECT_URI: REDIRECT,
    } as NodeJS.ProcessEnv,
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (host.signal.aborted) throw host.signal.reason
  if (code !== 0)
    throw new Problem('failed', `the demo stopped: finchconn ${args.join(' ')} ended with ${code}`, {
      code: 'demo_failed',
    })
}
