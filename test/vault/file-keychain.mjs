/**
 * A keychain's stand-in for tests that kill processes: the same lines as the real helper speaks, kept in a JSON file
 * that is replaced whole, as an operating system's keychain would survive a killed client.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const [file] = process.argv.slice(2)
const read = () => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {})

for await (const line of createInterface({ input: process.stdin })) {
  const { id, service, account, op, value } = JSON.parse(line)
  const items = read()
  const key = `${service} ${account}`
  if (op === 'set') items[key] = value
  if (op === 'delete') delete items[key]
  if (op !== 'get') {
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(items))
    renameSync(`${file}.${process.pid}`, file)
  }
  process.stdout.write(`${JSON.stringify({ id, value: op === 'get' ? (items[key] ?? null) : null })}\n`)
}
