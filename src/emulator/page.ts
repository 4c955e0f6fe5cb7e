import { refuse } from './refusal.ts'

export const DEFAULT_LIMIT = 100

export interface Page {
  readonly limit: number
  readonly offset: number
}

/** `limit` and `offset` of a query; a page of none is one. A limit over `most` is refused with 422. */
export function readPage(query: URLSearchParams, most: number, usual = DEFAULT_LIMIT): Page {
  const limit = wholeNumber(query, 'limit') ?? usual
  if (limit > most) throw refuse.pageTooLarge(most)
  return { limit, offset: wholeNumber(query, 'offset') ?? 0 }
}

function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  if (!/^\d{1,15}$/.test(text)) throw refuse.invalidRequest(`${name}: must be a whole number`)
  return Number(text)
}

/** Repeated, in brackets, or with commas. */
export function readList(query: URLSearchParams, name: string): string[] {
  return [...query.getAll(name), ...query.getAll(`${name}[]`)].flatMap((text) => text.split(','))
}
