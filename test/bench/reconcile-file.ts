/** Writes generated people as the lines of JSON that `--people` reads. */
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { generatePeople, type PeopleOptions } from '../../src/emulator/people/generate.ts'

/** Stops after `most` records; returns how many were written. */
export async function writePeopleFile(path: string, options: PeopleOptions, most: number): Promise<number> {
  const file = createWriteStream(path)
  let written = 0
  let lines: string[] = []
  for (const { connectionId, individual, employment } of generatePeople(options)) {
    const { title, department, start_date, end_date, is_active } = employment
    lines.push(
      JSON.stringify({
        connection_id: connectionId,
        ...individual,
        title,
        department,
        start_date,
        end_date,
        is_active,
      }),
    )
    written++
    if (lines.length === 1000 || written === most) {
      if (!file.write(`${lines.join('\n')}\n`)) await once(file, 'drain')
      lines = []
    }
    if (written === most) break
  }
  file.end(lines.length === 0 ? '' : `${lines.join('\n')}\n`)
  await once(file, 'close')
  return written
}
