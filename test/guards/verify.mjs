/**
 * Takes one guard away at a time, in a throw-away copy of the tree, and demands that the test named for it fails. A file
 * that no longer loads proves nothing: a test counts that passes with the guard, runs without it, and fails.
 * `npm run verify:guards [word …]`; words pick the switches that contain one of them.
 */
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SWITCHES } from './switches.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Where each copy's test servers listen: two runs at once must not meet. */
const PORTS = [20_000, 26_000]
const TEST_MS = 30_000
/** Without its guard a loop may never end; what is stopped then has no report and counts as not failed. */
const RUN_MS = 600_000

const words = process.argv.slice(2)
const chosen = SWITCHES.filter((one) => words.length === 0 || words.some((word) => JSON.stringify(one).includes(word)))
const workshop = mkdtempSync(join(tmpdir(), 'finchconn-guards-'))
process.on('exit', () => rmSync(workshop, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))
const copies = PORTS.map((ports, index) => ({ path: copyTree(join(workshop, String(index))), ports }))

const passing = await testsThatPass()
const waiting = [...chosen]
let failed = 0
await Promise.all(copies.map(workThrough))
console.log(`${chosen.length - failed} passed, ${failed} failed, 0 skipped`)
process.exitCode = failed > 0 || chosen.length === 0 ? 1 : 0

/** What is in the repository, as it is on the disk now, with what was installed and built. */
function copyTree(path) {
  const listed = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  for (const file of execFileSync('git', listed, { cwd: ROOT, encoding: 'utf8' }).split('\0')) {
    if (file === '') continue
    mkdirSync(dirname(join(path, file)), { recursive: true })
    cpSync(join(ROOT, file), join(path, file))
  }
  cpSync(join(ROOT, 'dist'), join(path, 'dist'), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(path, 'node_modules'))
  return path
}

/** The named tests that pass while every guard stands, as `file > name`. */
async function testsThatPass() {
  const files = [...new Set(chosen.map(({ test }) => test))]
  const runs = copies.map(async (copy, index) => {
    const own = files.filter((_file, place) => place % copies.length === index)
    const patterns = chosen.filter(({ test }) => own.includes(test)).map(({ only }) => `(?:${only})`)
    return own.length === 0 ? [] : await runTests(copy, own, patterns.join('|'))
  })
  const ran = (await Promise.all(runs)).flat()
  return new Set(ran.filter(({ status }) => status === 'passed').map(({ id }) => id))
}

async function workThrough(copy) {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const trouble = await withoutGuard(copy, next)
    if (trouble !== null) failed += 1
    console.log(trouble === null ? `ok      ${next.guard}` : `FAILED  ${next.guard} (${next.file}): ${trouble}`)
  }
}

/** Null where the test fails without the guard; else what is wrong with the switch. */
async function withoutGuard(copy, { file, find, replace, test, only }) {
  const path = join(copy.path, file)
  const source = readFileSync(path, 'utf8')
  const places = source.split(find).length - 1
  if (places !== 1) return `its line stands there ${places} times, and once is wanted`
  writeFileSync(
    path,
    source.replace(find, () => replace),
  )
  try {
    const ran = await runTests(copy, [test], only)
    const red = ran.filter(({ status, id }) => status === 'failed' && passing.has(id))
    if (red.length > 0) return null
    const known = [...passing].some((id) => id.startsWith(test) && new RegExp(only).test(id))
    return known ? `${test} stays green without it` : `no test of ${test} passes with it`
  } finally {
    writeFileSync(path, source)
  }
}

/** The tests of these files whose names fit the pattern, each with its outcome. */
function runTests(copy, files, pattern) {
  const report = join(copy.path, 'guards-report.json')
  rmSync(report, { force: true })
  const args = [
    'run',
    ...files,
    '-t',
    pattern,
    '--maxWorkers=1',
    `--testTimeout=${TEST_MS}`,
    `--hookTimeout=${TEST_MS}`,
  ]
  const vitest = join(copy.path, 'node_modules', 'vitest', 'vitest.mjs')
  const child = spawn(process.execPath, [vitest, ...args, '--reporter=json', `--outputFile.json=${report}`], {
    cwd: copy.path,
    env: { ...process.env, TEST_PORTS: String(copy.ports) },
    stdio: 'ignore',
    timeout: RUN_MS,
    killSignal: 'SIGKILL',
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => resolve(readReport(report, copy.path)))
  })
}

function readReport(report, root) {
  if (!existsSync(report)) return []
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'))
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ fullName, status }) => ({ id: `${name.slice(root.length + 1)} > ${fullName}`, status })),
  )
}
