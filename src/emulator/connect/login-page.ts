import { html } from 'hono/html'
import type { Html } from '../call.ts'
import type { AuthMethod, Provider } from '../providers.ts'
import type { PageContent } from './layout.ts'
import { OTHER_ACCOUNT } from './login.ts'
import { cancelButton, employerOf, field, providerOf, stepForm, type View } from './view.ts'

export function loginPage(view: View): PageContent {
  const provider = providerOf(view)
  const method = view.visit.method ?? provider.methods[0]
  const others = otherMethods(view, provider, method)
  return {
    title: `Log in to ${provider.name}`,
    body: html`<h1>Log in to ${provider.name}</h1>
      <p class="lead">${purposeOf(view)}</p>
      ${stepForm(
        view,
        html`${loginFields(view, method, provider)}
          <div class="actions">
            <button class="main" name="login" value="yes">${loginWords(method, provider)}</button>
            ${cancelButton()}
          </div>
          ${others.map(
            (other) =>
              html`<p class="actions">
                <button name="method" value="${other}" formnovalidate>${METHOD_WORDS[other]} instead</button>
              </p>`,
          )}`,
      )}`,
  }
}

function purposeOf(view: View): string {
  const employer = employerOf(view)
  if (view.session.reauthOf === null) return `To connect ${employer} to ${view.application}`
  return `To restore the connection of ${employer} to ${view.application}`
}

const METHOD_WORDS: Readonly<Record<AuthMethod, string>> = {
  credential: 'Log in with a password',
  api_token: 'Use an API token',
  api_credential: 'Use an API client ID and secret',
  oauth: 'Log in at the provider',
  assisted: 'Invite Finch as an administrator',
}

function loginFields(view: View, method: AuthMethod, provider: Provider): Html {
  switch (method) {
    case 'credential':
      return html`${userField(view, 'Username', 'username')} ${secretField(view, 'Password')}
        <p class="hint">
          Test logins: <code>good_user</code> with the password <code>good_pass</code>, <code>mfa</code>,
          <code>multi_entity</code> or <code>mfa_account_selection</code>. <code>${OTHER_ACCOUNT}</code> is another
          employer's account.
        </p>`
    case 'api_token':
      return html`${secretField(view, 'API token')}
        <p class="hint">
          Test tokens: <code>good_token</code>; <code>good_token_2</code> is another employer's account.
        </p>`
    case 'api_credential':
      return html`${userField(view, 'Client ID', 'off')} ${secretField(view, 'Client secret')}
        <p class="hint">
          Test login: <code>good_user</code> with <code>good_pass</code>. <code>${OTHER_ACCOUNT}</code> is another
          employer's account.
        </p>`
    case 'oauth':
      return html`<p>${provider.name} would ask you to log in on its own page. Here, one click does it.</p>
        ${otherAccount()}`
    case 'assisted':
      return html`<p>
          Invite Finch as a third-party administrator in ${provider.name}, then continue. Data will be there once Finch
          has been let in.
        </p>
        ${otherAccount()}`
  }
}

/** Where nothing is typed, a tick says whose account it is. */
function otherAccount(): Html {
  return html`<label class="tick"
    ><input type="checkbox" name="user" value="${OTHER_ACCOUNT}" /> Use another employer's account</label
  >`
}

function userField(view: View, label: string, autocomplete: string): Html {
  const attributes = html`autocomplete="${autocomplete}" autocapitalize="none" spellcheck="false"`
  return field(view, { name: 'user', label, type: 'text', value: view.user, attributes })
}

/** What was typed here before never comes back. */
function secretField(view: View, label: string): Html {
  return field(view, {
    name: 'secret',
    label,
    type: 'password',
    attributes: view.error === null ? html`autocomplete="off"` : html`autocomplete="off" autofocus`,
  })
}

function loginWords(method: AuthMethod, provider: Provider): string {
  if (method === 'oauth') return `Continue with ${provider.name}`
  return method === 'assisted' ? 'I sent the invitation' : 'Log in'
}

/** A fixed way to log in leaves no choice; the assisted way is only for sessions that asked for it. */
function otherMethods(view: View, provider: Provider, method: AuthMethod): AuthMethod[] {
  if (view.session.authMethod !== null) return []
  return provider.methods.filter((other) => other !== method && (other !== 'assisted' || view.session.manual))
}
