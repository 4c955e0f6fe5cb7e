/** What happened to a connection, in words: one line an event, oldest first. */
import type { Connection } from '../domain/connection.ts'
import { ago } from '../domain/duration.ts'
import { statusWord } from '../domain/standing.ts'
import type { Event } from '../store/events.ts'
import { dim, type Text, text } from '../terminal/text.ts'

const WORDS: Readonly<Record<string, string>> = {
  connected: 'connected',
  reauthenticated: 'logged in again: new token',
  ended: 'replaced by another connection',
  token_quarantined: 'login refused; its token is in quarantine',
}

export function historyLine(event: Event, { entities }: Connection, now: Date): Text {
  const when = dim(ago(event.at, now).padEnd(11))
  const { before, after, entity_id: entityId } = event.detail
  if (event.kind === 'status_changed') return text`${when} ${change(before, after)}`
  if (event.kind === 'entity_status_changed') {
    const entity = entities.find((one) => one.entityId === entityId)
    return text`${when} ${entity?.name ?? String(entityId)}: ${change(before, after)}`
  }
  return text`${when} ${WORDS[event.kind] ?? event.kind.replaceAll('_', ' ')}`
}

function change(before: unknown, after: unknown): string {
  const word = (status: unknown) => (typeof status === 'string' ? statusWord(status) : 'not known')
  return `${word(after)} (was ${word(before)})`
}
