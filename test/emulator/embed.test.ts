import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import type { Browser, FrameLocator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumOrSaySo, startChromium } from '../chromium.ts'
import { openStand, type SessionParams, type Stand } from './stand.ts'

// Finch's own embed SDK, in a real browser, on a page of another origin than the emulator's.

const SDK = join(dirname(createRequire(import.meta.url).resolve('@tryfinch/react-connect')), 'index.es.js')

/** Only the SDK's hook for React needs React; its plain class is what is used here. */
const HOST_PAGE = (connectUrl: string) => `<!doctype html><html lang="en"><title>The application</title><body>
<script type="importmap">{"imports":{"react":"data:text/javascript,export const useRef=null,useEffect=null"}}</script>
<script type="module">
  import { FinchConnect } from '/sdk.js'
  window.told = []
  window.finch = FinchConnect.initialize({
    onSuccess: (event) => told.push({ success: event }),
    onError: (event) => told.push({ error: event }),
    onClose: () => told.push({ closed: true }),
    apiConfig: { connectUrl: '${connectUrl}' },
  })
</script></body></html>`

describe.runIf(chromiumOrSaySo('the embed SDK'))('Finch Connect in a frame of the embed SDK', () => {
  let stand: Stand
  let browser: Browser
  let hostPort: number
  let server: ReturnType<typeof createServer>

  beforeAll(async () => {
    stand = await openStand({ rules: { alreadyExists: 'never' } })
    server = createServer((request, response) => {
      const script = request.url === '/sdk.js'
      response.setHeader('content-type', script ? 'text/javascript' : 'text/html')
      response.end(script ? readFileSync(SDK) : HOST_PAGE(stand.emulator.url))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    hostPort = (server.address() as AddressInfo).port
    browser = await startChromium()
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
    await stand?.close()
  })

  async function newSession(session: Partial<SessionParams> = {}): Promise<string> {
    const made = await stand.finch.connect.sessions.new({
      customer_id: 'acme',
      customer_name: 'Acme, Inc.',
      products: ['company'],
      integration: { provider: 'gusto' },
      ...session,
    })
    return made.session_id
  }

  /** The application's page with Connect open in it. */
  async function open(sessionId: string): Promise<{ page: Page; frame: FrameLocator }> {
    const page = await browser.newPage()
    await page.goto(`http://localhost:${hostPort}/`)
    await page.waitForFunction('window.finch !== undefined')
    await page.evaluate(`finch.open({ sessionId: '${sessionId}', state: 's1' })`)
    return { page, frame: page.frameLocator('#finch-connect-iframe') }
  }

  async function told(page: Page, count: number): Promise<unknown[]> {
    await page.waitForFunction(`told.length >= ${count}`)
    return page.evaluate('told')
  }

  async function logIn(frame: FrameLocator, password: string): Promise<void> {
    await frame.getByLabel('Username').fill('good_user')
    await frame.getByLabel('Password').fill(password)
    await frame.getByRole('button', { name: 'Log in', exact: true }).click()
  }

  it('tells a success with the code and the state, and the code is exchanged without an address', async () => {
    const { page, frame } = await open(await newSession({ redirect_uri: stand.redirectUri }))
    await logIn(frame, 'good_pass')
    await frame.getByRole('button', { name: 'Allow' }).click()
    const [event] = (await told(page, 1)) as [{ success: { code: string; state: string } }]
    expect(event.success.state).toBe('s1')
    expect(await page.locator('iframe').count()).toBe(0)
    const { code } = event.success
    await expect(stand.finch.accessTokens.create({ code, redirect_uri: stand.redirectUri })).rejects.toThrow('400')
    expect((await stand.finch.accessTokens.create({ code })).customer_id).toBe('acme')
  })

  it('tells an error that the employer can put right, and the frame stays', async () => {
    const { page, frame } = await open(await newSession())
    await logIn(frame, 'wrong')
    expect(await told(page, 1)).toEqual([
      { error: { errorMessage: 'That login was not accepted.', errorType: 'employer_connection_error' } },
    ])
    await logIn(frame, 'good_pass')
    await frame.getByRole('button', { name: 'Allow' }).waitFor()
  })

  it('tells that it was closed when the employer cancels', async () => {
    const { page, frame } = await open(await newSession())
    await frame.getByRole('button', { name: 'Cancel' }).click()
    expect(await told(page, 1)).toEqual([{ closed: true }])
    expect(await page.locator('iframe').count()).toBe(0)
  })

  it('tells an error when Connect cannot be opened', async () => {
    const { page } = await open('no-such-session')
    expect(await told(page, 1)).toMatchObject([{ error: { errorType: 'validation_error' } }])
    expect(await page.locator('iframe').count()).toBe(0)
  })

  it('is blocked in the page of any other origin', async () => {
    const page = await browser.newPage()
    const said: string[] = []
    page.on('console', (message) => said.push(message.text()))
    await page.goto(`http://127.0.0.1:${hostPort}/`)
    const named = new URLSearchParams({
      session: await newSession(),
      app_type: 'spa',
      sdk_host_url: `http://localhost:${hostPort}`,
    })
    const src = `${stand.emulator.url}/authorize?${named}`
    await page.evaluate(`document.body.append(Object.assign(document.createElement('iframe'), { src: '${src}' }))`)
    await expect.poll(() => said.join('\n')).toContain('frame-ancestors')
    expect(await told(page, 0)).toEqual([])
  })
})

describe('whose frame Connect may be in', () => {
  let stand: Stand
  beforeAll(async () => {
    stand = await openStand()
  })
  afterAll(() => stand.close())

  async function policy(parameters: Record<string, string>): Promise<{ status: number; policy: string }> {
    const { connect_url: address } = await stand.finch.connect.sessions.new({
      customer_id: 'acme',
      customer_name: 'Acme, Inc.',
      products: ['company'],
    })
    const page = await fetch(`${address}&${new URLSearchParams(parameters)}`)
    return { status: page.status, policy: page.headers.get('content-security-policy') ?? '' }
  }

  it('is the one origin that was named', async () => {
    const { policy: text } = await policy({ app_type: 'spa', sdk_host_url: 'https://app.example.com' })
    expect(text).toMatch(/frame-ancestors https:\/\/app\.example\.com$/)
    expect(text).toMatch(/script-src 'sha256-[^ ]+';/)
  })

  it('is nobody without it', async () => {
    const { policy: text } = await policy({ sdk_host_url: 'https://app.example.com' })
    expect(text).toContain("frame-ancestors 'none'")
    expect(text).not.toContain('script-src')
  })

  it.each([
    '*',
    'https://*.example.com',
    'https://a.example https://b.example',
    'https://a.example; script-src *',
    'https://a.example/path',
    'HTTPS://A.example',
    'javascript:alert(1)',
    'null',
    '',
  ])('is refused when "%s" is named', async (sdk_host_url) => {
    const answer = await policy({ app_type: 'spa', sdk_host_url })
    expect(answer.status).toBe(400)
    expect(answer.policy).toContain("frame-ancestors 'none'")
  })
})
