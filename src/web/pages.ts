/**
 * The pages a browser sees. Only names that we hold ourselves stand in them, escaped; nothing of a request does, so there
 * is nothing to inject into. No script; one style sheet, allowed by its hash.
 */
import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import { providerName } from '../domain/provider.ts'

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #566170; --paper: #f6f7f9; --card: #fff; --line: #dfe3e8;
  --good: #17713f; --bad: #a8342a; --wait: #566170; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ecf1; --soft: #a3adbb; --paper: #14181e; --card: #1c222b; --line: #323b48;
  --good: #1f8f53; --bad: #c9483c; --wait: #66727f; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 48px 16px; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { width: 100%; max-width: 480px; margin: 0 auto; padding: 32px; background: var(--card); border: 1px solid var(--line); border-radius: 12px; overflow-wrap: anywhere; }
.whose { margin: 0 0 24px; padding: 0 0 16px; border-bottom: 1px solid var(--line); font-size: 14px; color: var(--soft); }
.whose b { display: block; font-size: 16px; color: var(--ink); }
.mark { display: grid; place-items: center; width: 40px; height: 40px; border-radius: 50%; font-size: 20px; color: #fff; }
.good { background: var(--good); } .bad { background: var(--bad); } .wait { background: var(--wait); }
h1 { font-size: 22px; line-height: 1.3; margin: 16px 0 8px; } p { margin: 8px 0 0; color: var(--soft); }
h1:focus { outline: none; }
@media (max-width: 500px) { body { padding: 16px; } main { padding: 24px; } }
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

/** Whose login it is, for the person who sees the page. */
export interface Whose {
  readonly customerName: string
  /** Null while the employer has yet to choose. */
  readonly providerId: string | null
  /** What the product is called that the employer connects to; null where it has no name of its own. */
  readonly product: string | null
}

interface Page {
  readonly mark: 'good' | 'bad' | 'wait'
  readonly title: string
  /** What is true now, then what to do. */
  readonly lines: (names: Names) => readonly string[]
}

interface Names {
  /** `Acme, Inc.'s Gusto account`; a part of a sentence that may also begin one. */
  readonly account: string
  /** `to Payroll Portal`, or nothing. */
  readonly toProduct: string
  /** Whom to turn to. */
  readonly us: string
}

const CLOSE = 'You can close this tab.'

/** How a login ended, in the words of the page. */
export const PAGES = {
  connected: {
    mark: 'good',
    title: 'Connected',
    lines: ({ account, toProduct }) => [`${account} is now connected${toProduct}.`, CLOSE],
  },
  reauthenticated: {
    mark: 'good',
    title: 'Logged in again',
    lines: ({ account, toProduct }) => [`${account} is connected${toProduct} again.`, CLOSE],
  },
  mismatch: {
    mark: 'bad',
    title: 'Not saved: a different account logged in',
    lines: ({ account, us }) => [
      'This login belongs to another company, provider or connection than the one we asked for. Nothing was changed.',
      `Please log in to ${account}, or ask ${us} for help.`,
    ],
  },
  expired: {
    mark: 'bad',
    title: 'Not saved: the login took too long',
    lines: ({ us }) => [
      'A login has to be finished within 10 minutes, and can be used once. Nothing was changed.',
      `Ask ${us} for a new link and log in again.`,
    ],
  },
  again: {
    mark: 'bad',
    title: 'Not finished yet',
    lines: ({ us }) => [
      "You logged in, but Finch didn't confirm it in time.",
      `${sentence(us)} can finish it, or will send you a new link. You can close this tab.`,
    ],
  },
  conflict: {
    mark: 'bad',
    title: 'Not saved: already connected',
    lines: ({ us }) => [
      'A newer login for this account was saved in the meantime, or no further connection is allowed here.',
      `Nothing was changed. If something is missing, ask ${us}.`,
    ],
  },
  failed: {
    mark: 'bad',
    title: 'Not saved',
    lines: ({ us }) => [
      "You logged in, but the connection couldn't be saved.",
      `Ask ${us} for help; they can see the reason.`,
    ],
  },
  canceled: {
    mark: 'bad',
    title: 'Not connected',
    lines: ({ us }) => ["Finch reported that the login wasn't completed.", `To start over, ask ${us} for a new link.`],
  },
  second: {
    mark: 'bad',
    title: 'This link is already open in another browser',
    lines: () => [
      'It works in the browser that opened it first.',
      "Continue there. If that wasn't you, stop and start over.",
    ],
  },
  stray: {
    mark: 'wait',
    title: 'Nothing to do here',
    lines: () => [
      'A login is waiting at this address, and this was not it.',
      'Go back to the tab where you logged in.',
    ],
  },
} as const satisfies Record<string, Page>

export type PageName = keyof typeof PAGES

const MARKS = { good: '✓', bad: '!', wait: '…' } as const

/** `whose` only where the browser has shown that the login is its own. */
export function renderPage(name: PageName, whose: Whose | null = null): string {
  const { mark, title, lines }: Page = PAGES[name]
  const paragraphs = lines(namesOf(whose)).map((line) => html`<p>${line}</p>`)
  return html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${raw(STYLE)}</style></head><body><main>${headerOf(whose)}<div class="mark ${mark}" aria-hidden="true">${MARKS[mark]}</div><div role="status"><h1 tabindex="-1" autofocus>${title}</h1>${paragraphs}</div></main></body></html>`.toString()
}

function headerOf(whose: Whose | null) {
  if (whose === null) return ''
  const what = [whose.customerName, ...(whose.providerId === null ? [] : [providerName(whose.providerId)])].join(' · ')
  return html`<p class="whose"><b>${whose.product ?? 'Payroll connection'}</b>${what}</p>`
}

function namesOf(whose: Whose | null): Names {
  const provider = whose?.providerId === undefined || whose.providerId === null ? '' : providerName(whose.providerId)
  const system = provider === '' ? 'payroll account' : `${provider} account`
  return {
    account: whose === null ? 'the account' : `${whose.customerName}'s ${system}`,
    toProduct: whose?.product ? ` to ${whose.product}` : '',
    us: whose?.product ?? 'the people who sent you the link',
  }
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}
