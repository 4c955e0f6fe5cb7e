import { Problem } from '../../problem.ts'
import type { Landing } from './landing.ts'

/** P9. What goes wrong here is told and no more: it is done again by the next command, and nothing depends on it. */
export async function tidyUp(
  { journal, report }: Pick<Landing, 'journal' | 'report'>,
  phase: 'done' | 'abandoned',
  reason: string | null = null,
): Promise<void> {
  try {
    await journal.tidy(phase, reason)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    report({ kind: 'untidy', why: error.message })
  }
}
