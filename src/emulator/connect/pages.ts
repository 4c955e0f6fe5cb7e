import { html } from 'hono/html'
import type { Html } from '../call.ts'
import { ENTITY_NAMES, entityName } from '../employer.ts'
import { type AuthMethod, allProviders, findProvider, type Provider } from '../providers.ts'
import type { Session, Visit } from '../state.ts'
import { layout } from './layout.ts'

// What a person sees at each step. Every form carries its step's name, so that a form sent twice or from an old tab
// cannot be taken for the next one.

export interface View {
  readonly session: Session
  readonly visit: Visit
  /** Indexes of entities the connection already has, ticked from the start in a reauthentication. */
  readonly connected: readonly number[]
  readonly error: string | null
}

/** The page of the step the visit is at. */
export function stepPage(view: View): Html {
  switch (view.visit.step) {
    case 'provider':
      return providerPage(view)
    case 'login':
      return loginPage(view)
    case 'mfa':
      return mfaPage(view)
    case 'entities':
      return entitiesPage(view)
    case 'consent':
      return consentPage(view)
    case 'cancelled':
      return messagePage('You left without connecting', 'Nothing was connected. You can close this window.')
    case 'done':
      return messagePage('This is done', 'The connection was made. You can close this window.')
  }
}

/** The end of a session that has no address to go back to: what an embedding page would be given. */
export function embeddedEndPage(code: string, state: string | null): Html {
  return layout(
    'Connected',
    html`<h1>Connected</h1>
      <p>This session has no redirect address. An embedding page would now be given:</p>
      <p>code <code data-code>${code}</code></p>
      ${state === null ? '' : html`<p>state <code data-state>${state}</code></p>`}`,
  )
}

/** A page without a way on. */
export function messagePage(title: string, words: string): Html {
  return layout(
    title,
    html`<h1>${title}</h1>
      <p class="lead">${words}</p>`,
  )
}

function providerPage(view: View): Html {
  const choices = allProviders().filter((provider) => view.session.manual || provider.methods[0] !== 'assisted')
  return layout(
    'Choose your system',
    html`<h1>Choose your payroll or HR system</h1>
      <p class="lead">${who(view)} will be connected to it.</p>
      ${form(
        view,
        html`<div class="choices">
            ${choices.map(({ id, name }) => html`<button name="provider" value="${id}">${name}</button>`)}
          </div>
          <div class="actions">${cancel()}</div>`,
      )}`,
  )
}

function loginPage(view: View): Html {
  const provider = providerOf(view)
  const method = view.visit.method ?? provider.methods[0]
  const others = otherMethods(view, provider, method)
  return layout(
    `Log in to ${provider.name}`,
    html`<h1>Log in to ${provider.name}</h1>
      <p class="lead">${view.session.reauthOf === null ? 'New connection for' : 'Restoring the connection of'} ${who(view)}</p>
      ${form(
        view,
        html`${loginFields(method, provider)}
          <div class="actions">
            <button class="main" name="login" value="yes">${loginWords(method, provider)}</button>
            ${cancel()}
          </div>
          ${others.map(
            (other) =>
              html`<p class="actions">
                <button name="method" value="${other}" formnovalidate>${METHOD_WORDS[other]} instead</button>
              </p>`,
          )}`,
      )}`,
  )
}

const METHOD_WORDS: Readonly<Record<AuthMethod, string>> = {
  credential: 'Log in with a password',
  api_token: 'Use an API token',
  api_credential: 'Use an API client id and secret',
  oauth: 'Log in at the provider',
  assisted: 'Invite Finch as an administrator',
}

