#!/usr/bin/env node
// Checks the Node version before anything that an older one could not even read is loaded.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const fits =
  (major === 20 && minor >= 17) || (major === 22 && minor >= 14) || (major === 23 && minor >= 6) || major > 23
if (fits) {
  await import('../dist/main.cjs')
} else {
  console.error(
    `finchconn: Node ${process.versions.node} is not supported: use 20.17 or later, 22.14 or later, or 23.6 and above.`,
  )
  process.exitCode = 1
}
