/** Adds `--profile` to the commands of ours in a text; "finchconn" also names the package and the program. */
export function withProfile(words: string, profile: string, commands: readonly string[]): string {
  const ours = new RegExp(`\\bfinchconn (?=(?:${commands.join('|')})(?![\\w-]))(?![^;]*--profile)`, 'g')
  return words.replaceAll(ours, `finchconn --profile ${profile} `)
}
