/** The answer of `reconcile` as a file or as CSV. */
import { stringify } from 'csv-stringify/sync'
import { Problem } from '../problem.ts'
import type { Reconciliation } from '../reconcile/types.ts'
import { replaceFile } from '../replace-file.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { safeJson } from '../terminal/text.ts'
import type { Gaps } from './reconcile-unread.ts'

const PEOPLE_A_PART = 1_000

function documentOf({ people, review, summary }: Reconciliation, gaps: Gaps) {
  return { people, review, unread: gaps.unread, summary: { ...summary, ...gaps.summary } }
}

/** A short answer at once, which a terminal shows indented; a long one in parts. */
export async function printJson(terminal: Terminal, answer: Reconciliation, gaps: Gaps): Promise<void> {
  if (answer.people.length > PEOPLE_A_PART) return terminal.parts(jsonParts(answer, gaps))
  terminal.json(documentOf(answer, gaps))
}

/** The same text as one JSON document, in parts: a million people as one string would need a gigabyte by itself. */
function* jsonParts(answer: Reconciliation, gaps: Gaps): Generator<string> {
  const { people, review, unread, summary } = documentOf(answer, gaps)
  yield '{"schema_version":1,"people":['
  yield* listParts(people)
  yield '],"review":['
  yield* listParts(review)
  yield '],"unread":['
  yield* listParts(unread)
  yield `],"summary":${safeJson(summary)}}\n`
}

function* listParts(list: readonly unknown[]): Generator<string> {
  for (let start = 0; start < list.length; start += PEOPLE_A_PART) {
    const part = safeJson(list.slice(start, start + PEOPLE_A_PART))
    yield `${start === 0 ? '' : ','}${part.slice(1, -1)}`
  }
}

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

/** Replaces the file. Throws Problem 2 for a path that cannot be a file, 7 when the disk does not take the answer. */
export function writeAnswer(path: string, answer: Reconciliation, gaps: Gaps, csv: boolean): void {
  try {
    replaceFile(path, csv ? [toCsv(answer)] : jsonParts(answer, gaps))
  } catch (error) {
    if (error instanceof Problem && error.code === 'disk_full') throw error
    throw new Problem('usage', `${path} cannot be written`, {
      code: 'file_unwritable',
      hint: 'choose a file in a folder that exists and is writable',
      cause: error,
    })
  }
}
