/** What people decided about pairs, looked up by rows. */
import type { People } from '../records/record-table.ts'
import type { Decision, Member } from '../types.ts'

export interface Decided {
  /** Ascending pairs of rows said to be one person, and whether a contradiction was already seen when that was said. */
  readonly same: readonly { readonly i: number; readonly j: number; readonly settled: boolean }[]
  readonly different: ReadonlyMap<number, boolean>
  readonly count: number
}

/** Decisions about individuals that are not (or no longer) among the people are left aside: they may come back. */
export function settleDecisions(people: People, decisions: readonly Decision[]): Decided {
  const { count } = people.columns
  const same: { i: number; j: number; settled: boolean }[] = []
  const different = new Map<number, boolean>()
  for (const decision of decisions) {
    const a = rowOf(people, decision.a)
    const b = rowOf(people, decision.b)
    if (a < 0 || b < 0 || a === b) continue
    const [i, j] = a < b ? [a, b] : [b, a]
    const settled = decision.contradictionSeen === true
    if (decision.verdict === 'same') same.push({ i, j, settled })
    else different.set(i * count + j, settled)
  }
  same.sort((x, y) => x.i - y.i || x.j - y.j)
  return { same, different, count }
}

/** Rows stand by connection, then id: found by halving. -1 if absent. */
export function rowOf(people: People, member: Member): number {
  const { connections, ids, columns } = people
  const wanted = connections.indexOf(member.connectionId)
  if (wanted < 0) return -1
  let low = 0
  let high = ids.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const connection = columns.connection[middle]!
    const id = ids[middle]!
    if (connection === wanted && id === member.individualId) return middle
    if (connection < wanted || (connection === wanted && id < member.individualId)) low = middle + 1
    else high = middle - 1
  }
  return -1
}
