/** The words that may be options: what stands after `--` is an argument, whatever it looks like. */
export function optionWords(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--')
  return end === -1 ? argv : argv.slice(0, end)
}
