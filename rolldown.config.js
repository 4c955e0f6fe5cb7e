import { defineConfig } from 'rolldown'
import license from 'rollup-plugin-license'

export default defineConfig({
  input: { main: 'src/main.ts', 'keychain-child': 'src/vault/keychain-child.ts' },
  platform: 'node',
  // Native modules stay outside; everything else travels in the bundle, split by what a command loads.
  external: ['better-sqlite3', 'keytar'],
  // The licences of what is bundled travel with it.
  plugins: [license({ thirdParty: { output: 'dist/THIRD-PARTY-LICENSES.txt' } })],
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
