/** Entry of the bench, bundled and started by reconcile.mjs: `goals` (default), `speed [people …]`, `model`. */
import { join } from 'node:path'
import { goals, printOutcome, tryGoal } from './reconcile-goals.ts'
import { makeDefaultModel } from './reconcile-model.ts'
import { truthFolder } from './reconcile-sets.ts'
import { benchSpeed } from './reconcile-speed.ts'

export async function main(root: string, args: readonly string[], workerUrl: URL): Promise<number> {
  const [mode = 'goals', ...rest] = args
  if (mode === 'model') {
    await makeDefaultModel(join(root, 'src/reconcile/model/default-model.json'))
    return 0
  }
  if (mode === 'speed') return benchSpeed(rest.length === 0 ? [100_000, 1_000_000] : rest.map(Number), workerUrl)
  return benchGoals(rest)
}

async function benchGoals(only: readonly string[]): Promise<number> {
  const folder = truthFolder('the goals of reconcile')
  if (folder === null) return 0
  let missed = 0
  for (const goal of goals) {
    if (only.length > 0 && !only.some((name) => goal.label.startsWith(name))) continue
    const outcome = await tryGoal(goal, folder)
    console.log(printOutcome(outcome))
    missed += outcome.missed.length
  }
  return missed === 0 ? 0 : 1
}
