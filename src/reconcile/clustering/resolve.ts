/**
 * Weighted pairs → people and questions, in the order of trust: first the labels that people gave; then merges that
 * need no question (rules.ts); then groups that are merely likelier one person than not, whose parts stay known. Every
 * pair left across two merged clusters is a question.
 */
import { addressLevels, DOB, EMAIL, FIRST_NAME, isIn, LAST_NAME, PART, PHONE } from '../comparison/levels.ts'
import { AT, levelOf } from '../comparison/vector.ts'
import { clamp, probability } from '../model/score.ts'
import type { Pause } from '../pause.ts'
import type { RecordTable } from '../records/record-table.ts'
import type { Evidence } from './evidence.ts'
import { type Component, connectedComponents, linkComponent, linkExactly } from './linkage.ts'
import { type CannotLink, openQuestions, type Question } from './questions.ts'
import { compareClusters, reviewCause } from './rules.ts'

export interface Cluster {
  readonly rows: readonly number[]
  /** The merged clusters it is made of: one, or several that are only probably one person. */
  readonly parts: readonly (readonly number[])[]
  readonly band: 'same' | 'review'
  /** Probability that all its members are one person. */
  readonly probability: number
}

export interface Resolved {
  /** Of two rows or more; every other row is alone. */
  readonly clusters: readonly Cluster[]
  readonly questions: readonly Question[]
}

/** Components between two pauses. */
const STRIDE = 2000
/** With more parts than this, a probable group helps no one: only the questions are listed. */
const MOST_PARTS = 60
/** Two candidates whose weights differ by less are a tie. */
const TIE = 1

const SAME_STREET = addressLevels((street, town) => street === PART.same && town !== PART.missing)

export async function resolve(
  evidence: Evidence,
  pause: Pause,
  progress: (done: number, total: number) => void,
): Promise<Resolved> {
  const clusters: Cluster[] = []
  const questions: Question[] = []
  const components = connectedComponents(evidence.records.count, [
    ...evidence.labels.mustLink.map(({ i, j }) => ({ i, j, matchWeight: 0 })),
    ...evidence.pairs.filter(({ matchWeight }) => matchWeight > 0),
  ])
  for (const [index, component] of components.entries()) {
    if (index % STRIDE === STRIDE - 1) {
      progress(index, components.length)
      await pause()
    }
    const resolved = resolveComponent(component, evidence)
    clusters.push(...resolved.clusters)
    questions.push(...resolved.questions)
  }
  progress(components.length, components.length)
  clusters.sort((a, b) => a.rows[0]! - b.rows[0]!)
  questions.sort((a, b) => b.matchWeight - a.matchWeight || a.i - b.i || a.j - b.j)
  return { clusters, questions }
}

function resolveComponent(component: Component, evidence: Evidence): Resolved {
  const cannotLink = makeCannotLink(evidence)
  const labeled = applyMustLink(component.rows, evidence)
  const merged = merge(component, labeled.start, evidence, cannotLink)
  const open = openQuestions(component.pairs, merged.clusters, evidence, cannotLink)
  const clusters: Cluster[] = []
  for (const { rows, matchWeight } of groupProbable(merged.clusters, open, evidence, cannotLink)) {
    if (rows.length < 2) continue
    const parts = merged.clusters.filter((part) => rows.includes(part[0]!))
    if (parts.length === 1) clusters.push({ rows, parts, band: 'same', probability: 1 - merged.doubtOf(rows) })
    else clusters.push({ rows, parts, band: 'review', probability: probability(matchWeight) })
  }
  return { clusters, questions: [...labeled.contradicted, ...open] }
}

function makeCannotLink({ records, labels, allowRepeats, compare }: Evidence): CannotLink {
  const { connection } = records
  return (i, j) => {
    const [a, b] = i < j ? [i, j] : [j, i]
    if (labels.cannotLink.size > 0 && labels.cannotLink.has(a * labels.count + b)) return true
    return !allowRepeats && connection[a] === connection[b] && !isRehire(records, compare(a, b), a, b)
  }
}

/**
 * A connection holds a person once, but for rehires and second legal entities: one SSN, or one name, date of birth and
 * home (or mailbox, or phone). Twins differ in the first name, father and son in the date.
 */
