/**
 * A vault key read from a file, as a person, Docker, Kubernetes or systemd puts it there, or from a pipe. Whoever can read
 * it can open every token, so a file that is open to others counts only where root has put it on purpose.
 */
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { getuid } from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { isOnReadOnlyDisk } from '../disk.ts'
import { decodeText } from '../domain/decode.ts'
import { Secret } from '../domain/secret.ts'
import { Problem } from '../problem.ts'

const LARGEST = 4_096
const PIPE_MS = 10_000
const POLL_MS = 20

/** Throws Problem 7 for a file that cannot be read, is not a key file, or is open to others. */
export async function readKeyFile(path: string, signal: AbortSignal, pipeMs = PIPE_MS): Promise<Secret> {
  // Without blocking: the open of a pipe that nobody writes to would never return.
  const file = open(path)
  try {
    const facts = fstatSync(file)
    if (!facts.isFile() && !facts.isFIFO())
      throw refusal(`${path} is not a vault key file`, 'it is a file with one line, made with: finchconn vault keygen')
    refuseStrangers(path, facts)
    const bytes = facts.isFIFO() ? await readPipe(file, path, signal, pipeMs) : read(file)
    if (bytes.length > LARGEST)
      throw refusal(`${path} is not a vault key file`, 'it has one line, made with: finchconn vault keygen')
    return new Secret(decodeText(bytes).trim())
  } finally {
    closeSync(file)
  }
}

function open(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (cause) {
    throw refusal(`the vault key file ${path} cannot be read`, 'check FINCHCONN_VAULT_KEY_FILE', cause)
  }
}

function refusal(message: string, hint: string, cause?: unknown): Problem {
  return new Problem('unavailable', message, { code: 'vault_key_file', hint, cause })
}

function refuseStrangers(path: string, facts: Stats): void {
  const us = getuid?.()
  if (us === undefined) return
  if (facts.uid !== us && facts.uid !== 0)
    throw refusal(`the vault key file ${path} belongs to another user`, 'use a file that belongs to you or to root')
  if ((facts.mode & 0o022) !== 0) throw refusal(`others may write to the vault key file ${path}`, `chmod 600 ${path}`)
  if ((facts.mode & 0o044) === 0 || isOnReadOnlyDisk(path) || isMounted(path, facts, us)) return
  throw refusal(`others may read the vault key file ${path}`, `chmod 600 ${path}`)
}

/**
 * Put there by root, in a folder where only root puts files: secrets of Docker and Kubernetes are 0444, 0440 or 0644. For
 * root itself 0644 is what any file of its own looks like, and no sign of purpose.
 */
function isMounted(path: string, facts: Stats, us: number): boolean {
  const folder = statSync(dirname(realpathSync(path)))
  const sticky = (folder.mode & 0o1000) !== 0
  const onPurpose = us !== 0 || (facts.mode & 0o222) === 0
  return facts.uid === 0 && folder.uid === 0 && ((folder.mode & 0o002) === 0 || sticky) && onPurpose
}

/** One byte more than a key file may have shows that it has more. */
function read(file: number): Buffer {
  const bytes = Buffer.alloc(LARGEST + 1)
  return bytes.subarray(0, readSync(file, bytes))
}

/** Until its writers have closed it. Before one has come, it looks closed as well. */
async function readPipe(file: number, path: string, signal: AbortSignal, waitMs: number): Promise<Buffer> {
  const until = performance.now() + waitMs
  let bytes = Buffer.alloc(0)
  for (;;) {
    const part = readNow(file)
    if (part !== null && part.length > 0) bytes = Buffer.concat([bytes, part])
    else if (part !== null && bytes.length > 0) return bytes
    else if (signal.aborted) throw signal.reason
    else if (performance.now() > until)
      throw refusal(`timed out: no vault key came through ${path}`, 'its writer must print the key and end')
    else await pause(POLL_MS)
    if (bytes.length > LARGEST) return bytes
  }
}

/** Null while a writer holds the pipe and has written nothing new. */
function readNow(file: number): Buffer | null {
  try {
    return read(file)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return null
    throw error
  }
}
