/** Probabilities, causes and evidence of `reconcile` in words and bars. */
import type { Person, Reason, ReviewCause } from '../reconcile/types.ts'
import { dim, green, red, type Text, text } from '../terminal/text.ts'

/** `97.1%`; never 100 %, since no evidence is that good, nor 0 %. */
export function percent(probability: number, places: number): string {
  const least = 10 ** -places
  const share = 100 * probability
  if (share > 100 - least) return `> ${(100 - least).toFixed(places)}%`
  return share < least ? `< ${least.toFixed(places)}%` : `${share.toFixed(places)}%`
}

const CAUSES: Readonly<Record<ReviewCause, string>> = {
  uncertain: 'not sure enough',
  names_only: 'only names to compare',
  household_only: 'same household?',
  first_name_differs: 'first names differ',
  ssn_differs: 'SSNs differ',
  suffix_differs: 'Jr. and Sr.?',
  dob_differs: 'dates of birth differ',
  close_second: 'someone else matches nearly as well',
  same_connection: 'both are in one connection',
  decision_contradicted: 'contradicts an earlier decision',
}

export function causeWords(cause: ReviewCause): string {
  return CAUSES[cause]
}

export function nameOf({ firstName, middleName, lastName }: Person): string {
  return [firstName, middleName, lastName].filter(Boolean).join(' ')
}

const HALF = 20
const LABEL = 34

/** One field's evidence as a bar: to the right for the same person, to the left against. */
export function reasonLine({ field, level, bits }: Reason): Text {
  return evidenceLine(`${field.replaceAll('_', ' ')}: ${level.replaceAll('alike', 'similar')}`, bits)
}

/** Evidence from first to last, with the sum that the probability stands for. */
export function evidenceLines(evidence: {
  readonly prior_bits: number
  readonly reasons: readonly Reason[]
  readonly other_bits: number
  readonly bits: number
}): Text[] {
  return [
    text`  ${dim('before comparing'.padEnd(LABEL))} ${dim(signed(evidence.prior_bits))}`,
    ...evidence.reasons.map(reasonLine),
    ...(evidence.other_bits === 0 ? [] : [evidenceLine('who else could match', evidence.other_bits)]),
    text`  ${dim('together, in bits'.padEnd(LABEL))} ${signed(evidence.bits)}`,
  ]
}

function evidenceLine(label: string, bits: number): Text {
  return text`  ${label.padEnd(LABEL)} ${bar(bits)}`
}

function bar(value: number): Text {
  const length = Math.min(HALF, Math.round(Math.abs(value)))
  const drawn = '█'.repeat(length)
  if (value < 0) return text`${signed(value)} ${red(drawn.padStart(HALF))}│`
  return text`${signed(value)} ${' '.repeat(HALF)}│${green(drawn)}`
}

function signed(value: number): string {
  return `${value >= 0 ? '+' : ''}${value.toFixed(1)}`.padStart(6)
}
