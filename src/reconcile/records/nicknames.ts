/**
 * Which given names are forms of one another: one is a nickname of the other, or both are nicknames of a third.
 * nicknames.json has the data and its license notice.
 */
import data from './nicknames.json' with { type: 'json' }
import type { StringTableBuilder } from './string-table.ts'

/** Groups of string t: groups[start[t] .. start[t + 1]), ascending. A group is known by the number of its full name. */
export interface NameGroups {
  readonly start: Uint32Array
  readonly groups: Int32Array
}

/** String number → its groups, for the names the table knows. Interns the table's names. */
export function nicknameTable(strings: StringTableBuilder): Map<number, number[]> {
  const table = new Map<number, number[]>()
  const join = (name: number, group: number) => {
    const groups = table.get(name)
    if (groups === undefined) table.set(name, [group])
    else if (!groups.includes(group)) groups.push(group)
  }
  for (const [full, nicks] of Object.entries(data.names)) {
    const group = strings.intern(full)
    join(group, group)
    for (const nick of nicks.split(' ')) join(strings.intern(nick.replace(/[^a-z]/g, '')), group)
  }
  return table
}

export function packGroups(table: Map<number, number[]>, strings: number): NameGroups {
  const start = new Uint32Array(strings + 1)
  const all: number[] = []
  for (let t = 0; t < strings; t++) {
    start[t] = all.length
    const groups = table.get(t)
    if (groups !== undefined) all.push(...groups.sort((a, b) => a - b))
  }
  start[strings] = all.length
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
