import { html } from 'hono/html'
import { companyIdFor, ENTITY_NAMES, employerName, entityName } from '../employer.ts'
import { consentPage } from './consent-page.ts'
import type { PageContent } from './layout.ts'
import { loginPage } from './login-page.ts'
import { providerPage } from './provider-page.ts'
import { field, goOn, providerOf, stepForm, type View } from './view.ts'

/** The page of the step the visit is at. */
export function stepPage(view: View): PageContent {
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
    case 'canceled':
      return canceledPage(view)
    case 'done':
      return messagePage('Connected', 'This connection was made. You can close this window.')
  }
}

/** The end of a flow that goes back to no address. */
export function embeddedEndPage(code: string, state: string | null): PageContent {
  return {
    title: 'Connected',
    body: html`<h1>Connected</h1>
      <p>No redirect follows: the page around this one is given the code.</p>
      <p>code <code data-code>${code}</code></p>
      ${state === null ? '' : html`<p>state <code data-state>${state}</code></p>`}`,
  }
}

/** A page without a way on. */
export function messagePage(title: string, words: string): PageContent {
  return {
    title,
    body: html`<h1>${title}</h1>
      <p class="lead">${words}</p>`,
  }
}

function mfaPage(view: View): PageContent {
  const attributes = html`inputmode="numeric" autocomplete="one-time-code" autofocus`
  return {
    title: 'One-time code',
    body: html`<h1>Enter your one-time code</h1>
      <p class="lead">${providerOf(view).name} sent you a code.</p>
      ${stepForm(
        view,
        html`${field(view, { name: 'otp', label: 'One-time code', type: 'text', attributes })}
          <p class="hint">For testing, any six digits work.</p>
          ${goOn('Continue')}`,
      )}`,
  }
}

function entitiesPage(view: View): PageContent {
  const employer = employerReached(view)
  return {
    title: 'Choose entities',
    body: html`<h1>Choose what to connect</h1>
      ${stepForm(
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
          ${view.connected.length === 0 ? '' : html`<p class="hint">Entities that are connected must stay checked.</p>`}
          ${goOn('Continue')}`,
      )}`,
  }
}

/** The name the connection's entities will go by. */
function employerReached({ session, visit }: View): string {
  const { clientId, customer } = session
  const user = visit.user ?? ''
  const companyId = companyIdFor(clientId, customer?.id ?? session.id, visit.provider ?? '', user)
  return employerName({ customer, companyId, user })
}

/** In a window of its own nobody is told, as far as Finch documents; the page around an embedded one is. */
function canceledPage(view: View): PageContent {
  const { session, visit, application } = view
  const again = new URLSearchParams({ session: session.id, ...(visit.state === null ? {} : { state: visit.state }) })
  return {
    title: 'Connection canceled',
    body: html`<h1>Connection canceled</h1>
      <p class="lead">Nothing was connected.</p>
      ${
        visit.host === null
          ? html`<p>
                ${application} is not told: Finch documents no redirect for a login that was canceled, so whatever waits
                for it there goes on waiting.
              </p>
              <p>You can close this window, or <a href="/authorize?${again.toString()}">start over</a>.</p>`
          : ''
      }`,
  }
}
