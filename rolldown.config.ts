import { defineConfig } from 'rolldown'

export default defineConfig({
  input: { main: 'src/main.ts', 'keychain-child': 'src/vault/keychain-child.ts' },
  platform: 'node',
  // Native modules stay outside; everything else travels in the bundle, split by what a command loads.
  external: ['better-sqlite3', 'keytar'],
  output: {
    dir: 'dist',
    format: 'esm',
    cleanDir: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    sourcemap: false,
    minify: true,
  },
})
