/** The shape of a Finch application's client id and secret, as far as every one has it. */

const LONGEST = 512

/** What is wrong with it, in words that show nothing of it; null for one that may be sent. */
export function credentialMistake(name: 'client id' | 'client secret', value: string): string | null {
  const what = `the ${name}`
  if (value === '') return `${what} is empty`
  if (/\s/.test(value)) return `${what} has a space or a line break in it`
  if (/["']/.test(value)) return `${what} has quotes in it`
  if (!/^[\x21-\x7e]*$/.test(value))
    return `${what} has a character that is not plain ASCII, such as an accented letter or a long dash`
  // The id stands before a colon in the header that carries both.
  if (name === 'client id' && value.includes(':')) return `${what} has a colon in it`
  return value.length > LONGEST ? `${what} is longer than ${LONGEST} characters` : null
}
