/** What people decided about pairs, as must-link and cannot-link labels of rows. */
import type { People } from '../records/record-table.ts'
import type { Decision, Member } from '../types.ts'

export interface MustLink {
  readonly i: number
  readonly j: number
  /** The person saw what contradicts it, and decided nevertheless. */
  readonly contradictionSeen: boolean
}

export interface Labels {
  /** Ascending, i < j. */
  readonly mustLink: readonly MustLink[]
  /** By i × count + j, i < j: whether the person saw what contradicts it. */
  readonly cannotLink: ReadonlyMap<number, boolean>
  readonly count: number
}

/** Decisions about individuals who are not among the people are left out: they may come back. */
export function labelsFrom(people: People, decisions: readonly Decision[]): Labels {
  const { count } = people.records
  const mustLink: MustLink[] = []
  const cannotLink = new Map<number, boolean>()
  for (const decision of decisions) {
    const a = rowOf(people, decision.a)
    const b = rowOf(people, decision.b)
    if (a < 0 || b < 0 || a === b) continue
    const [i, j] = a < b ? [a, b] : [b, a]
    const contradictionSeen = decision.contradictionSeen === true
    if (decision.verdict === 'same') mustLink.push({ i, j, contradictionSeen })
    else cannotLink.set(i * count + j, contradictionSeen)
  }
  mustLink.sort((x, y) => x.i - y.i || x.j - y.j)
  return { mustLink, cannotLink, count }
}

/** Binary search: rows are in the order of connection, then id. -1 if absent. */
export function rowOf(people: People, member: Member): number {
  const { connections, ids, records } = people
  const wanted = connections.indexOf(member.connectionId)
  if (wanted < 0) return -1
  let low = 0
  let high = ids.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const connection = records.connection[middle]!
    const id = ids[middle]!
    if (connection === wanted && id === member.individualId) return middle
    if (connection < wanted || (connection === wanted && id < member.individualId)) low = middle + 1
    else high = middle - 1
  }
  return -1
}
