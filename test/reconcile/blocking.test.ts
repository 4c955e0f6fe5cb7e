import { describe, expect, it } from 'vitest'
import { type BlockingRule, blockingRules } from '../../src/reconcile/blocking/rules.ts'
import { TRAINING_RULES } from '../../src/reconcile/blocking/training-pairs.ts'
import { reconcile } from '../../src/reconcile/reconcile.ts'
import type { Reconciliation } from '../../src/reconcile/types.ts'
import { loadFake1000, truthFolder } from '../bench/reconcile-sets.ts'
import { crowd } from './people.ts'

/** Blocks on nothing, so that no pair is found by it. */
const HARMLESS: BlockingRule = { name: 'nothing', keys: () => {}, largest: 10, strict: true }

const withHarmless: typeof blockingRules = (records, shared) => [HARMLESS, ...blockingRules(records, shared)]

const withoutSeconds = (result: Reconciliation) => ({ ...result, summary: { ...result.summary, seconds: 0 } })

describe('blocking rules', () => {
  it('are chosen for training by name: a rule put in front changes nothing', async () => {
    const people = crowd(1500, 6)
    const expected = withoutSeconds(await reconcile(people))
    expect(withoutSeconds(await reconcile(people, { blockingRules: withHarmless }))).toEqual(expected)
  })

  it('put in a different order change nothing', async () => {
    const people = crowd(1500, 6)
    const expected = withoutSeconds(await reconcile(people))
    const reversed: typeof blockingRules = (records, shared) => blockingRules(records, shared).reverse()
    expect(withoutSeconds(await reconcile(people, { blockingRules: reversed }))).toEqual(expected)
  })

  it.each(TRAINING_RULES)('are missed by name when training needs "%s"', async (missing) => {
    const others: typeof blockingRules = (records, shared) =>
      blockingRules(records, shared).filter(({ name }) => name !== missing)
    await expect(reconcile(crowd(50), { blockingRules: others })).rejects.toThrow(`named "${missing}"`)
  })
})

const folder = truthFolder('a blocking rule in front of fake_1000')

describe.skipIf(folder === null)('blocking rules on fake_1000', () => {
  it('change nothing when a rule is put in front', async () => {
    const { people, allowRepeats } = loadFake1000(folder ?? '')
    const expected = withoutSeconds(await reconcile(people, { allowRepeats }))
    const result = await reconcile(people, { allowRepeats, blockingRules: withHarmless })
    expect(withoutSeconds(result)).toEqual(expected)
  })
})
