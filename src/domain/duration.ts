import ms from 'ms'
import { Problem } from '../problem.ts'

/** Reads `90s`, `5m`, `26h`, `7d` into milliseconds. */
export function parseDuration(text: string, flag: string): number {
  const value = /^\d{1,6}(\.\d{1,3})?[smhd]$/.test(text) ? ms(text as ms.StringValue) : Number.NaN
  if (!Number.isFinite(value) || value <= 0) {
    throw new Problem('usage', `${flag} takes a duration such as 90s, 5m, 26h or 7d, got ${text}`, {
      code: 'bad_duration',
    })
  }
  return value
}

/** How long ago, in a word: `just now`, `12 min ago`, `3 h ago`, `2 d ago`. Never negative: clocks jump. */
export function ago(then: string | null, now: Date): string {
  if (then === null) return 'never'
  const minutes = Math.max(0, Math.floor((now.getTime() - Date.parse(then)) / 60_000))
  if (Number.isNaN(minutes)) return 'unknown'
  if (minutes < 1) return 'just now'
  if (minutes < 60) return `${minutes} min ago`
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ago`
  return `${Math.floor(minutes / (24 * 60))} d ago`
}

/** Seconds as `4:37`. */
export function countdown(seconds: number): string {
  const left = Math.max(0, Math.ceil(seconds))
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`
}

/** `5 minutes`, `90 seconds`: a length of time inside a sentence. */
export function inWords(milliseconds: number): string {
  return ms(milliseconds, { long: true })
}
