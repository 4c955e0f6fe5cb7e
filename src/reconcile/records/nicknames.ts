/**
 * Which given names are forms of one another. Two names are when one is a nickname of the other or both are nicknames of a third.
 * Data: nicknames.json (its notice travels inside).
 */
import data from './nicknames.json' with { type: 'json' }
import type { TextPool } from './string-table.ts'

/** Groups of text t: groups[start[t] .. start[t + 1]), ascending. A group is known by the number of its full name. */
export interface NameGroups {
  readonly start: Uint32Array
  readonly groups: Int32Array
}

/** Text number → its groups, for the names the table knows. Interns the table's names. */
export function nicknameTable(pool: TextPool): Map<number, number[]> {
  const table = new Map<number, number[]>()
  const join = (name: number, group: number) => {
    const groups = table.get(name)
    if (groups === undefined) table.set(name, [group])
    else if (!groups.includes(group)) groups.push(group)
  }
  for (const [full, nicks] of Object.entries(data.names)) {
    const group = pool.intern(full)
    join(group, group)
    for (const nick of nicks.split(' ')) join(pool.intern(nick.replace(/[^a-z]/g, '')), group)
  }
  return table
}

export function packGroups(table: Map<number, number[]>, texts: number): NameGroups {
  const start = new Uint32Array(texts + 1)
  const all: number[] = []
  for (let t = 0; t < texts; t++) {
    start[t] = all.length
    const groups = table.get(t)
    if (groups !== undefined) all.push(...groups.sort((a, b) => a - b))
  }
  start[texts] = all.length
  return { start, groups: Int32Array.from(all) }
}

export function shareGroup(names: NameGroups, a: number, b: number): boolean {
  const aEnd = names.start[a + 1]!
  const bEnd = names.start[b + 1]!
  let i = names.start[a]!
  let j = names.start[b]!
  while (i < aEnd && j < bEnd) {
    const difference = names.groups[i]! - names.groups[j]!
    if (difference === 0) return true
    if (difference < 0) i++
    else j++
  }
  return false
}
