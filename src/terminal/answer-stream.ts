/** Where the answer goes: stdout, or, where that is a file, a stream that notices when the disk takes only a part. */
import { fstatSync, writeFileSync } from 'node:fs'
import { Writable } from 'node:stream'
import { Problem, systemProblem } from '../problem.ts'

/** Node's own stream for a file takes a short write for a whole one. */
export function answerStream<S extends Writable & { readonly fd: number }>(stdout: S): S | Writable {
  if (!isFile(stdout.fd)) return stdout
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      try {
        writeFileSync(stdout.fd, chunk)
        done()
      } catch (error) {
        done(error as Error)
      }
    },
  })
}

function isFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile()
  } catch {
    // A program without a console may have no stdout at all.
    return false
  }
}

/** An answer that could not be written, as a failure. */
export function unwritten(error: Error & { readonly code?: unknown }): Problem {
  return (
    systemProblem(error, 'the output') ??
    new Problem('failed', `the answer could not be written (${String(error.code ?? error.message)})`, {
      code: 'answer_unwritten',
    })
  )
}
