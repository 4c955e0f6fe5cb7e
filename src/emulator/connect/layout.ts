import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import type { Html } from '../call.ts'
import { EMBED_SCRIPT_HASH, type EmbedMessage, embedScript } from './embed.ts'

// The look of every Connect page. No outside address, and no script but the one of an embedded page: the pages must
// work in any browser and under the strictest policy. Style sheet and script are let in by their hashes.

export interface PageContent {
  readonly title: string
  readonly body: Html
}

/** What is around a page: where its forms may lead, and whose frame it may be in. */
export interface Frame {
  readonly redirectUri: string | null
  readonly host: string | null
  readonly message: EmbedMessage | null
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1d2733; --soft: #5a6878; --line: #d5dce4; --paper: #fff; --ground: #f1f4f7; --accent: #1f5f8b; --on-accent: #fff; --bad: #a3261d; --bad-ground: #fdeeec }
@media (prefers-color-scheme: dark) { :root { --ink: #e7ecf1; --soft: #a3b0bd; --line: #3a4653; --paper: #1b232c; --ground: #12181f; --accent: #7db9e0; --on-accent: #0d1319; --bad: #ff9d94; --bad-ground: #3a1e1c } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; align-items: center; padding: 2rem 1rem; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
main { width: 100%; max-width: 30rem; margin: auto; padding: 2rem; background: var(--paper); border: 1px solid var(--line); border-radius: .75rem }
header, footer { color: var(--soft); font-size: .875rem; max-width: 30rem; text-align: center }
header strong { color: var(--ink) }
h1 { margin: 0 0 .5rem; font-size: 1.375rem; line-height: 1.25 }
p { margin: 0 0 1rem }
footer { padding-top: 1rem }
main > :last-child { margin-bottom: 0 }
.lead, .hint { color: var(--soft) }
.hint { font-size: .875rem }
.error { padding: .75rem 1rem; border-left: 4px solid var(--bad); background: var(--bad-ground); color: var(--bad) }
label { display: block; margin-bottom: 1rem; font-weight: 600 }
input[type=text], input[type=password], input[type=search] { display: block; width: 100%; min-height: 2.75rem; margin-top: .25rem; padding: .5rem .75rem; border: 1px solid var(--soft); border-radius: .4rem; background: var(--paper); color: inherit; font: inherit; font-weight: 400 }
fieldset { margin: 0 0 1rem; padding: 0; border: 0 }
legend { margin-bottom: .75rem; padding: 0; color: var(--soft) }
.tick { display: flex; gap: .75rem; align-items: center; margin: 0 0 .5rem; padding: .6rem .75rem; border: 1px solid var(--line); border-radius: .4rem; font-weight: 400 }
.choices { display: grid; grid-template-columns: 1fr 1fr; gap: .5rem }
@media (max-width: 26rem) { .choices { grid-template-columns: 1fr } }
.initials { display: inline-grid; place-items: center; flex: none; width: 2rem; height: 2rem; border-radius: 50%; background: var(--ground); font-size: .75rem; font-weight: 600 }
[role=search] { display: flex; gap: .5rem; align-items: end; margin-bottom: 1rem }
[role=search] label { flex: 1; margin: 0 }
.actions { display: flex; gap: .75rem; margin-top: 1.5rem }
button { min-height: 2.75rem; padding: .5rem 1rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--paper); color: inherit; font: inherit; cursor: pointer }
.choices button { display: flex; gap: .75rem; align-items: center; text-align: left }
a { color: var(--accent) }
button.main { flex: 1; border-color: var(--accent); background: var(--accent); color: var(--on-accent); font-weight: 600 }
button:hover { border-color: var(--accent) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
ul { margin: 0 0 1rem; padding-left: 1.25rem }
code { font: .875rem ui-monospace, monospace; overflow-wrap: anywhere }
`

/** One whole page. */
export function layout({ title, body }: PageContent, { host, message }: Frame): Html {
  const script = host === null || message === null ? '' : embedScript(message, host)
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${title} · Finch emulator</title>
    <style>${raw(STYLE)}</style>
  </head>
  <body>
    <header><p><strong>Finch emulator</strong>: simulated Finch Connect for testing</p></header>
    <main>${body}</main>
    <footer><p>Nothing you type here reaches Finch or a payroll system.</p></footer>
    ${script}
  </body>
</html>`
}

/** Browsers hold the redirects of a form to `form-action` too. */
export function pageHeaders({ redirectUri, host }: Frame): Record<string, string> {
  const styleHash = createHash('sha256').update(STYLE).digest('base64')
  const ends = redirectUri === null ? '' : ` ${new URL(redirectUri).origin}`
  return {
    'content-security-policy': [
      "default-src 'none'",
      `style-src 'sha256-${styleHash}'`,
      ...(host === null ? [] : [`script-src 'sha256-${EMBED_SCRIPT_HASH}'`]),
      `form-action 'self'${ends}`,
      "base-uri 'none'",
      `frame-ancestors ${host ?? "'none'"}`,
    ].join('; '),
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  }
}
