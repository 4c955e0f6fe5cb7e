/**
 * Makes the pictures of the README from real runs: `npm run pictures`.
 * docs/terminal.svg is what a terminal of 92 columns shows; docs/callback-page.png is a page in Chromium. Linux only.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const BIN = join(ROOT, 'bin', 'finchconn.js')
const HOME = mkdtempSync(join(tmpdir(), 'finchconn-pictures-'))
const COLUMNS = 92
const ENV = {
  PATH: process.env.PATH,
  HOME,
  TERM: 'xterm-256color',
  FINCHCONN_HOME: join(HOME, 'data'),
  FINCHCONN_PROFILE: 'emulator',
  FINCHCONN_REDIRECT_URI: 'http://localhost:4179/callback',
}

const SHOWN = [
  'customers create acme --name "Acme, Inc."',
  'connect --customer acme --provider gusto',
  'connect --customer acme --provider adp_run --another',
  'sandbox status acme/gusto reauth',
  'list',
]

/** What a terminal shows of one command, line by line: of a line that is rewritten, its last state. */
function typed(command) {
  const { stdout, status } = spawnSync(
    'script',
    ['-qec', `stty cols ${COLUMNS}; '${process.execPath}' '${BIN}' ${command}`, '/dev/null'],
    { env: { ...ENV, FINCHCONN_BROWSER: 'robot' }, encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stdout}`)
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/\r$/, '').split('\u001b[2K').at(-1) ?? '')
    .map((line) => line.replaceAll('\r', ''))
}

const COLORS = { 31: '#ff7b72', 32: '#56d364', 33: '#e3b341', 36: '#76e3ea' }
const escaped = (words) => words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** A line with its colors, as the parts of an SVG text. */
function painted(line) {
  let style = {}
  return line
    .split(/\u001b\[([\d;]*)m/)
    .map((part, index) => {
      if (index % 2 === 1) {
        for (const code of part.split(';').map(Number)) style = styleAfter(style, code)
        return ''
      }
      const looks = Object.entries(style).map(([name, value]) => ` ${name}="${value}"`)
      return part === '' ? '' : `<tspan${looks.join('')}>${escaped(part)}</tspan>`
    })
    .join('')
}

function styleAfter({ fill, ...rest }, code) {
  const colored = fill === undefined ? rest : { ...rest, fill }
  const { 'font-weight': _bold, 'fill-opacity': _dim, ...plain } = colored
  if (code === 0) return {}
  if (code === 1) return { ...colored, 'font-weight': 'bold' }
  if (code === 2) return { ...colored, 'fill-opacity': '0.6' }
  if (code === 22) return plain
  return COLORS[code] === undefined ? rest : { ...rest, fill: COLORS[code] }
}

function drawTerminal() {
  const lines = SHOWN.flatMap((command) => [`\u001b[2m$\u001b[22m finchconn ${command}`, ...typed(command), ''])
  const [width, height] = [COLUMNS * 8 + 32, lines.length * 19 + 20]
  const rows = lines.flatMap((line, index) =>
    line === '' ? [] : [`<text x="16" y="${28 + index * 19}" xml:space="preserve">${painted(line)}</text>`],
  )
  writeFileSync(
    join(ROOT, 'docs', 'terminal.svg'),
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>finchconn in a terminal</title>
<rect width="100%" height="100%" rx="8" fill="#161b22"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13" fill="#e6edf3">
${rows.join('\n')}
</g>
</svg>
`,
  )
}

/** The page after a login that a person makes in the browser: the callback's own answer. */
async function photographPage() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--headless=new', '--disable-gpu', '--hide-scrollbars'],
  })
  const connect = ['connect', '--customer', 'acme', '--provider', 'paychex_flex', '--another', '--no-browser']
  const waiting = spawn(process.execPath, [BIN, ...connect], { env: ENV, stdio: ['ignore', 'ignore', 'pipe'] })
  try {
    const page = await browser.newPage({ viewport: { width: 560, height: 360 }, colorScheme: 'light' })
    await page.goto(await printedAddress(waiting))
    await page.getByLabel('Username').fill('good_user')
    await page.getByLabel('Password').fill('good_pass')
    await page.getByRole('button', { name: 'Log in', exact: true }).click()
    await page.getByRole('button', { name: 'Allow', exact: true }).click()
    await page.waitForURL(/\/done\//)
    await page.getByText('Connected', { exact: true }).waitFor()
    await page.locator('main').screenshot({ path: join(ROOT, 'docs', 'callback-page.png') })
  } finally {
    await browser.close()
    waiting.kill('SIGINT')
  }
}

async function printedAddress(waiting) {
  let said = ''
  for await (const bytes of waiting.stderr) {
    said += bytes
    const [address] = /http:\/\/localhost:\d+\/go\/\S+/.exec(said) ?? []
    if (address !== undefined) {
      waiting.stderr.resume()
      return address
    }
  }
  throw new Error(`no address was printed: ${said}`)
}

try {
  drawTerminal()
  await photographPage()
} finally {
  rmSync(HOME, { recursive: true, force: true })
}
