/** What is refused before a secret is touched. */
import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exposingOption, nodeOptions } from '../src/domain/node-options.ts'
import { refuseDebugging } from '../src/safety.ts'

describe('NODE_OPTIONS', () => {
  const cases: [written: string, words: string[]][] = [
    ['', []],
    ['--a --b=c', ['--a', '--b=c']],
    ['"--a"   --b', ['--a', '--b']],
    ['--title="two words"', ['--title=two words']],
    ['--in"spe"ct', ['--inspect']],
    ['"--title=a \\"b\\" \\\\"', ['--title=a "b" \\']],
    ['--title=a\\b', ['--title=a\\b']],
  ]
  it.each(cases)('%s', (written, words) => {
    expect(nodeOptions(written)).toEqual(words)
  })

  it('is split as Node itself splits it', () => {
    const character = fc.constantFrom('a', '"', '\\', ' ', '-', '=')
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 12 }), (title) => {
        const written = `--title=x${title}`
        const node = spawnSync(process.execPath, ['-p', 'process.title'], {
          env: { NODE_OPTIONS: written },
          encoding: 'utf8',
        })
        // Node refuses what it cannot split, and options it does not know.
        fc.pre(node.status === 0)
        const titles = nodeOptions(written).filter((word) => word.startsWith('--title='))
        expect(node.stdout.replace(/\n$/, '')).toBe(titles.at(-1)?.slice('--title='.length))
      }),
      { numRuns: 40 },
    )
  })
})

describe('options that show what the process holds', () => {
  const exposing = [
    '--inspect',
    '--inspect-brk=0',
    '--inspect_wait',
    '--inspect-publish-uid=http',
    '--heapsnapshot-signal=SIGUSR2',
    '--heapsnapshot_near_heap_limit=1',
    '--report-on-signal',
    '--report_on_fatalerror',
    '--report-uncaught-exception',
    '--diagnostic-dir=/tmp',
    '--trace-event-categories=node',
    '--trace_tls',
    '--tls-keylog=/tmp/keys',
    '--abort-on-uncaught-exception',
    '--experimental-default-config-file',
  ]
  it.each(exposing)('%s', (option) => {
    expect(exposingOption(['--enable-source-maps', option])).toBe(option)
  })

  it('others are nobody’s business', () => {
    const harmless = [
      '--max-old-space-size=4096',
      '--trace-warnings',
      '--require',
      './inspect.js',
      '--no-inspect',
      '-r',
    ]
    expect(exposingOption(harmless)).toBe(null)
  })

  const refused: [env: Record<string, string>, execArgv: string[], hint: string][] = [
    [{ NODE_OPTIONS: '"--heapsnapshot-signal=SIGUSR2"' }, [], 'unset NODE_OPTIONS'],
    [{ NODE_OPTIONS: '"--inspect=127.0.0.1:0"' }, [], 'unset NODE_OPTIONS'],
    [{ NODE_OPTIONS: '--report_on_signal' }, [], 'unset NODE_OPTIONS'],
    [{}, ['--inspect'], 'command line'],
    [{ NODE_OPTIONS: '--inspect-publish-uid=http' }, [], 'VS Code'],
    [{ NODE_OPTIONS: '--require /home/me/.vscode/ms-vscode.js-debug/bootloader.js --inspect' }, [], 'VS Code'],
  ]
  it.each(refused)('%o %o is refused', async (env, execArgv, hint) => {
    await expect(refuseDebugging({ env, execArgv })).rejects.toMatchObject({
      code: 'debugging',
      hint: expect.stringContaining(hint),
    })
  })

  it('an inspector that was opened in another way is noticed', async () => {
    const inspector = await import('node:inspector')
    inspector.open(0, '127.0.0.1')
    try {
      await expect(refuseDebugging({ env: {}, execArgv: [] })).rejects.toMatchObject({ code: 'debugging' })
    } finally {
      inspector.close()
    }
    await refuseDebugging({ env: {}, execArgv: [] })
  })
})
