import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumOrSaySo, startChromium } from '../chromium.ts'
import { openStand, type SessionParams, type Stand } from './stand.ts'

// A real browser on the pages of Connect: forms, style sheet and the policy that must let the redirect through.

describe.runIf(chromiumOrSaySo('Connect in Chromium'))('Connect in Chromium', () => {
  let stand: Stand
  let browser: Browser

  beforeAll(async () => {
    stand = await openStand({ rules: { alreadyExists: 'never' } })
    browser = await startChromium()
  })
  afterAll(async () => {
    await browser?.close()
    await stand?.close()
  })

  /** A fresh page at the start of a session, with everything the browser complained about. */
  async function openConnect(session: Partial<SessionParams> = {}): Promise<{ page: Page; complaints: string[] }> {
    const made = await stand.finch.connect.sessions.new({
      customer_id: 'acme',
      customer_name: 'Acme, Inc.',
      products: ['company', 'directory'],
      redirect_uri: stand.redirectUri,
      sandbox: 'finch',
      ...session,
    })
    // Scripts off: the pages must not need any.
    const context = await browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    await page.goto(`${made.connect_url}&state=from-the-browser`)
    return { page, complaints }
  }

  async function callbackOf(page: Page, press: () => Promise<void>): Promise<URL> {
    const asked = page.waitForRequest((request) => request.url().startsWith(stand.redirectUri))
    await press()
    const callback = new URL((await asked).url())
    await page.waitForURL('**/done')
    await page.getByText('All done.').waitFor()
    return callback
  }

  test('provider, password, second factor, entities, consent, and back with code and state', async () => {
    const { page, complaints } = await openConnect()
    await page.getByRole('button', { name: 'Gusto' }).click()
    await page.getByLabel('Username').fill('good_user')
    await page.getByLabel('Password').fill('mfa_account_selection')
    await page.getByRole('button', { name: 'Log in', exact: true }).click()
    await page.getByLabel('One-time code').fill('424242')
    await page.keyboard.press('Enter')
    await page.getByLabel('Acme East').check()
    await page.getByLabel('Acme North').check()
    await page.getByRole('button', { name: 'Continue' }).click()
    const callback = await callbackOf(page, () => page.getByRole('button', { name: 'Allow' }).click())
    expect(callback.searchParams.get('state')).toBe('from-the-browser')
    expect(complaints).toEqual([])

    const code = callback.searchParams.get('code') ?? ''
    const token = await stand.finch.accessTokens.create({ code, redirect_uri: stand.redirectUri })
    expect(token.entity_ids).toHaveLength(2)
    const { entities } = await stand.as(token.access_token).account.introspect()
    expect(entities?.map(({ name }) => name)).toEqual(['Acme East', 'Acme North'])
  })

  test('a click at an OAuth provider', async () => {
    const { page } = await openConnect({ integration: { provider: 'deel' } })
    await page.getByRole('button', { name: 'Continue with Deel' }).click()
    const callback = await callbackOf(page, () => page.getByRole('button', { name: 'Allow' }).click())
    expect(callback.searchParams.get('code')).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('a wrong password is said, and can be put right', async () => {
    const { page } = await openConnect({ integration: { provider: 'gusto' } })
    for (const password of ['wrong', 'good_pass']) {
      await page.getByLabel('Username').fill('good_user')
      await page.getByLabel('Password').fill(password)
      await page.getByRole('button', { name: 'Log in', exact: true }).click()
      if (password === 'wrong') expect(await page.getByRole('alert').textContent()).toContain('not accepted')
    }
    await page.getByRole('heading', { name: 'Allow access to your data' }).waitFor()
  })

  test('a cancel stays on a page of Connect', async () => {
    const { page } = await openConnect({ integration: { provider: 'gusto' } })
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('heading', { name: 'Connection canceled' }).waitFor()
    expect(new URL(page.url()).origin).toBe(stand.emulator.url)
  })

  test('the style sheet is let in', async () => {
    const { page, complaints } = await openConnect()
    const { width } = (await page.locator('main').boundingBox()) ?? { width: 0 }
    expect(width).toBe(480)
    expect(complaints).toEqual([])
  })
})
