/**
 * The goals on public sets with known answers. They are not part of the project; where they are absent that is said,
 * not hidden.
 */
import { describe, expect, it } from 'vitest'
import { goals, printOutcome, tryGoal } from '../bench/reconcile-goals.ts'
import { truthFolder } from '../bench/reconcile-sets.ts'

const folder = truthFolder('the goals of reconcile')

describe.runIf(folder !== null)('sets with known answers, one untuned configuration', () => {
  it.each(goals.map((goal) => [goal.label, goal] as const))('%s', async (_label, goal) => {
    const outcome = await tryGoal(goal, folder ?? '')
    const { verdict } = outcome
    // What is merged by itself must be right whatever the set; the table of goals is the bench's to print.
    expect(verdict.sure.wrongPerThousand, printOutcome(outcome)).toBeLessThanOrEqual(1)
    if (goal.namesOnly === true) expect(verdict.sure.pairs).toBe(0)
    else {
      expect(verdict.f1, printOutcome(outcome)).toBeGreaterThanOrEqual(goal.f1 ?? 0)
      expect(verdict.found, printOutcome(outcome)).toBeGreaterThanOrEqual(0.95)
    }
  })
})
