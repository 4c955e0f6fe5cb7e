/** Finch's products (SDK 10.8). Finch adds words over time, so an unknown one is a warning of a typo only when it is near a known one. */
import { closest, didYouMean } from './closest.ts'

export const PRODUCTS = [
  'benefits',
  'company',
  'deduction',
  'directory',
  'documents',
  'employment',
  'individual',
  'pay_statement',
  'payment',
  'plans',
  'plans_dependents',
  'plans_enrollments',
  'recordkeeping',
  'ssn',
] as const

/** What Finch's own sandbox grants by default: who works there, and no money. */
export const DEFAULT_PRODUCTS: readonly string[] = ['company', 'directory', 'individual', 'employment']

/** What is wrong with a list of products, as sentences. */
export function productMistakes(products: readonly string[]): string[] {
  const mistakes: string[] = []
  if (products.length === 0) mistakes.push('at least one product is needed')
  for (const product of new Set(products)) {
    if (!/^[a-z][a-z_]{1,40}$/.test(product)) mistakes.push(`invalid product: ${product === '' ? '(empty)' : product}`)
    else if (!PRODUCTS.some((known) => known === product)) {
      const near = closest(product, PRODUCTS)
      mistakes.push(`unknown product "${product}"; ${didYouMean(near, `use any of: ${PRODUCTS.join(', ')}`)}`)
    }
    if (products.filter((one) => one === product).length > 1) mistakes.push(`product ${product} was given twice`)
  }
  if (products.includes('deduction') && products.includes('benefits'))
    mistakes.push('deduction is the old name for benefits: use only benefits')
  return mistakes
}
