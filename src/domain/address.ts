/** An address for a message: without user, password, query and fragment, which may be secrets. It need not be a valid one. */
export function addressToShow(written: string): string {
  // The last "@": a password may hold any sign that would end it elsewhere.
  const at = written.lastIndexOf('@')
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(written)?.[0] ?? ''
  const named = at === -1 ? written : `${scheme}…@${written.slice(at + 1)}`
  return named.replace(/[?#].*$/s, '…')
}
