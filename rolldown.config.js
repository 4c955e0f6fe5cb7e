import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { defineConfig } from 'rolldown'

export default defineConfig({
  input: {
    main: 'src/main.ts',
    'keychain-child': 'src/vault/keychain-child.ts',
    'matcher-worker': 'src/reconcile/comparison/worker.ts',
  },
  platform: 'node',
  // Native modules stay outside; everything else travels in the bundle, split by what a command loads.
  external: ['better-sqlite3', 'keytar'],
  plugins: [thirdPartyLicenses('THIRD-PARTY-LICENSES.txt')],
  output: {
    dir: 'dist',
    cleanDir: true,
    // CommonJS, because Node loads it faster than ES modules: about 12 ms of 140 for `list`.
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: 'chunks/[name]-[hash].cjs',
    sourcemap: false,
    minify: true,
  },
})

/** Puts the licenses of all bundled packages into one file beside the bundle, and stops the build where one has none. */
function thirdPartyLicenses(fileName) {
  return {
    name: 'third-party-licenses',
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((chunk) => Object.keys(chunk.modules ?? {}))
      const folders = new Set(modules.filter((id) => id.includes('node_modules')).map(packageFolder))
      const sections = [...folders].sort().map((folder) => {
        const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
        const texts = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
        if (license === undefined && texts.length === 0) throw new Error(`${name} is bundled and has no license`)
        return [
          `${name} ${version} (${license})`,
          ...texts.map((file) => readFileSync(join(folder, file), 'utf8').trim()),
        ].join('\n\n')
      })
      this.emitFile({ type: 'asset', fileName, source: `${sections.join(`\n\n${'-'.repeat(80)}\n\n`)}\n` })
    },
  }
}

/** The folder of the package a module belongs to: the nearest one whose package.json has a name. */
function packageFolder(id) {
  let folder = dirname(id.replace(/^\0/, '').replace(/\?.*$/, ''))
  while (
    !existsSync(join(folder, 'package.json')) ||
    JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name === undefined
  )
    folder = dirname(folder)
  return folder
}
