import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumOrSaySo, startChromium } from '../chromium.ts'
import { openStand, type Stand } from './stand.ts'

// Every page of Connect as a phone and a desktop show it, light and dark. With SCREENSHOTS set to a folder the pictures
// are kept there.

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const SCREENS = [
  { width: 375, height: 740, colorScheme: 'light' },
  { width: 375, height: 740, colorScheme: 'dark' },
  { width: 1280, height: 800, colorScheme: 'light' },
  { width: 1280, height: 800, colorScheme: 'dark' },
] as const

const LONG_NAME = '株式会社山田製作所ホールディングス東京本社 Überlandwerk-Beteiligungsgesellschaft'

describe.runIf(chromiumOrSaySo('the look of Connect'))('the look of Connect', () => {
  let stand: Stand
  let browser: Browser

  beforeAll(async () => {
    stand = await openStand({ rules: { alreadyExists: 'never', rateLimits: false } })
    browser = await startChromium()
  })
  afterAll(async () => {
    await browser?.close()
    await stand?.close()
  })

  it.each(SCREENS)('has nothing for axe to find at $width, $colorScheme', { timeout: 120_000 }, async (screen) => {
    const { width, height, colorScheme } = screen
    const context = await browser.newContext({ viewport: { width, height }, colorScheme, bypassCSP: true })
    const page = await context.newPage()
    const seen: string[] = []
    const look: Look = async (name, words) => {
      // A navigation that has begun would take the page away from under axe.
      await page.getByText(words, { exact: true }).waitFor()
      seen.push(name)
      await keepPicture(page, `${name}-${width}-${colorScheme}`)
      expect(await violations(page), name).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth'), name).toBeLessThanOrEqual(width)
    }
    await walkPages(stand, page, look)
    await context.close()
    expect(seen).toHaveLength(12)
  })
})

/** Looks at the page that has `words`, and at no earlier one. */
type Look = (name: string, words: string) => Promise<void>

async function walkPages(stand: Stand, page: Page, look: Look): Promise<void> {
  const open = async (provider: string | null, customer = 'Acme, Inc.') => {
    const { connect_url: address } = await stand.finch.connect.sessions.new({
      customer_id: 'acme',
      customer_name: customer,
      products: ['company', 'directory', 'individual', 'ssn', 'pay_statement'],
      ...(provider === null ? {} : { integration: { provider } }),
    })
    await page.goto(address)
  }
  const logIn = async (password: string) => {
    await page.getByLabel('Username').fill('good_user')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Log in', exact: true }).click()
  }
  await open(null)
  await look('providers', 'Choose your payroll or HR system')
  await page.getByLabel('Search').fill('nothing like it')
  await page.keyboard.press('Enter')
  await look('providers-none', 'No system matches "nothing like it".')
  await page.getByRole('button', { name: 'Cancel' }).click()
  await look('canceled', 'Connection canceled')
  await open(null, LONG_NAME)
  await look('providers-long-name', 'Choose your payroll or HR system')
  await open('deel')
  await look('login-oauth', 'Log in to Deel')
  await open('bamboo_hr')
  await look('login-token', 'Log in to BambooHR')
  await open('gusto')
  await look('login', 'Log in to Gusto')
  await logIn('wrong')
  await look('login-refused', 'That login was not accepted.')
  await logIn('mfa_account_selection')
  await look('one-time-code', 'Enter your one-time code')
  await page.getByLabel('One-time code').fill('123456')
  await page.getByRole('button', { name: 'Continue' }).click()
  await look('entities', 'Choose what to connect')
  await page.getByLabel('Acme East').check()
  await page.getByRole('button', { name: 'Continue' }).click()
  await look('consent', 'Allow access to your data')
  await page.getByRole('button', { name: 'Allow' }).click()
  await look('end', 'Connected')
}

async function violations(page: Page): Promise<unknown> {
  await page.evaluate(AXE)
  return page.evaluate(`axe.run().then(({ violations }) =>
    violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]))`)
}

async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
}
