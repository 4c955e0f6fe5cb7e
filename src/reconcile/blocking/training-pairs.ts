/** Pairs that the model is trained on: m on those of some blocking rules, u on random ones. */
import type { RecordTable } from '../records/record-table.ts'
import { mix } from '../records/string-table.ts'
import { type Blocks, blocksOf } from './blocks.ts'
import { NumberList } from './number-list.ts'
import { allPairs, eligibility } from './pairs.ts'
import type { BlockingRule } from './rules.ts'

/** Names of the rules whose key a person hardly shares with anyone. */
export const TRAINING_RULES = ['ssn', 'email', 'names', 'dob'] as const

export type TrainingRule = (typeof TRAINING_RULES)[number]

const LARGEST_BLOCK = 1000

export interface TrainingPairs {
  readonly rule: TrainingRule
  readonly pairs: Float64Array
}

/** By rule, thinned evenly to about `most`. */
export function trainingPairs(
  records: RecordTable,
  rules: readonly BlockingRule[],
  allowRepeats: boolean,
  most: number,
): TrainingPairs[] {
  return TRAINING_RULES.map((name) => {
    const rule = rules.find((one) => one.name === name)
    if (rule === undefined) throw new Error(`training needs a blocking rule named "${name}"`)
    return { rule: name, pairs: pairsOf(records, rule, allowRepeats, most) }
  })
}

function pairsOf(records: RecordTable, { keys }: BlockingRule, allowRepeats: boolean, most: number): Float64Array {
  const { count } = records
  const isEligible = eligibility(records, allowRepeats)
  const blocks = blocksOf(count, keys, LARGEST_BLOCK, Number.POSITIVE_INFINITY)
  const total = blocks.runs.reduce((sum, [from, to]) => sum + ((to - from) * (to - from - 1)) / 2, 0)
  const share = total <= most ? 1 : most / total
  const pairs = new NumberList()
  for (const run of blocks.runs) {
    if (draw(blocks, run, count) >= share) continue
    for (let p = run[0]; p < run[1]; p++) {
      const a = blocks.entries[p]! % count
      for (let q = p + 1; q < run[1]; q++) {
        const b = blocks.entries[q]! % count
        if (a !== b && isEligible(a, b)) pairs.push(a < b ? a * count + b : b * count + a)
      }
    }
  }
  return pairs.unique()
}

/** 0 to 1, from the hash of a block's key: the same blocks are drawn whatever the order of the people. */
function draw({ entries }: Blocks, [from]: readonly [number, number], count: number): number {
  return mix(Math.floor(entries[from]! / count) ^ 0x5bd1e995) / 2 ** 32
}

/** About `most` pairs drawn evenly from all eligible ones; all of them when they are few. */
export function randomPairs(records: RecordTable, allowRepeats: boolean, most: number): Float64Array {
  const { count } = records
  const isEligible = eligibility(records, allowRepeats)
  if ((count * (count - 1)) / 2 <= most) return allPairs(count, isEligible)
  const pairs = new NumberList()
  for (let k = 0; k < most; k++) {
    const i = mix(2 * k + 1) % count
    const j = mix(0x9e3779b9 ^ (2 * k)) % count
    if (i !== j && isEligible(i, j)) pairs.push(i < j ? i * count + j : j * count + i)
  }
  return pairs.unique()
}
