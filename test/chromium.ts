/** A real Chromium, for the suites that look at pages as a person does. */
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const PATH = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'

/** CI must have one; elsewhere the suite is left out, loudly. */
export function chromiumOrSaySo(suite: string): boolean {
  if (existsSync(PATH) || process.env.CI === 'true') return true
  console.warn(`SKIPPED: ${suite} (no browser at ${PATH}; set CHROMIUM_PATH)`)
  return false
}

export function startChromium(): Promise<Browser> {
  if (!existsSync(PATH)) throw new Error(`no Chromium at ${PATH}: install it or set CHROMIUM_PATH`)
  return chromium.launch({
    executablePath: PATH,
    args: [
      '--no-sandbox',
      '--headless=new',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  })
}
