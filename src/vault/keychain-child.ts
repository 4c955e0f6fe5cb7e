/**
 * The one door to keytar, and a process of its own: a stuck keychain call cannot be bounded from inside (timers fire,
 * but exit waits for the native thread), so the parent ends this process when its time is over.
 * Speaks JSON lines on stdin and stdout; secrets never stand in argv or the environment.
 */
import { createInterface } from 'node:readline'
import type { KeychainAnswer, KeychainRequest } from './keychain.ts'

// With nobody listening to it, this signal makes Node open its inspector to every user of the machine.
process.on('SIGUSR1', () => {})

async function answerAll(): Promise<void> {
  const say = (answer: KeychainAnswer) => process.stdout.write(`${JSON.stringify(answer)}\n`)
  // The default import: the namespace of this CommonJS package lacks half its functions.
  const { default: keytar } = await import('keytar').catch((error: unknown) => {
    say({ id: 0, error: error instanceof Error ? error.message : String(error) })
    return { default: null }
  })
  if (keytar === null) return
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, service, account, ...request } = JSON.parse(line) as KeychainRequest
    try {
      if (request.op === 'set') {
        await keytar.setPassword(service, account, request.value)
        say({ id, value: null })
      } else if (request.op === 'get') {
        say({ id, value: await keytar.getPassword(service, account) })
      } else {
        await keytar.deletePassword(service, account)
        say({ id, value: null })
      }
    } catch (error) {
      say({ id, error: error instanceof Error ? error.message : String(error) })
    }
  }
}

void answerAll()
