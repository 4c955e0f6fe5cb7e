/** config.json: the profiles that `setup` saved. Checked whole, since what stands in it decides where secrets go. */
import { lstatSync, mkdirSync, readFileSync } from 'node:fs'
import { platform } from 'node:os'
import { join } from 'node:path'
import { decodeText } from './domain/decode.ts'
import { Problem } from './problem.ts'
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
  let content: string
  try {
    const facts = lstatSync(path)
    if (!facts.isFile()) throw new Problem('usage', `${path} is not a plain file`, { code: 'bad_config_file' })
    // Whoever can write the settings can send the client secret elsewhere.
    if (platform() !== 'win32' && (facts.mode & 0o022) !== 0) {
      throw new Problem('usage', `${path} may be written by others`, {
        code: 'bad_config_file',
        hint: `chmod 600 ${path}`,
      })
    }
    content = decodeText(readFileSync(path))
  } catch (error) {
    if (error instanceof Problem) throw error
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw new Problem('usage', `${path} cannot be read`, { code: 'bad_config_file', cause: error })
  }
  return checkConfigFile(path, content)
}

/** Saves one profile beside the others; the file is replaced whole and only its owner may read it. */
export function saveProfile(home: string, name: string, settings: ProfileSettings): void {
  const profiles = { ...readConfigFile(home), [name]: settings }
  mkdirSync(home, { recursive: true, mode: 0o700 })
  replaceFile(configPath(home), [`${JSON.stringify({ profiles }, null, 2)}\n`])
}

const PROFILE_KEYS = ['environment', 'client_id', 'redirect_uri', 'vault'] as const

function checkConfigFile(path: string, content: string): Record<string, ProfileSettings> {
  const refuse = (what: string) =>
    new Problem('usage', `${path}: ${what}`, { code: 'bad_config_file', hint: 'finchconn setup writes this file' })
  let parsed: unknown
  try {
    parsed = JSON.parse(content)
  } catch (cause) {
    throw new Problem('usage', `${path} is not JSON`, {
      code: 'bad_config_file',
      hint: 'finchconn setup writes this file',
      cause,
    })
  }
  if (!isRecord(parsed) || !isRecord(parsed.profiles)) throw refuse('has no "profiles"')
  const strange = Object.keys(parsed).find((key) => key !== 'profiles')
  if (strange !== undefined) throw refuse(`unknown key "${strange}"`)
  for (const [name, profile] of Object.entries(parsed.profiles)) {
    if (!isRecord(profile)) throw refuse(`profile "${name}" is not an object`)
    for (const [key, value] of Object.entries(profile)) {
      if (key === 'products') {
        if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
          throw refuse(`"products" of profile "${name}" is not a list of words`)
      } else if (!PROFILE_KEYS.some((known) => known === key)) throw refuse(`unknown key "${key}" in profile "${name}"`)
      else if (typeof value !== 'string') throw refuse(`"${key}" of profile "${name}" is not a text`)
    }
  }
  return parsed.profiles as Record<string, ProfileSettings>
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
