/**
 * The pages a browser sees, as fixed text: nothing that came in a request or from Finch is ever written into them,
 * so there is nothing to inject into. No script; one style sheet, allowed by its hash.
 */
import { createHash } from 'node:crypto'

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --paper: #f6f7f9; --card: #fff; --line: #e1e5ea; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ecf1; --soft: #9aa5b4; --paper: #14181e; --card: #1c222b; --line: #2c3440; } }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 26rem; margin: 1.5rem; padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
.mark { display: grid; place-items: center; width: 2.5rem; height: 2.5rem; border-radius: 50%; font-size: 1.25rem; color: #fff; }
.good { background: #1a7f4b; } .bad { background: #b3392f; } .wait { background: #5b6675; }
h1 { font-size: 1.35rem; margin: 1rem 0 .5rem; } p { margin: .5rem 0 0; color: var(--soft); }
`

const HASH = createHash('sha256').update(STYLE).digest('base64')

/** Sent with every page: no script, no frame, no referrer that would carry a code, nothing kept. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'X-Frame-Options': 'DENY',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
  Connection: 'close',
}

interface Page {
  readonly mark: 'good' | 'bad' | 'wait'
  readonly title: string
  readonly lines: readonly string[]
}

const CLOSE = 'You can close this tab.'

/** How an attempt ended, in the words of the page. */
export const PAGES = {
  connected: { mark: 'good', title: 'Connected', lines: ['The connection is saved.', CLOSE] },
  reauthenticated: {
    mark: 'good',
    title: 'Logged in again',
    lines: ['The connection has its new token, and it is saved.', CLOSE],
  },
  mismatch: {
    mark: 'bad',
    title: 'Not done: another account answered',
    lines: [
      'The login belongs to another company, provider or connection than the one asked for. Nothing was overwritten.',
      'The terminal says how to go on.',
    ],
  },
  failed: {
    mark: 'bad',
    title: 'Not done',
    lines: [
      'The login came back, and the connection could not be completed.',
      'The terminal says why and how to go on.',
    ],
  },
  cancelled: {
    mark: 'bad',
    title: 'Not connected',
    lines: ['Finch reported that the login was not completed.', 'It can be started again from the terminal.'],
  },
  stolen: {
    mark: 'bad',
    title: 'Stopped: this link was opened twice',
    lines: [
      'Another browser or program has already used it, so the attempt was stopped.',
      'Start again from the terminal.',
    ],
  },
  stray: {
    mark: 'wait',
    title: 'Nothing to do here',
    lines: ['This address belongs to a login that is waiting in a terminal, and this was not it.'],
  },
} as const satisfies Record<string, Page>

export type PageName = keyof typeof PAGES

const MARKS = { good: '✓', bad: '!', wait: '…' } as const

export function renderPage(name: PageName): string {
  const { mark, title, lines }: Page = PAGES[name]
  const paragraphs = lines.map((line) => `<p>${line}</p>`).join('')
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${STYLE}</style></head><body><main><div class="mark ${mark}" aria-hidden="true">${MARKS[mark]}</div><h1>${title}</h1>${paragraphs}</main></body></html>`
}
