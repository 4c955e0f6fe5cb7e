/** The lines of `--debug`. */
import type { Trace } from '../domain/trace.ts'
import { dim, type Text, text } from './text.ts'

export function traceLine(trace: Trace): Text {
  if (trace.kind === 'wait')
    return dim(text`debug: waiting ${(trace.ms / 1_000).toFixed(1)} s before try ${trace.attempt} of ${trace.of}`)
  const request = trace.requestId === null ? '' : `, request ${trace.requestId}`
  return dim(text`debug: ${trace.method} ${trace.path}: ${trace.outcome}, ${Math.round(trace.ms)} ms${request}`)
}
