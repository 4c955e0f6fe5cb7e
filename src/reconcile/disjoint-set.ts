/** Rows in disjoint sets (union-find). The least row of a set is its root. */
export interface DisjointSet {
  root(row: number): number
  /** False when the two are in one set already. */
  join(a: number, b: number): boolean
}

/** Every row is a set of its own at first. */
export function makeDisjointSet(count: number): DisjointSet {
  const parent = new Int32Array(count)
  for (let row = 0; row < count; row++) parent[row] = row
  const root = (row: number): number => {
    let at = row
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!
      at = parent[at]!
    }
    return at
  }
  return {
    root,
    join(a, b) {
      const x = root(a)
      const y = root(b)
      if (x === y) return false
      parent[x > y ? x : y] = x > y ? y : x
      return true
    },
  }
}
