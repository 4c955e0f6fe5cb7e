/** Rows that have been joined, by the smallest known way to their common root. Joining is setting `parent` of one root to another. */
export interface Joined {
  readonly parent: Int32Array
  root(row: number): number
}

/** Every row stands alone at first. */
export function nobodyJoined(count: number): Joined {
  const parent = new Int32Array(count)
  for (let k = 0; k < count; k++) parent[k] = k
  return {
    parent,
    root(row) {
      let at = row
      while (parent[at] !== at) {
        parent[at] = parent[parent[at]!]!
        at = parent[at]!
      }
      return at
    },
  }
}
