/** A growing list of numbers without boxing. */
export class NumberList {
  #values = new Float64Array(1 << 12)
  #used = 0

  push(value: number): void {
    if (this.#used === this.#values.length) {
      const next = new Float64Array(this.#used * 2)
      next.set(this.#values)
      this.#values = next
    }
    this.#values[this.#used++] = value
  }

  /** A view, valid until the next push. */
  taken(): Float64Array {
    return this.#values.subarray(0, this.#used)
  }

  /** Ascending, each number once. */
  unique(): Float64Array {
    const sorted = this.taken().sort()
    let kept = 0
    for (let k = 0; k < sorted.length; k++) if (k === 0 || sorted[k] !== sorted[k - 1]) sorted[kept++] = sorted[k]!
    return sorted.slice(0, kept)
  }
}
