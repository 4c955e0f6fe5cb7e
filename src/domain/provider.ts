/** Names that cannot be told from the id. */
const NAMES: Readonly<Record<string, string>> = {
  bamboo_hr: 'BambooHR',
  bob: 'HiBob',
  trinet: 'TriNet',
  quickbooks: 'QuickBooks',
}
const ACRONYMS = new Set(['adp', 'hr', 'hcm', 'hris', 'ukg'])

/** A provider's id as people write its name: `adp_run` → `ADP Run`. Finch gives no names with a connection. */
export function providerName(providerId: string): string {
  const named = (word: string) =>
    ACRONYMS.has(word) ? word.toUpperCase() : word.charAt(0).toUpperCase() + word.slice(1)
  return NAMES[providerId] ?? providerId.split('_').map(named).join(' ')
}
