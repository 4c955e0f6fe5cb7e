/** config.json: the profiles that `setup` saved. Checked whole, since what stands in it decides where secrets go. */
import { closeSync, constants, fstatSync, mkdirSync, openSync, readFileSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { getuid } from 'node:process'
import { decodeText } from './domain/decode.ts'
import { Problem, systemProblem } from './problem.ts'
import { replaceFile } from './replace-file.ts'

/** One profile as `setup` saved it in config.json. */
export interface ProfileSettings {
  readonly environment?: string
  readonly client_id?: string
  readonly redirect_uri?: string
  readonly products?: readonly string[]
  readonly vault?: string
}

export function configPath(home: string): string {
  return join(home, 'config.json')
}

/** The profiles saved in config.json; none when there is no such file. */
export function readConfigFile(home: string): Record<string, ProfileSettings> {
  const path = configPath(home)
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw systemProblem(error, path) ?? refusal(`${path} cannot be read`, 'finchconn setup writes this file', error)
  }
  try {
    refuseStrangers(path, fstatSync(file))
    return checkConfigFile(path, decodeText(readFileSync(file)))
  } finally {
    closeSync(file)
  }
}

/** Whoever can write the settings can send the client secret elsewhere. */
function refuseStrangers(path: string, facts: Stats): void {
  if (!facts.isFile()) throw refusal(`${path} is not a plain file`, 'finchconn setup writes this file')
  const us = getuid?.()
  if (us === undefined) return
  if (facts.uid !== us && facts.uid !== 0)
    throw refusal(`${path} belongs to another user`, 'move it away, then run finchconn setup')
  if ((facts.mode & 0o022) !== 0) throw refusal(`others may write to ${path}`, `chmod 600 ${path}`)
}

function refusal(message: string, hint: string, cause?: unknown): Problem {
  return new Problem('usage', message, { code: 'bad_config_file', hint, cause })
}

/** Saves one profile beside the others; the file is replaced whole and only its owner may read it. */
export function saveProfile(home: string, name: string, settings: ProfileSettings): void {
  const profiles = { ...readConfigFile(home), [name]: settings }
  mkdirSync(home, { recursive: true, mode: 0o700 })
  replaceFile(configPath(home), [`${JSON.stringify({ profiles }, null, 2)}\n`])
}

const PROFILE_KEYS = ['environment', 'client_id', 'redirect_uri', 'vault'] as const

function checkConfigFile(path: string, content: string): Record<string, ProfileSettings> {
  const refuse = (what: string, cause?: unknown) =>
    refusal(`${path}: ${what}`, 'finchconn setup writes this file', cause)
  let parsed: unknown
  try {
    parsed = JSON.parse(content)
  } catch (cause) {
    throw refuse('it is not JSON', cause)
  }
  if (!isRecord(parsed) || !isRecord(parsed.profiles)) throw refuse('has no "profiles"')
  const strange = Object.keys(parsed).find((key) => key !== 'profiles')
  if (strange !== undefined) throw refuse(`unknown key "${strange}"`)
  for (const [name, profile] of Object.entries(parsed.profiles)) {
    if (!isRecord(profile)) throw refuse(`profile "${name}" is not an object`)
    for (const [key, value] of Object.entries(profile)) {
      if (key === 'products') {
        if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
          throw refuse(`"products" of profile "${name}" is not a list of strings`)
      } else if (!PROFILE_KEYS.some((known) => known === key)) throw refuse(`unknown key "${key}" in profile "${name}"`)
      else if (typeof value !== 'string') throw refuse(`"${key}" of profile "${name}" is not a string`)
    }
  }
  return parsed.profiles as Record<string, ProfileSettings>
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
