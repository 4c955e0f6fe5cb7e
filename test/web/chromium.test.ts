/** The whole way in a real browser: our launcher, Connect, our callback, the last page. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumOrSaySo, startChromium } from '../chromium.ts'
import { world } from '../harness.ts'

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
})
