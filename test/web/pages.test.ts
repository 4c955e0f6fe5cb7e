import { describe, expect, it } from 'vitest'
import { PAGES, type PageName, renderPage } from '../../src/web/pages.ts'

const NAMES = Object.keys(PAGES) as PageName[]
const WHOSE = { customerName: 'Acme & <b>Sons</b>"', providerId: 'adp_run', product: '<script>alert(1)</script>' }

describe('the pages', () => {
  it.each(NAMES)('%s says nothing of a terminal, and writes names as text', (name) => {
    const page = renderPage(name, WHOSE)
    expect(page).not.toMatch(/terminal|finchconn|oops|!<\/(p|h1)>/i)
    expect(page).not.toContain('<b>Sons')
    expect(page).not.toContain('<script')
    expect(page).toContain('Acme &amp; &lt;b&gt;Sons')
    expect(page).toContain('ADP Run')
    expect(page).toContain('role="status"')
    expect(page).toMatch(/<h1 tabindex="-1" autofocus>/)
  })

  it.each(NAMES)('%s tells a stranger no name', (name) => {
    expect(renderPage(name)).not.toMatch(/Acme|ADP/)
  })

  it('say what to do where no product has a name, and no provider was chosen', () => {
    const page = renderPage('mismatch', { customerName: 'Acme, Inc.', providerId: null, product: null })
    expect(page).toContain('Please log in to Acme, Inc.&#39;s payroll account, or ask the people who sent you the link')
  })
})
