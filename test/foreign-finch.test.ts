/**
 * The built tool against a Finch that is not our emulator, reached by addresses alone, with a browser that is a program
 * named by FINCHCONN_BROWSER: nothing may depend on our own emulator's ways.
 */

import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { newVaultKey } from '../src/vault/seal.ts'
import { BIN, folder, freePort, later } from './harness.ts'

/** The smallest Finch that Finch's documents allow: status 201, ids as given, a customer id as a number, no entities. */
async function plainFinch(): Promise<{ url: string; status: { now: string } }> {
  const sessions = new Map<
    string,
    { redirect: string; customer: string; provider: string; connection: string | null }
  >()
  const codes = new Map<string, string>()
  const tokens = new Map<string, { connection: string; customer: string; provider: string }>()
  const status = { now: 'connected' }
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://x')
    let text = ''
    for await (const chunk of request) text += chunk
    const body = text === '' ? {} : JSON.parse(text)
    const json = (code: number, value: unknown) =>
      response.writeHead(code, { 'Content-Type': 'application/json' }).end(JSON.stringify(value))
    if (url.pathname === '/authorize') {
      const session = sessions.get(url.searchParams.get('session') ?? '')
      if (session === undefined) return json(404, {})
      const code = randomUUID()
      codes.set(code, url.searchParams.get('session') ?? '')
      return response
        .writeHead(302, { Location: `${session.redirect}?code=${code}&state=${url.searchParams.get('state')}` })
        .end()
    }
    if (request.headers['finch-api-version'] !== '2020-09-17')
      return json(400, { code: 400, name: 'invalid_request_error' })
    if (url.pathname.startsWith('/connect/sessions')) {
      if (request.headers.authorization !== `Basic ${Buffer.from('client:secret').toString('base64')}`)
        return json(401, { code: 401, name: 'invalid_client_error' })
      const known = [...tokens.values()].find((one) => one.connection === body.connection_id)
      const id = randomUUID()
      sessions.set(id, {
        redirect: body.redirect_uri,
        customer: body.customer_id ?? known?.customer,
        provider: body.integration?.provider ?? known?.provider ?? 'gusto',
        connection: body.connection_id ?? null,
      })
      return json(201, { session_id: id, connect_url: `${origin()}/authorize?session=${id}` })
    }
    if (url.pathname === '/auth/token') {
      const session = sessions.get(codes.get(body.code) ?? '')
      if (session === undefined || request.headers.authorization !== undefined)
        return json(400, { code: 400, name: 'invalid_grant_error' })
      codes.delete(body.code)
      const token = `token-${randomUUID()}`
      const connection = session.connection ?? randomUUID()
      tokens.set(token, { connection, customer: session.customer, provider: session.provider })
      status.now = 'connected'
      return json(200, {
        access_token: token,
        connection_id: connection,
        client_type: 'sandbox',
        connection_type: 'finch',
        provider_id: session.provider,
        products: ['company', 'directory'],
        entity_ids: [],
      })
    }
    const held = tokens.get((request.headers.authorization ?? '').replace('Bearer ', ''))
    if (held === undefined) return json(401, { code: 401, name: 'invalid_token_error' })
    if (url.pathname === '/introspect') {
      return json(200, {
        id: randomUUID(),
        client_id: 'client',
        client_type: 'sandbox',
        connection_id: held.connection,
        connection_status: { status: status.now },
        customer_id: Number(held.customer),
        provider_id: held.provider,
        products: ['employer:company', 'directory'],
        something_new: { of: 'tomorrow' },
      })
    }
    if (url.pathname === '/employer/company')
      return json(200, { id: randomUUID(), legal_name: 'Four Two, Inc.', ein: '12-3456789' })
    return json(404, { code: 404, name: 'not_found_error' })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  later(() => server.close())
  const origin = () => {
    const address = server.address()
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  }
  return { url: origin(), status }
}

/** A browser that is a program: follows redirects, keeps cookies by host, says that it navigates, ends. */
const BROWSER = `
import { get } from 'node:http'
const jar = new Map()
const open = (url, cookie) =>
  new Promise((resolve, reject) => {
    const navigation = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
    get(url, { headers: { ...navigation, ...(cookie ? { cookie } : {}) } }, (response) => {
      response.resume().once('end', () => resolve(response.headers))
    }).once('error', reject)
  })
let url = process.argv.at(-1)
for (let step = 0; step < 10; step += 1) {
  const host = new URL(url).hostname
  const { location, 'set-cookie': [cookie] = [] } = await open(url, jar.get(host))
  if (cookie) jar.set(host, cookie.split(';')[0])
  if (!location) break
  url = new URL(location, url).href
}
`

describe('a Finch by somebody else, and a browser that is a program', () => {
  it('connect, list, show, reauth, token', async () => {
    const finch = await plainFinch()
    const home = folder()
    const browser = join(home, 'browser with spaces.mjs')
    writeFileSync(browser, BROWSER)
    const env = {
      PATH: process.env.PATH ?? '',
      FINCHCONN_HOME: join(home, 'data'),
      FINCHCONN_API_URL: finch.url,
      FINCHCONN_CONNECT_URL: finch.url,
      FINCH_CLIENT_ID: 'client',
      FINCH_CLIENT_SECRET: 'secret',
      FINCHCONN_REDIRECT_URI: `http://localhost:${await freePort()}/callback`,
      FINCHCONN_VAULT_KEY: newVaultKey().reveal(),
      FINCHCONN_BROWSER: `"${process.execPath}" "${browser}"`,
      CI: 'true',
    }
    const finchconn = (...args: string[]) =>
      new Promise<{ code: number | null; out: string }>((resolve) => {
        const child = spawn(process.execPath, [BIN, ...args], { env, stdio: ['ignore', 'pipe', 'ignore'] })
        let out = ''
        child.stdout.on('data', (words) => {
          out += words
        })
        child.once('close', (code) => resolve({ code, out }))
      })
    expect((await finchconn('customers', 'create', '42', '--name', 'Four Two', '--json')).code).toBe(0)
    const connect = await finchconn('connect', '--customer', '42', '--provider', 'gusto', '--json')
    expect(connect.code).toBe(0)
    const { connection } = JSON.parse(connect.out)
    expect(connection).toMatchObject({
      company_name: 'Four Two, Inc.',
      products: ['company', 'directory'],
      entities: [],
      status: 'connected',
    })
    const list = await finchconn('list', '--json')
    expect(JSON.parse(list.out).connections).toEqual([connection])
    const first = (await finchconn('token', connection.connection_id.slice(0, 8))).out
    finch.status.now = 'reauth'
    const reauth = await finchconn('reauth', '42/gusto', '--json')
    expect(reauth.code).toBe(0)
    expect(JSON.parse(reauth.out).connection).toMatchObject({
      connection_id: connection.connection_id,
      status: 'connected',
    })
    const second = (await finchconn('token', '42/gusto')).out
    expect(second).toMatch(/^token-[0-9a-f-]{36}\n$/)
    expect(second).not.toBe(first)
    const show = await finchconn('show', '42/gusto', '--json')
    expect(show.out).not.toContain(second.trim())
  })
})
