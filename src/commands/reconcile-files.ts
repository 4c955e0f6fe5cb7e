/** The answer of `reconcile` as a file or as CSV. */
import { stringify } from 'csv-stringify/sync'
import writeFileAtomic from 'write-file-atomic'
import type { Reconciliation } from '../reconcile/person.ts'
import { safeJson } from '../terminal/text.ts'

/** One line a member; ids are Finch's, so a spreadsheet can join them with what else is known. */
export function toCsv({ people }: Reconciliation): string {
  const rows = people.flatMap((person) =>
    person.members.map((member) => [
      person.person_id,
      person.band,
      person.probability,
      member.connection_id,
      member.individual_id,
    ]),
  )
  return stringify(rows, {
    header: true,
    columns: ['person_id', 'band', 'probability', 'connection_id', 'individual_id'],
  })
}

export async function writeAnswer(path: string, answer: Reconciliation, csv: boolean): Promise<void> {
  const content = csv ? toCsv(answer) : `${safeJson({ schema_version: 1, ...answer })}\n`
  await writeFileAtomic(path, content, { mode: 0o600 })
}
