/** A Finch that tells back what it was sent and what it gives out, in every field there is: nothing of it is shown or stored. */
import { createServer, type IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { everyByte, later, type Ran, type World, world } from './harness.ts'

interface Answer {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body: unknown
}

/** Changes the emulator's answer to one path; `sent` is what came in, `real` what the emulator says. */
type Change = (sent: string, real: Record<string, unknown>, status: number) => Answer

/** A world whose API calls pass by a server that answers `path` as it likes. */
async function echoing(path: string, change: Change): Promise<World> {
  const place = await world()
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request)
    const headers = Object.entries(request.headers).filter(
      (pair): pair is [string, string] =>
        typeof pair[1] === 'string' && !['host', 'content-length', 'connection'].includes(pair[0]),
    )
    const real = await fetch(`${place.finch.url}${request.url}`, {
      method: request.method ?? 'GET',
      headers: Object.fromEntries(headers),
      ...(body === '' ? {} : { body }),
    })
    const said = (await real.json()) as Record<string, unknown>
    const answer =
      request.url === path
        ? change(`${request.headers.authorization ?? ''} ${body}`, said, real.status)
        : { status: real.status, body: said }
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
    response.end(JSON.stringify(answer.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  later(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  Object.assign(place.env, { FINCHCONN_API_URL: `http://127.0.0.1:${address.port}` })
  return place
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request.setEncoding('utf8')) body += chunk
  return body
}

function writings(secret: string): string[] {
  const bytes = Buffer.from(secret)
  return [
    secret,
    secret.slice(0, 10),
    bytes.toString('hex'),
    bytes.toString('base64').slice(0, -4),
    encodeURIComponent(secret),
    [...secret].reverse().join(''),
  ]
}

function expectHidden(place: World, ran: Ran, secrets: readonly string[]): void {
  const seen = ran.stdout + ran.stderr
  const stored = everyByte(place.home)
  for (const writing of secrets.flatMap(writings)) {
    expect(seen).not.toContain(writing)
    expect(stored.includes(writing)).toBe(false)
  }
}

const CONNECT = 'connect --customer acme --provider gusto --create'

describe('a token repeated in another field of its answer', () => {
  const fields = [
    'client_type',
    'connection_id',
    'provider_id',
    'connection_type',
    'customer_id',
    'company_id',
    'account_id',
  ]
  it.each(fields)('%s', async (field) => {
    let token = ''
    const place = await echoing('/auth/token', (_sent, real, status) => {
      token = String(real.access_token)
      return { status, body: { ...real, [field]: token } }
    })
    for (const args of [CONNECT, 'list --json', 'show acme/gusto']) {
      const ran = await place.run(args, args === CONNECT ? { employer: {} } : {})
      expectHidden(place, ran, [token])
    }
    expect(token).not.toBe('')
  })

  it('in a list', async () => {
    let token = ''
    const place = await echoing('/auth/token', (_sent, real, status) => {
      token = String(real.access_token)
      return { status, body: { ...real, products: ['company', `x-${token}`], entity_ids: [token] } }
    })
    expectHidden(place, await place.run(CONNECT, { employer: {} }), [token])
  })
})

describe('what was sent, repeated in a refusal', () => {
  const ways: [how: string, write: (sent: string) => string][] = [
    ['as it is', (sent) => sent],
    ['in hex', (sent) => Buffer.from(sent).toString('hex')],
    ['in base64', (sent) => Buffer.from(sent).toString('base64')],
    ['in an address', encodeURIComponent],
    ['backwards', (sent) => [...sent].reverse().join('')],
  ]
  it.each(ways)('code and client secret, %s', async (_how, write) => {
    let sent = ''
    const place = await echoing('/auth/token', (body) => {
      sent = body
      const { code, client_secret } = JSON.parse(body.slice(body.indexOf('{'))) as Record<string, string>
      const words = write(`<${code}> <${client_secret}>`)
      return {
        status: 400,
        headers: { 'finch-request-id': words.replaceAll(/[^\x21-\x7e]/g, '_').slice(0, 2_000) },
        body: { name: `x ${words}`, finch_code: words, message: words, context: { connection_id: words } },
      }
    })
    const ran = await place.run(CONNECT, { employer: {} })
    expect(ran.code).toBe(1)
    const { code } = JSON.parse(sent.slice(sent.indexOf('{'))) as { code: string }
    expectHidden(place, ran, [code, place.finch.clientSecret])
    expect(ran.stderr).toContain('[secret]')
  })

  it('the token in what introspect says of the connection', async () => {
    let token = ''
    const place = await echoing('/introspect', (sent, real, status) => {
      token = sent.replace('Bearer ', '').trim()
      const said = { status: 'connected', message: `all is well with ${token}` }
      return { status, body: { ...real, connection_status: said, company_id: token } }
    })
    const ran = await place.run(CONNECT, { employer: {} })
    expect(ran.code).toBe(0)
    expectHidden(place, ran, [token])
    expectHidden(place, await place.run('show acme/gusto --json'), [token])
  })
})
