import { html } from 'hono/html'
import type { Html } from '../call.ts'
import { allProviders, type Provider } from '../providers.ts'
import type { PageContent } from './layout.ts'
import { cancelButton, employerOf, stepForm, type View } from './view.ts'

export function providerPage(view: View): PageContent {
  const offered = allProviders().filter((provider) => view.session.manual || provider.methods[0] !== 'assisted')
  const found = offered.filter((provider) => matches(provider, view.search))
  return {
    title: 'Choose your system',
    body: html`<h1>Choose your payroll or HR system</h1>
      <p class="lead">To connect ${employerOf(view)} to ${view.application}</p>
      ${searchForm(view)}
      ${found.length === 0 ? html`<p role="status">No system matches "${view.search}".</p>` : ''}
      ${stepForm(
        view,
        html`<div class="choices">${found.map(choice)}</div>
          <div class="actions">${cancelButton()}</div>`,
      )}`,
  }
}

/** Works without a script: the server narrows the choice. */
function searchForm(view: View): Html {
  return html`<form method="get" action="/authorize/${view.visit.id}" role="search">
    <label>Search <input type="search" name="search" value="${view.search}" autocomplete="off" /></label>
    <button>Search</button>
  </form>`
}

function choice({ id, name }: Provider): Html {
  return html`<button name="provider" value="${id}">
    <span class="initials" aria-hidden="true">${initials(name)}</span>${name}
  </button>`
}

function matches({ id, name }: Provider, search: string): boolean {
  const wanted = search.trim().toLowerCase()
  return name.toLowerCase().includes(wanted) || id.includes(wanted)
}

/** Up to two letters: of the first two words, else the first capitals of the one word. */
function initials(name: string): string {
  const words = name.split(' ')
  const letters =
    words.length > 1 ? words.map((word) => word.charAt(0)) : [...name].filter((letter) => /[A-Z]/.test(letter))
  return (letters.length === 0 ? name.charAt(0) : letters.slice(0, 2).join('')).toUpperCase()
}
