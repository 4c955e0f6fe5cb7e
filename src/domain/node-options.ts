/** The words of `NODE_OPTIONS` as Node itself splits them: at spaces, with double quotes, and a backslash inside those. */
export function nodeOptions(written: string): string[] {
  const words: string[] = []
  let quoted = false
  let isNew = true
  const add = (character: string) => {
    if (isNew) words.push('')
    isNew = false
    words[words.length - 1] += character
  }
  for (let index = 0; index < written.length; index += 1) {
    const character = written.charAt(index)
    if (character === '\\' && quoted) {
      index += 1
      add(written.charAt(index))
    } else if (character === ' ' && !quoted) isNew = true
    else if (character === '"') quoted = !quoted
    else add(character)
  }
  return words
}

/** The option's name as Node knows it: `--report_on_signal=x` is `report-on-signal`. Null for what is no option. */
function optionName(word: string): string | null {
  return /^--([^=]+)/.exec(word)?.[1]?.replaceAll('_', '-').toLowerCase() ?? null
}

/** Options that open this process to somebody, or write down its memory, its calls or its TLS keys. */
const EXPOSING =
  /^(?:inspect|debug|heapsnapshot-|heap-prof|cpu-prof|report-|diagnostic-dir|trace-event|trace-tls|tls-keylog|abort-on-uncaught|experimental-network-inspection|experimental-(?:default-)?config-file)/

/** The first option of these that exposes what this process holds, as it was written; null when none does. */
export function exposingOption(words: readonly string[]): string | null {
  return words.find((word) => EXPOSING.test(optionName(word) ?? '')) ?? null
}
