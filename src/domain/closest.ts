import { distance, closest as nearest } from 'fastest-levenshtein'

/** The hint for a word that is none of those known: the near ones, else what `otherwise` says. */
export function didYouMean(near: readonly string[], otherwise: string): string {
  return near.length > 0 ? `did you mean ${near.join(' or ')}?` : otherwise
}

/** The known word or words one is likely to have meant: prefixes first, then few edits; at most three. */
export function closest(word: string, known: readonly string[]): string[] {
  const lower = word.toLowerCase()
  const starting = known.filter((one) => one.toLowerCase().startsWith(lower) || lower.startsWith(one.toLowerCase()))
  if (starting.length > 0) return starting.slice(0, 3)
  if (known.length === 0) return []
  const best = nearest(lower, known as string[])
  const tolerated = Math.max(2, Math.floor(word.length / 3))
  return distance(lower, best.toLowerCase()) <= tolerated ? [best] : []
}
