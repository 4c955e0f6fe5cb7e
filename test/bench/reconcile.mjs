/**
 * node test/bench/reconcile.mjs [goals [set …] | speed [people …] | model]
 * Node 20 runs no TypeScript: the bench and the worker are bundled to a temporary folder first.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const folder = mkdtempSync(join(tmpdir(), 'finchconn-reconcile-'))
try {
  const bundle = await rolldown({
    input: { bench: join(root, 'test/bench/reconcile.ts'), worker: join(root, 'src/reconcile/comparison/worker.ts') },
    platform: 'node',
    logLevel: 'warn',
  })
  await bundle.write({ dir: folder, format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs' })
  const run = join(folder, 'run.mjs')
  writeFileSync(
    run,
    `import { main } from './bench.mjs'
process.exitCode = await main(${JSON.stringify(root)}, process.argv.slice(2), new URL(${JSON.stringify(pathToFileURL(join(folder, 'worker.mjs')).href)}))\n`,
  )
  const [mode, ...rest] = process.argv.slice(2)
  // One process a size: the peak of memory is then the size's own.
  const runs =
    mode === 'speed'
      ? (rest.length === 0 ? ['100000', '1000000'] : rest).map((size) => ['speed', size])
      : [process.argv.slice(2)]
  for (const args of runs) {
    const { status } = spawnSync(process.execPath, ['--max-old-space-size=4096', run, ...args], { stdio: 'inherit' })
    if (status !== 0) process.exitCode = status ?? 1
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
