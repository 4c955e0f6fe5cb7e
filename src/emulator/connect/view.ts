import { html } from 'hono/html'
import type { Html } from '../call.ts'
import { findProvider, type Provider } from '../providers.ts'
import type { Session, Visit } from '../state.ts'

/** What the pages of one visit are made from. */
export interface View {
  readonly session: Session
  readonly visit: Visit
  /** The name of the application that asks for access. */
  readonly application: string
  /** Indexes of entities the connection already has, ticked from the start in a reauthentication. */
  readonly connected: readonly number[]
  /** What was wrong with the form that was sent. */
  readonly error: string | null
  /** The user name that was sent with it. */
  readonly user: string
  /** What the providers are narrowed down to. */
  readonly search: string
}

const ERROR_ID = 'error'

/** Every form carries its step's name, so that one sent twice or from an old tab is not taken for the next one. */
export function stepForm(view: View, inside: Html): Html {
  const error = view.error === null ? '' : html`<p class="error" role="alert" id="${ERROR_ID}">${view.error}</p>`
  return html`${error}
    <form method="post" action="/authorize/${view.visit.id}" data-step="${view.visit.step}">
      <input type="hidden" name="step" value="${view.visit.step}" />
      ${inside}
    </form>`
}

export interface Field {
  readonly name: string
  readonly label: string
  readonly type: 'text' | 'password'
  readonly value?: string
  readonly attributes?: Html
}

/** A labeled field, tied to the page's error where there is one. */
export function field(view: View, { name, label, type, value, attributes }: Field): Html {
  const wrong = view.error === null ? '' : html`aria-invalid="true" aria-describedby="${ERROR_ID}"`
  return html`<label
    >${label} <input type="${type}" name="${name}" value="${value ?? ''}" required ${wrong} ${attributes ?? ''}
  /></label>`
}

export function goOn(words: string): Html {
  return html`<div class="actions"><button class="main">${words}</button>${cancelButton()}</div>`
}

export function cancelButton(): Html {
  return html`<button name="cancel" value="yes" formnovalidate>Cancel</button>`
}

export function employerOf(view: View): string {
  return view.session.customer?.name ?? 'your company'
}

export function providerOf(view: View): Provider {
  const provider = findProvider(view.visit.provider ?? '')
  if (provider === undefined) throw new Error(`the visit has no provider at step ${view.visit.step}`)
  return provider
}
