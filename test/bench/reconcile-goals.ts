/**
 * The goals of the matcher and whether they are met: one configuration for all sets. Printed by the bench, asserted by
 * the tests.
 */
import { reconcile } from '../../src/reconcile/reconcile.ts'
import { judge, type Verdict } from './reconcile-score.ts'
import { type Fields, loadFake1000, loadFebrl, type TruthSet } from './reconcile-sets.ts'

export interface Goal {
  readonly label: string
  readonly f1: number | null
  readonly precision?: number
  /** Names only: nothing may be merged by itself, and no recall is asked for. */
  readonly namesOnly?: boolean
  readonly load: (folder: string) => TruthSet
}

const febrl = (number: 1 | 2 | 3 | 4, fields: Fields, f1: number | null, more: Partial<Goal> = {}): Goal => ({
  label: `febrl${number}, ${fields}`,
  f1,
  load: (folder) => loadFebrl(folder, number, fields),
  ...more,
})

export const goals: readonly Goal[] = [
  febrl(1, 'all fields', 1),
  febrl(2, 'all fields', 0.999),
  febrl(3, 'all fields', 1),
  febrl(4, 'all fields', 1),
  febrl(3, 'without ssn', 0.9997),
  febrl(4, 'without ssn', 0.9997),
  febrl(4, 'name + address', 0.999),
  febrl(4, 'name + dob', 0.965, { precision: 0.999 }),
  febrl(4, 'names only', null, { namesOnly: true }),
  { label: 'fake_1000', f1: 0.97, load: loadFake1000 },
]

export interface Outcome {
  readonly goal: Goal
  readonly verdict: Verdict
  readonly seconds: number
  readonly missed: readonly string[]
}

export async function tryGoal(goal: Goal, folder: string): Promise<Outcome> {
  const set = goal.load(folder)
  const result = await reconcile(set.people, { allowRepeats: set.allowRepeats })
  const verdict = judge(result, set.truth)
  return { goal, verdict, seconds: result.summary.seconds, missed: missedBy(goal, verdict) }
}

function missedBy(goal: Goal, v: Verdict): string[] {
  const missed: string[] = []
  if (goal.f1 !== null && v.f1 < goal.f1) missed.push(`F1 ${goal.f1}`)
  if (goal.precision !== undefined && v.precision < goal.precision) missed.push(`precision ${goal.precision}`)
  if (v.sure.wrongPerThousand > 1) missed.push('wrong automatic ≤ 1 in 1,000')
  if (goal.namesOnly === true && v.sure.pairs > 0) missed.push('merges nothing by itself')
  if (goal.namesOnly !== true && v.found < 0.95) missed.push('same + review recall 0.95')
  if (!calibrated(v.expectedSure, v.realSure)) missed.push('Σ(1−P) within a factor 2')
  return missed
}

/**
 * Within a factor 2; where less than one wrong merge is expected and none or one happened, counting cannot tell more.
 */
export function calibrated(expected: number, real: number): boolean {
  if (expected < 1 && real <= 1) return true
  return expected <= 2 * real && real <= 2 * expected
}

export function printOutcome({ goal, verdict: v, seconds, missed }: Outcome): string {
  const figure = (n: number) => n.toFixed(4)
  return [
    goal.label.padEnd(22),
    `P ${figure(v.precision)}  R ${figure(v.recall)}  F1 ${figure(v.f1)}`,
    goal.f1 === null ? '(no goal)  ' : `(≥ ${goal.f1.toFixed(4)})`,
    `| by itself: ${String(v.sure.pairs).padStart(5)} of ${v.truePairs} pairs, ${v.sure.wrong} wrong (${v.sure.wrongPerThousand.toFixed(2)} in 1,000)`,
    `| found ${figure(v.found)}`,
    `| Σ(1−P) ${v.expectedSure.toFixed(2)} of ${v.realSure} (with review ${v.expectedAll.toFixed(1)} of ${v.realAll})`,
    `| ${seconds.toFixed(1)} s |`,
    missed.length === 0 ? 'met' : `NOT MET: ${missed.join('; ')}`,
  ].join(' ')
}
