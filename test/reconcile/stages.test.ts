import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../harness.ts'

/** A stage builds on itself, on those before it, and on what stands beside the stages and imports none of them. */
const STAGES = ['records', 'comparison', 'blocking', 'model', 'clustering']

const ROOM = join(ROOT, 'src/reconcile')

const importedBy = (stage: string): string[] =>
  readdirSync(join(ROOM, stage))
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => [...readFileSync(join(ROOM, stage, name), 'utf8').matchAll(/from '\.\.\/([a-z]+)\//g)])
    .flatMap((match) => match[1] ?? [])

describe('the stages of the matcher', () => {
  it('are all the folders there are', () => {
    const folders = readdirSync(ROOM, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    expect(folders.map(({ name }) => name).sort()).toEqual(STAGES.toSorted())
  })

  it.each(STAGES.map((stage, index) => [stage, STAGES.slice(index + 1)] as const))(
    '%s imports no later stage',
    (stage, later) => expect(importedBy(stage).filter((name) => later.includes(name))).toEqual([]),
  )
})
