import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import * as v from 'valibot'

/** Trouble to be had by the next requests to a path. */
export interface Fault {
  /** The path alone, such as '/auth/token'; any method. */
  path: string
  /** How many requests are hit. Default 1. */
  times?: number
  kind:
    | { /** Milliseconds before anything happens. */ delay: number }
    | {
        /** Destroy the socket before the work, or after the work and before the first byte of the answer. */ drop:
          | 'before'
          | 'after'
      }
    | { /** Answered instead of doing the work. */ status: number; body?: unknown; headers?: Record<string, string> }
    | {
        /** The work is done, so many bytes of its answer's body arrive, then the socket is destroyed. */ cutAfter: number
      }
    | { /** 200 with this text instead of doing the work. */ text: string; contentType?: string }
    | { /** The work is done and these keys of its JSON answer are overwritten. */ patch: Record<string, unknown> }
}

const Kind = v.union([
  v.strictObject({ delay: v.pipe(v.number(), v.minValue(0)) }),
  v.strictObject({ drop: v.picklist(['before', 'after']) }),
  v.strictObject({
    status: v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)),
    body: v.exactOptional(v.unknown()),
    headers: v.exactOptional(v.record(v.string(), v.string())),
  }),
  v.strictObject({ cutAfter: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
  v.strictObject({ text: v.string(), contentType: v.exactOptional(v.string()) }),
  v.strictObject({ patch: v.record(v.string(), v.unknown()) }),
])

/** A Fault as it comes over HTTP. */
export const FaultBody = v.strictObject({
  path: v.pipe(v.string(), v.startsWith('/')),
  times: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  kind: Kind,
})

export interface FaultQueue {
  add(fault: Fault): void
  /** The kind of trouble a request to `path` is in for; oldest first. */
  take(path: string): Fault['kind'] | undefined
}

export function makeFaultQueue(): FaultQueue {
  const waiting: { fault: Fault; left: number }[] = []
  return {
    add: (fault) => {
      waiting.push({ fault, left: fault.times ?? 1 })
    },
    take: (path) => {
      const index = waiting.findIndex(({ fault }) => fault.path === path)
      const found = waiting[index]
      if (found === undefined) return undefined
      found.left -= 1
      if (found.left === 0) waiting.splice(index, 1)
      return found.fault.kind
    },
  }
}

/** The raw ends of one request, for what no Response can say. */
export interface Wire {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
}

/** Answers one request the way `kind` wants it. `work` gives the real answer. */
export async function answerWithFault(
  kind: Fault['kind'],
  work: () => Promise<Response>,
  wire: Wire,
): Promise<Response> {
  if ('delay' in kind) {
    await sleep(kind.delay)
    return work()
  }
  if ('drop' in kind) {
    if (kind.drop === 'after') await work()
    wire.incoming.socket.destroy()
    return RESPONSE_ALREADY_SENT
  }
  if ('cutAfter' in kind) return cut(await work(), kind.cutAfter, wire)
  if ('text' in kind) {
    return new Response(kind.text, { headers: { 'content-type': kind.contentType ?? 'text/html; charset=utf-8' } })
  }
  if ('patch' in kind) return patched(await work(), kind.patch)
  return Response.json(kind.body ?? {}, { status: kind.status, headers: kind.headers ?? {} })
}

/** Announces the whole body, sends a part of it and hangs up. */
async function cut(answer: Response, bytes: number, wire: Wire): Promise<Response> {
  const body = Buffer.from(await answer.arrayBuffer())
  wire.outgoing.writeHead(answer.status, { ...Object.fromEntries(answer.headers), 'content-length': body.length })
  wire.outgoing.write(body.subarray(0, bytes), () => wire.incoming.socket.destroy())
  wire.outgoing.flushHeaders()
  return RESPONSE_ALREADY_SENT
}

async function patched(answer: Response, patch: Record<string, unknown>): Promise<Response> {
  const real: unknown = await answer.json()
  const headers = new Headers(answer.headers)
  headers.delete('content-length')
  const body = typeof real === 'object' && real !== null ? { ...real, ...patch } : patch
  return Response.json(body, { status: answer.status, headers })
}
