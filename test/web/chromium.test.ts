/** The whole way in a real browser: our launcher, Connect, our callback, the last page. */
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PAGES, type PageName, renderPage } from '../../src/web/pages.ts'
import { chromiumOrSaySo, startChromium } from '../chromium.ts'
import { later, world } from '../harness.ts'

describe.runIf(chromiumOrSaySo('connect in Chromium'))('connect in Chromium', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await startChromium()
  })
  afterAll(() => browser?.close())

  /** Logs in on the emulator's pages as a person would, and waits for our last page. */
  async function logIn(address: string, complaints: string[]): Promise<Page> {
    const page = await (await browser.newContext()).newPage()
    page.on('console', (message) => complaints.push(message.text()))
    await page.goto(address)
    await page.getByLabel('Username').fill('good_user')
    await page.getByLabel('Password').fill('good_pass')
    await page.getByRole('button', { name: 'Log in', exact: true }).click()
    if (process.env.SCREENSHOTS !== undefined) await page.screenshot({ path: `${process.env.SCREENSHOTS}/consent.png` })
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.waitForURL(/\/done\//)
    if (process.env.SCREENSHOTS !== undefined) await page.screenshot({ path: `${process.env.SCREENSHOTS}/done.png` })
    return page
  }

  it('ends on a page that says so, with nothing secret in its address', async () => {
    const place = await world()
    const complaints: string[] = []
    let title = ''
    let address = ''
    const ran = await place.run('connect --customer acme --provider gusto --create --json --timeout 30s', {
      employer: async (link) => {
        const page = await logIn(link, complaints)
        title = await page.title()
        address = page.url()
      },
    })
    expect(ran.code).toBe(0)
    expect(title).toBe('Connected')
    expect(address).not.toMatch(/code=|state=/)
    expect(complaints).toEqual([])
  })

  it('says that it was not done, when another account answered', async () => {
    const place = await world()
    place.finch.fault({ path: '/auth/token', kind: { patch: { provider_id: 'rippling' } } })
    let words = ''
    const ran = await place.run('connect --customer acme --provider gusto --create --json --timeout 30s', {
      employer: async (link) => {
        words = await (await logIn(link, [])).locator('main').innerText()
      },
    })
    expect(ran.code).toBe(9)
    expect(words).toContain('Not saved: a different account logged in')
  })

  it('shows whose login it was, on a card of one width, with the heading in focus', async () => {
    const place = await world()
    let card = 0
    let focused = ''
    let words = ''
    const ran = await place.run('connect --customer acme --provider gusto --create --json --timeout 30s', {
      employer: async (link) => {
        const page = await logIn(link, [])
        card = (await page.locator('main').boundingBox())?.width ?? 0
        focused = await page.evaluate('document.activeElement.tagName')
        words = await page.locator('main').innerText()
      },
    })
    expect(ran.code).toBe(0)
    expect([card, focused]).toEqual([480, 'H1'])
    expect(words).toContain("acme's Gusto account is now connected")
  })

  it('pages of another port on this machine can neither end the login nor spend its link', async () => {
    const place = await world()
    const callback = `${place.redirectUri}?code=bogus`
    const ran = await place.run('connect --customer acme --provider gusto --create --json --timeout 30s', {
      employer: async (link) => {
        const context = await browser.newContext()
        const evil = await context.newPage()
        await evil.goto(await hostilePage([link]))
        const page = await context.newPage()
        await page.goto(link)
        // The cookie is there now, and goes along to every port of this host.
        await evil.goto(await hostilePage([link, callback, `${callback}&state=x`]))
        await page.getByLabel('Username').fill('good_user')
        await page.getByLabel('Password').fill('good_pass')
        await page.getByRole('button', { name: 'Log in', exact: true }).click()
        await page.getByRole('button', { name: 'Allow' }).click()
        await page.waitForURL(/\/done\//)
      },
    })
    expect(ran.code).toBe(0)
    expect(place.finch.requests().filter(({ path }) => path === '/auth/token')).toHaveLength(1)
    expect(ran.stderr).toContain('it was sent by a page or program')
  })
})

/** A page on another port that asks for `addresses` in every way a page can without a person. */
async function hostilePage(addresses: readonly string[]): Promise<string> {
  const parts = addresses.map((address) => {
    const quoted = address.replaceAll('&', '&amp;')
    return `<img src="${quoted}"><iframe src="${quoted}"></iframe><script src="${quoted}"></script><link rel="prefetch" href="${quoted}"><script>fetch('${address}', { mode: 'no-cors', credentials: 'include' })</script>`
  })
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(parts.join(''))
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  later(() => server.close())
  const address = server.address()
  return `http://localhost:${typeof address === 'object' ? address?.port : ''}/`
}

describe.runIf(chromiumOrSaySo('the last pages under axe-core'))('the last pages under axe-core', () => {
  const WHOSE = { customerName: 'Acme, Inc.', providerId: 'gusto', product: 'Payroll Portal' }
  const screens = [375, 1280].flatMap((width) =>
    (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })),
  )

  it.each(screens)(
    '$width pixels, $colorScheme: nothing is found, nothing overflows',
    async ({ width, colorScheme }) => {
      const browser = await startChromium()
      later(() => browser.close())
      const page = await (await browser.newContext({ colorScheme, viewport: { width, height: 600 } })).newPage()
      for (const name of Object.keys(PAGES) as PageName[]) {
        await page.setContent(renderPage(name, WHOSE))
        await page.addScriptTag({ path: createRequire(import.meta.url).resolve('axe-core/axe.min.js') })
        const found = (await page.evaluate('axe.run()')) as { violations: { id: string }[] }
        expect(found.violations.map(({ id }) => `${name}: ${id}`)).toEqual([])
        expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
      }
    },
  )
})
