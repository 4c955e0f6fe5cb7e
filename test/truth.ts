/** What the project does not own but is measured against: Finch's OpenAPI document, sets of people with known answers. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The path of `file` in $FINCHCONN_TRUTH. Where it is absent: null and a loud line, or with CI=true a failed suite. */
export function truthOrSaySo(suite: string, file: string): string | null {
  const folder = process.env.FINCHCONN_TRUTH
  const path = folder === undefined ? null : join(folder, file)
  if (path !== null && existsSync(path)) return path
  const missing = `${suite} needs ${file}; set FINCHCONN_TRUTH to the folder that holds it (bash test/truth.sh FOLDER fetches it)`
  if (process.env.CI === 'true') throw new Error(missing)
  console.warn(`SKIPPED: ${missing}`)
  return null
}
