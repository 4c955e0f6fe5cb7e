/** Opens settings and parts for one command, finishes interrupted logins, does the work, closes. */

import { type App, openApp } from '../app.ts'
import { readConfig } from '../config.ts'
import type { AppSettings, Context, Recovery } from './context.ts'

export async function runWithApp<T>(
  context: Context,
  recovery: Recovery,
  work: (app: App) => Promise<T>,
  { change }: AppSettings,
): Promise<T> {
  const { host, terminal, prompts, spell, next, endWith } = context
  const written = readConfig({ flags: context.flags(), env: host.env, newProfile: change !== undefined })
  const config = change === undefined ? written : await change(written)
  const app = await openApp({ host, config, terminal, prompts, spell, next, endWith })
  try {
    await recoverFirst(app, recovery)
    return await work(app)
  } finally {
    await app.close()
  }
}

async function recoverFirst(app: App, recovery: Recovery): Promise<void> {
  if (recovery === 'none') return
  const { store } = app
  // What is unfinished there can neither be finished nor swept.
  if (store.readOnly) return
  await store.sweep()
  const unfinished = await store.logins.unfinished()
  const unverified = recovery === 'full' ? await store.connections.unverified() : []
  if (unfinished.length === 0 && unverified.length === 0) return
  // `list` must not wait for a keychain or for Finch, so it does only what needs neither.
  if (recovery === 'offline' && !(await app.vaultIsAtHand())) return
  // Seldom needed, and as large as everything a login takes.
  const [{ recover }, { reportToTerminal }] = await Promise.all([
    import('../flows/login/recover.ts'),
    import('./tell.ts'),
  ])
  await recover(app, reportToTerminal(app), { online: recovery === 'full' })
}
