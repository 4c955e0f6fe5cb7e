import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import type { Html } from '../call.ts'

// Connect inside a frame of the application's page, as Finch's embed SDK opens it. The two windows have different
// origins, so the frame tells its outcome to the page around it by `postMessage`, to the one origin that asked.

/** What the embed SDK listens for. */
export type EmbedMessage =
  | { readonly kind: 'success'; readonly code: string; readonly state?: string }
  | {
      readonly kind: 'error'
      readonly error: {
        readonly message: string
        /** Whether the SDK removes the frame at once. */
        readonly shouldClose: boolean
        readonly type: 'validation_error' | 'employer_connection_error'
      }
    }
  | { readonly kind: 'closed' }

const MESSAGE_NAME = 'finch-auth-message-v2'

const SCRIPT = `
const { message, host } = document.currentScript.dataset
window.parent.postMessage(JSON.parse(message), host)
`

/** Connect could not be opened at all. */
export function launchError(message: string): EmbedMessage {
  return { kind: 'error', error: { message, shouldClose: true, type: 'validation_error' } }
}

/** What the employer did was not taken; the frame stays, with another try in it. */
export function connectionError(message: string): EmbedMessage {
  return { kind: 'error', error: { message, shouldClose: false, type: 'employer_connection_error' } }
}

/** For a policy that lets this script in and no other. */
export const EMBED_SCRIPT_HASH = createHash('sha256').update(SCRIPT).digest('base64')

/** The part of a page that sends `message` to the page around it, if that has the origin `host`. */
export function embedScript(message: EmbedMessage, host: string): Html {
  const data = JSON.stringify({ name: MESSAGE_NAME, ...message })
  return html`<script data-host="${host}" data-message="${data}">${raw(SCRIPT)}</script>`
}

export type Embedding = { readonly host: string | null } | { readonly refused: string }

/** Whose page is around this one, by the parameters the embed SDK adds to the address; null when there is none. */
export function readEmbedding(appType: string | undefined, hostUrl: string | undefined): Embedding {
  if (appType !== 'spa') return { host: null }
  const origin = hostUrl !== undefined && URL.canParse(hostUrl) ? new URL(hostUrl).origin : null
  // The text goes into a policy, where a star, which a host name may have, would let in more than one origin.
  const exact = origin !== null && origin === hostUrl && /^https?:\/\/[a-z0-9.:[\]-]+$/.test(origin)
  return exact ? { host: origin } : { refused: 'sdk_host_url must be the origin of the page around this one.' }
}
