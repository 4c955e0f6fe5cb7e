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
  if (folder === null) {
    console.error('The goals were not tried: bash test/truth.sh FOLDER fetches the sets (docs/matching.md).')
    return 1
  }
  const chosen = goals.filter(({ label }) => only.length === 0 || only.some((name) => label.startsWith(name)))
  if (chosen.length === 0) {
    console.error(`no goal begins with ${only.join(' or ')}`)
    return 1
  }
  let missed = 0
  for (const goal of chosen) {
    const outcome = await tryGoal(goal, folder)
    console.log(printOutcome(outcome))
    missed += outcome.missed.length
  }
  return missed === 0 ? 0 : 1
}
