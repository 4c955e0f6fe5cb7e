/** Reads everybody who works for a customer, through all its connections and their entities, within Finch's limits. */
import { setTimeout as sleep } from 'node:timers/promises'
import pThrottle from 'p-throttle'
import type { App } from '../app.ts'
import type { Connection } from '../domain/connection.ts'
import type { Employee } from '../domain/employee.ts'
import {
  DISCONNECTED,
  isUnusable,
  reconnectCommand,
  statusWord,
  TOKEN_MISSING,
  TOKEN_REFUSED,
} from '../domain/standing.ts'
import type { FinchReader } from '../finch/reader.ts'
import { FinchRefusal } from '../finch/refusals.ts'
import { Problem } from '../problem.ts'
import type { CodeOf } from '../problem-codes.ts'
import { withTokenOf } from './learn.ts'
import { type PacedReader, peopleOf, type Unread } from './people-of.ts'
import { tokenOf } from './token.ts'

/** Finch counts 20 calls a minute for each product of an application; the rest is for others who use it meanwhile. */
const CALLS_A_MINUTE = 18
/** Others may have used up the minute: then it is waited for, so often and so long. */
const MOST_WAITS = 3
const LIMIT_WAIT_MS = 20_000
const LONGEST_WAIT_MS = 65_000

/** What a status says about the token, as a problem's code; any other that hinders reading asks for a login. */
const TOKEN_CODES: Readonly<Record<string, CodeOf<'reauth_needed'>>> = {
  [TOKEN_MISSING]: 'token_missing',
  [TOKEN_REFUSED]: 'token_refused',
}

export type Somebody = Employee & { readonly connectionId: string }

export interface Gathered {
  readonly people: readonly Somebody[]
  /** Connections that people were read of. */
  readonly read: readonly Connection[]
  readonly unread: readonly Unread[]
}

export interface GatherOptions {
  readonly connections: readonly Connection[]
  readonly progress: (connection: Connection, people: number) => void
  /** Told when a call has to wait for its minute. */
  readonly held: () => void
}

export async function gatherPeople(app: App, { connections, progress, held }: GatherOptions): Promise<Gathered> {
  const reader = pace(await app.reader(), app.host.signal, held)
  const people: Somebody[] = []
  const read: Connection[] = []
  const unread: Unread[] = []
  const note = (one: Unread) => unread.push(one)
  for (const connection of connections) {
    const { connectionId } = connection
    const whole = { connection, entityId: null, product: 'directory', individualIds: null } as const
    const known = unreadable(connection)
    if (known !== null) {
      note({ ...whole, ...known })
      continue
    }
    try {
      const token = await tokenOf(app, connection)
      const reading = { reader, connection, token, note, progress: (count: number) => progress(connection, count) }
      const found = await withTokenOf(app, connection, () => peopleOf(reading))
      if (found === null) continue
      people.push(...found.map((one) => ({ ...one, connectionId })))
      read.push(connection)
    } catch (error) {
      if (!(error instanceof Problem) || error.kind === 'stopped') throw error
      note({ ...whole, problem: error, isLasting: false })
    }
  }
  return { people, read, unread }
}

/** The same calls, so many a minute for each product. */
function pace(reader: FinchReader, signal: AbortSignal, held: () => void): PacedReader {
  const slowly = () => pThrottle({ limit: CALLS_A_MINUTE, interval: 60_000, signal, onDelay: held })
  const [directory, individuals, employments] = [
    slowly()(reader.directory),
    slowly()(reader.individuals),
    slowly()(reader.employments),
  ]
  const patient = <T>(call: () => Promise<T>) => patiently(call, signal, held)
  return {
    directory: (...asked) => patient(() => directory(...asked)),
    individuals: (...asked) => patient(() => individuals(...asked)),
    employments: (...asked) => patient(() => employments(...asked)),
  }
}

/** Waits for the application's own minute, as Finch asks; another limit can last an hour and is told. */
async function patiently<T>(call: () => Promise<T>, signal: AbortSignal, held: () => void): Promise<T> {
  for (let waits = 0; ; waits += 1) {
    try {
      return await call()
    } catch (error) {
      const limited = error instanceof FinchRefusal && error.finchCode === 'finch_application_rl'
      const wait = limited ? (error.retryAfterMs ?? LIMIT_WAIT_MS) : LONGEST_WAIT_MS
      if (!limited || waits === MOST_WAITS || wait > LONGEST_WAIT_MS) throw error
      held()
      await sleep(wait, undefined, { signal }).catch(() => {
        throw signal.reason
      })
    }
  }
}

/** What needs no call to know: whom nothing can be read through, now or at all. */
function unreadable(connection: Connection): { problem: Problem; isLasting: boolean } | null {
  const { status, products } = connection
  if (status === DISCONNECTED) {
    const problem = new Problem('not_found', 'it is disconnected', {
      code: 'connection_gone',
      hint: reconnectCommand(connection),
    })
    return { problem, isLasting: true }
  }
  if (isUnusable(connection)) {
    const code = TOKEN_CODES[status] ?? 'reauthenticate_user'
    return { problem: new Problem('reauth_needed', statusWord(status), { code }), isLasting: false }
  }
  if (products.includes('directory')) return null
  const problem = new Problem('failed', 'it was connected without the product directory', { code: 'not_granted' })
  return { problem, isLasting: true }
}
