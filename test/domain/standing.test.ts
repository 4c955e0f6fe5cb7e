import { describe, expect, it } from 'vitest'
import type { Connection } from '../../src/domain/connection.ts'
import { type Need, needOf, nextCommand, statusMeant, statusWord } from '../../src/domain/standing.ts'

const connection = (status: string, ...entities: (string | null)[]): Connection =>
  ({
    connectionId: '7f3a91c2-1111-4222-8333-444444444444',
    customerId: 'acme',
    providerId: 'gusto',
    alias: null,
    status,
    entities: entities.map((one, index) => ({ entityId: `e${index}`, name: null, sourceId: null, status: one })),
  }) as unknown as Connection

describe('what a status is called, and what it asks for', () => {
  const REAUTH = 'finchconn reauth 7f3a91c2'
  const cases: [status: string, word: string, need: Need, next: string | null][] = [
    ['connected', 'connected', 'none', null],
    ['pending', 'pending (Finch is setting it up)', 'wait', null],
    ['processing', 'first sync running', 'wait', null],
    ['reauth', 'login required', 'login', REAUTH],
    ['error_no_account_setup', 'account not set up', 'setup', REAUTH],
    ['error_permissions', 'permissions missing', 'permissions', REAUTH],
    ['disconnected', 'disconnected', 'reconnect', 'finchconn connect --customer acme --provider gusto --another'],
    ['token-missing', 'token missing', 'login', REAUTH],
    ['token-refused', 'token refused', 'login', REAUTH],
    ['unknown', 'not known yet', 'none', null],
    ['a_word_of_tomorrow', 'a_word_of_tomorrow', 'none', null],
  ]
  it.each(cases)('%s', (status, word, need, next) => {
    expect([statusWord(status), needOf(connection(status)), nextCommand(connection(status))]).toEqual([
      word,
      need,
      next,
    ])
  })
})

describe('an entity of a connected connection', () => {
  const cases: [statuses: (string | null)[], need: Need][] = [
    [['connected', null], 'none'],
    [['connected', 'disconnected'], 'none'],
    [['pending'], 'wait'],
    [['processing', 'connected'], 'wait'],
    [['connected', 'reauth'], 'login'],
    [['error_permissions', 'pending'], 'permissions'],
    [['a_word_of_tomorrow'], 'none'],
  ]
  it.each(cases)('%j', (statuses, need) => {
    expect(needOf(connection('connected', ...statuses))).toBe(need)
  })
})

describe('a status as somebody types it', () => {
  const cases: [typed: string, status: string | null, near: string | null][] = [
    ['reauth', 'reauth', null],
    ['login required', 'reauth', null],
    ['Login Required', 'reauth', null],
    ['pending', 'pending', null],
    ['raeuth', null, 'reauth'],
    ['log in again', null, null],
    ['a_word_of_tomorrow', 'a_word_of_tomorrow', null],
  ]
  it.each(cases)('%s', (typed, status, near) => {
    const meant = statusMeant(typed, ['a_word_of_tomorrow'])
    expect(meant.status).toBe(status)
    if (near !== null) expect(meant.near).toContain(near)
  })
})
