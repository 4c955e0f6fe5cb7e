/** What `reconcile` could not read: in words, in JSON, as an exit code. Ids only, never who somebody is. */

import type { CommandParts } from '../app.ts'
import { shortId } from '../domain/connection.ts'
import { nextCommand } from '../domain/standing.ts'
import type { Gathered } from '../flows/gather-people.ts'
import type { Unread } from '../flows/people-of.ts'
import { Problem } from '../problem.ts'
import type { ProblemKind } from '../problem-codes.ts'
import { dim, type Text, text, yellow } from '../terminal/text.ts'

export interface UnreadJson {
  readonly connection_id: string
  readonly provider_id: string
  /** Null: of the connection as a whole. */
  readonly entity_id: string | null
  readonly product: string
  /** Null: of everybody there. */
  readonly individual_ids: readonly string[] | null
  readonly code: string
  readonly message: string
}

/** Goes beside the matcher's own summary; all zero where the people come from a file that was read whole. */
export interface UnreadSummary {
  readonly connections_unread: number
  /** People of whom something was to be had and could not be read. */
  readonly records_incomplete: number
  readonly lines_skipped: number
  /** Decisions of a review about people who are not among those read. */
  readonly decisions_unused: number
}

/** What the answer does not rest on. */
export interface Gaps {
  readonly unread: readonly UnreadJson[]
  readonly summary: UnreadSummary
}

export function gapsOfFile(linesSkipped: number): Gaps {
  return {
    unread: [],
    summary: { connections_unread: 0, records_incomplete: 0, lines_skipped: linesSkipped, decisions_unused: 0 },
  }
}

export function gapsOf({ unread, people }: Gathered, connections: number, read: number): Gaps {
  const incomplete = new Set<string>()
  for (const { connection, individualIds, isLasting, product } of unread) {
    if (isLasting || product === 'directory') continue
    const { connectionId } = connection
    const ids =
      individualIds ?? people.filter((one) => one.connectionId === connectionId).map((one) => one.individualId)
    for (const id of ids) incomplete.add(`${connectionId} ${id}`)
  }
  return {
    unread: unread.map(toJson),
    summary: {
      connections_unread: connections - read,
      records_incomplete: incomplete.size,
      lines_skipped: 0,
      decisions_unused: 0,
    },
  }
}

function toJson({ connection, entityId, product, individualIds, problem, finchCode }: Unread): UnreadJson {
  return {
    connection_id: connection.connectionId,
    provider_id: connection.providerId,
    entity_id: entityId,
    product,
    individual_ids: individualIds,
    code: finchCode ?? problem.code,
    message: problem.message,
  }
}

/** The code that says it was not all: a login first, since that is for a person to do; null where nothing is missing. */
export function exitOf(unread: readonly Unread[]): ProblemKind | null {
  const kinds = new Set(unread.filter((one) => !one.isLasting).map(({ problem }) => problem.kind))
  if (kinds.size === 0) return null
  if (kinds.has('reauth_needed')) return 'reauth_needed'
  return kinds.size === 1 && kinds.has('pending') ? 'pending' : 'undetermined'
}

/** The failure of a reading that may not go on without these parts; where there are several, each is said. */
export function asFailure(parts: CommandParts, unread: readonly Unread[]): Problem {
  const [first, ...others] = unread
  if (first === undefined) throw new Error('nothing is unread')
  if (others.length > 0) sayUnread(parts, unread)
  // The one that a person has to act on, where there is one.
  const kind = exitOf(unread) ?? first.problem.kind
  const one = unread.find(({ problem }) => problem.kind === kind) ?? first
  const hint = hintFor(one)
  const more = others.length === 0 ? '' : `, and ${others.length} more could not be read`
  return new Problem(kind, `${wordsFor(one).plain()}${more}`, {
    code: one.problem.code,
    requestId: one.problem.requestId,
    cause: one.problem,
    ...(hint === null ? {} : { hint }),
  })
}

export function sayUnread({ terminal, spell }: CommandParts, unread: readonly Unread[]): void {
  const hints = new Set<string>()
  for (const one of unread) {
    terminal.say(one.isLasting ? dim(wordsFor(one)) : yellow(wordsFor(one)))
    const hint = one.isLasting ? null : hintFor(one)
    if (hint !== null && !hints.has(hint)) terminal.say(dim(text`hint: ${spell(hint)}`))
    if (hint !== null) hints.add(hint)
  }
}

function wordsFor({ connection, entityId, product, individualIds, problem, isLasting }: Unread): Text {
  const entity = connection.entities.find((one) => one.entityId === entityId)
  const whole = `${shortId(connection.connectionId)} (${connection.providerId})`
  const where = entityId === null ? whole : `${whole}, ${entity?.name ?? entityId}`
  if (problem.code === 'directory_cut_short') return text`${where}: ${problem.message}`
  if (product === 'directory') return text`${where} was skipped: ${problem.message}`
  const effect =
    product === 'individual' ? 'compared by name only, so at most up for review' : 'compared without their jobs'
  if (isLasting) return text`${where} gives no ${product} data: ${problem.message}. Its people are ${effect}`
  const whom =
    individualIds === null ? 'its people' : individualIds.length === 1 ? '1 person' : `${individualIds.length} people`
  return text`${where}: ${product} data of ${whom} could not be read: ${problem.message}. They are ${effect}`
}

function hintFor({ connection, problem }: Unread): string | null {
  return problem.kind === 'reauth_needed' ? nextCommand({ ...connection, status: 'reauth' }) : problem.hint
}