function isRehire({ ssn }: RecordTable, vector: number, i: number, j: number): boolean {
  if (ssn[i] !== 0 && ssn[j] !== 0) return ssn[i] === ssn[j]
  const samePerson =
    levelOf(vector, AT.dob) === DOB.equal &&
    levelOf(vector, AT.firstName) === FIRST_NAME.equal &&
    levelOf(vector, AT.lastName) === LAST_NAME.equal
  const sameHome =
    levelOf(vector, AT.email) === EMAIL.equal ||
    levelOf(vector, AT.phone) === PHONE.equal ||
    isIn(SAME_STREET, levelOf(vector, AT.address))
  return samePerson && sameHome
}

/** Must-link rows start as one cluster, unless an SSN, date or suffix contradicts it that the person had not seen. */
function applyMustLink(rows: readonly number[], evidence: Evidence): { start: number[][]; contradicted: Question[] } {
  const clusterOf = new Map<number, number[]>(rows.map((row) => [row, [row]]))
  const contradicted: Question[] = []
  for (const { i, j, contradictionSeen } of evidence.labels.mustLink) {
    const a = clusterOf.get(i)
    const b = clusterOf.get(j)
    if (a === undefined || b === undefined || a === b) continue
    const { conflict, best } = compareClusters([i], [j], evidence)
    if (conflict !== null && conflict !== 'first_name_differs' && !contradictionSeen) {
      contradicted.push({ i, j, matchWeight: best.matchWeight, cause: 'decision_contradicted' })
      continue
    }
    const both = [...a, ...b].sort((x, y) => x - y)
    for (const row of both) clusterOf.set(row, both)
  }
  return { start: [...new Set(clusterOf.values())], contradicted }
}

interface Merged {
  readonly clusters: readonly (readonly number[])[]
  /** Probability that a cluster is not one person, from the joins that made it. */
  readonly doubtOf: (rows: readonly number[]) => number
}

function merge(
  component: Component,
  start: readonly (readonly number[])[],
  evidence: Evidence,
  cannotLink: CannotLink,
): Merged {
  // By the least row of a cluster.
  const doubts = new Map<number, number>()
  const doubtOf = (rows: readonly number[]): number => doubts.get(rows[0]!) ?? 0
  const mayJoin = (a: readonly number[], b: readonly number[], _mean: number, rival: number): boolean => {
    const across = compareClusters(a, b, evidence)
    if (reviewCause(across, rival) !== null) return false
    const doubt = 1 - probability(across.best.matchWeight)
    doubts.set(Math.min(a[0]!, b[0]!), 1 - (1 - doubtOf(a)) * (1 - doubtOf(b)) * (1 - doubt))
    return true
  }
  const rules = { matchWeight: evidence.matchWeight, cannotLink, mayJoin }
  const isUnlabeled = start.length === component.rows.length
  return { clusters: isUnlabeled ? linkComponent(component, rules) : linkExactly(start, rules), doubtOf }
}

/**
 * What is likelier one person than not is shown as one, marked as doubtful. Ties are left to the person asked.
 * `matchWeight` is that of the weakest join.
 */
function groupProbable(
  merged: readonly (readonly number[])[],
  open: readonly Question[],
  evidence: Evidence,
  cannotLink: CannotLink,
): { rows: readonly number[]; matchWeight: number }[] {
  if (open.length === 0 || merged.length > MOST_PARTS) return merged.map((rows) => ({ rows, matchWeight: 0 }))
  const weakest = new Map<number, number>()
  const contradicted = new Set(
    open.filter(({ cause }) => cause === 'decision_contradicted').map(({ i, j }) => `${i} ${j}`),
  )
  const groups = linkExactly(merged, {
    cannotLink,
    matchWeight: (i, j) => clamp(evidence.matchWeight(i, j) + evidence.unmatched(i, j)),
    mayJoin: (a, b, mean, rival) => {
      const { best } = compareClusters(a, b, evidence)
      if (contradicted.has(`${best.i} ${best.j}`) || (rival > 0 && mean - rival < TIE)) return false
      const weight = Math.min(mean, weakest.get(a[0]!) ?? mean, weakest.get(b[0]!) ?? mean)
      weakest.set(Math.min(a[0]!, b[0]!), weight)
      return true
    },
  })
  return groups.map((rows) => ({ rows, matchWeight: weakest.get(rows[0]!) ?? 0 }))
}
