/** What is known about pairs of rows when they are clustered. */

import type { WeightedPair } from '../model/score.ts'
import type { RecordTable } from '../records/record-table.ts'
import type { Labels } from './labels.ts'
import type { WeightAdjustment } from './one-to-one.ts'

export interface PairEvidence {
  readonly records: RecordTable
  /** The comparison vector of two rows. */
  readonly compare: (i: number, j: number) => number
  readonly matchWeight: (i: number, j: number) => number
  /** The part of `matchWeight` that comes from one-to-one matching, not from the two records. */
  readonly oneToOne: WeightAdjustment
}

export interface Evidence extends PairEvidence {
  /**
   * Part of the weights in `pairs`, not of `matchWeight`: it may raise a question or a probable group, never a merge.
   */
  readonly unmatched: WeightAdjustment
  readonly pairs: readonly WeightedPair[]
  readonly allowRepeats: boolean
  readonly labels: Labels
}