function loginFields(method: AuthMethod, provider: Provider): Html {
  switch (method) {
    case 'credential':
      return html`${field('user', 'User name', 'text')} ${field('secret', 'Password', 'password')}
        <p class="hint">
          Here: <code>good_user</code> with <code>good_pass</code>, <code>mfa</code>, <code>multi_entity</code> or
          <code>mfa_account_selection</code>. <code>good_user_2</code> is somebody else.
        </p>`
    case 'api_token':
      return html`${field('secret', 'API token', 'password')}
        <p class="hint">Here: <code>good_token</code>.</p>`
    case 'api_credential':
      return html`${field('user', 'Client id', 'text')} ${field('secret', 'Client secret', 'password')}
        <p class="hint">Here: <code>good_user</code> with <code>good_pass</code>.</p>`
    case 'oauth':
      return html`<p>${provider.name} would ask you to log in on its own page. Here one click does it.</p>`
    case 'assisted':
      return html`<p>
        Invite Finch as a third-party administrator in ${provider.name}, then go on. Data will be there once Finch has
        been let in.
      </p>`
  }
}

function loginWords(method: AuthMethod, provider: Provider): string {
  if (method === 'oauth') return `Continue with ${provider.name}`
  return method === 'assisted' ? 'I have sent the invitation' : 'Log in'
}

function mfaPage(view: View): Html {
  return layout(
    'Second factor',
    html`<h1>Enter your one-time code</h1>
      <p class="lead">${providerOf(view).name} has sent you a code.</p>
      ${form(
        view,
        html`<label
            >One-time code
            <input type="text" name="otp" inputmode="numeric" autocomplete="one-time-code" required autofocus
          /></label>
          <p class="hint">Here: any six digits.</p>
          ${goOn('Continue')}`,
      )}`,
  )
}

function entitiesPage(view: View): Html {
  const employer = view.session.customer?.name ?? 'Employer'
  return layout(
    'Choose entities',
    html`<h1>Choose what to connect</h1>
      ${form(
        view,
        html`<fieldset>
            <legend>Entities you can reach in ${providerOf(view).name}</legend>
            ${ENTITY_NAMES.map(
              (_, index) =>
                html`<label class="tick"
                  ><input
                    type="checkbox"
                    name="entity"
                    value="${index}"
                    ${view.connected.includes(index) ? 'checked' : ''}
                  />
                  ${entityName(employer, index)}</label
                >`,
            )}
          </fieldset>
          ${view.connected.length === 0 ? '' : html`<p class="hint">Entities that are connected must stay ticked.</p>`}
          ${goOn('Continue')}`,
      )}`,
  )
}

function consentPage(view: View): Html {
  return layout(
    'Allow access',
    html`<h1>Allow access to your data</h1>
      <p>For ${who(view)}, the application wants to read from ${providerOf(view).name}:</p>
      <ul>
        ${view.session.products.map((product) => html`<li>${product.replaceAll('_', ' ')}</li>`)}
      </ul>
      ${form(view, goOn('Allow'))}`,
  )
}

function form(view: View, inside: Html): Html {
  const error = view.error === null ? '' : html`<p class="error" role="alert">${view.error}</p>`
  return html`${error}
    <form method="post" action="/authorize/${view.visit.id}" data-step="${view.visit.step}">
      <input type="hidden" name="step" value="${view.visit.step}" />
      ${inside}
    </form>`
}

function field(name: string, label: string, type: 'text' | 'password'): Html {
  return html`<label>${label} <input type="${type}" name="${name}" autocomplete="off" required /></label>`
}

function goOn(words: string): Html {
  return html`<div class="actions"><button class="main">${words}</button>${cancel()}</div>`
}

function cancel(): Html {
  return html`<button name="cancel" value="yes" formnovalidate>Cancel</button>`
}

function who(view: View): string {
  return view.session.customer?.name ?? 'this employer'
}

function providerOf(view: View): Provider {
  const provider = findProvider(view.visit.provider ?? '')
  if (provider === undefined) throw new Error(`the visit has no provider at step ${view.visit.step}`)
  return provider
}

/** A fixed way to log in leaves no choice; the assisted way is only for sessions that asked for it. */
function otherMethods(view: View, provider: Provider, method: AuthMethod): AuthMethod[] {
  if (view.session.authMethod !== null) return []
  return provider.methods.filter((other) => other !== method && (other !== 'assisted' || view.session.manual))
}
