/**
 * Whether a connection writes the day or the month first. It is decided per connection, never per record: one provider
 * writes its dates one way. Month first is the default.
 */
import type { ReadDate } from './normalize.ts'

const MONTHS = 12

/** As yyyymmdd, the first number taken as the month; 0 for no date. */
export function monthFirst(date: ReadDate | null): number {
  return date === null ? 0 : date.year * 10000 + date.first * 100 + date.second
}

/** Day and month of a date yyyymmdd exchanged. */
export function exchanged(date: number): number {
  return Math.trunc(date / 10000) * 10000 + (date % 100) * 100 + (Math.trunc(date / 100) % 100)
}

export class DayOrder {
  /** By connection: dates that only one reading makes possible. */
  readonly #dayFirst: number[] = []
  readonly #monthFirst: number[] = []

  see(connection: number, { first, second }: ReadDate): void {
    if (first > MONTHS && second <= MONTHS) this.#dayFirst[connection] = (this.#dayFirst[connection] ?? 0) + 1
    if (second > MONTHS && first <= MONTHS) this.#monthFirst[connection] = (this.#monthFirst[connection] ?? 0) + 1
  }

  isDayFirst(connection: number): boolean {
    return (this.#dayFirst[connection] ?? 0) > (this.#monthFirst[connection] ?? 0)
  }
}
