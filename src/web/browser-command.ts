/** How a browser's command line is written down. */
import { existsSync } from 'node:fs'
import { parseArgsStringToArgv } from 'string-argv'

/** One command, split as a shell would; a path with spaces in it is one word where such a file exists. */
export function browserCommand(written: string): readonly string[] {
  return existsSync(written) ? [written] : parseArgsStringToArgv(written)
}

/** The commands in `BROWSER`, first choice first, separated as paths are on this system. */
export function browserList(written: string, platform: string): (readonly string[])[] {
  return written
    .split(platform === 'win32' ? ';' : ':')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map(browserCommand)
}

/** The address in the place of `%s`, or at the end. */
export function withAddress(command: readonly string[], address: string): string[] {
  const placed = command.map((word) => word.replaceAll('%s', () => address))
  return command.some((word) => word.includes('%s')) ? placed : [...placed, address]
}
