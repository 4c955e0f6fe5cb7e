/**
 * Edges → sure clusters, probable groups, questions.
 *
 * Order of trust: what people decided first; then joins that need no one (bands.ts); only then joins that are merely likelier than not, whose
 * parts stay known. Every edge left across two sure clusters is a question.
 */

import {
  ADDRESS,
  DOB,
  dobLevel,
  EMAIL,
  emailLevel,
  FIRST,
  firstLevel,
  LAST,
  lastLevel,
  levelOf,
  PHONE,
  phoneLevel,
} from '../comparison/levels.ts'
import { breathe } from '../comparison/parallel.ts'
import { clamp, probability } from '../model/score.ts'
import type { Columns } from '../records/record-table.ts'
import type { ReviewCause } from '../types.ts'
import type { Decided } from './labels.ts'
import { connectedPieces, type Edge, type Linking, linkExactly, linkPiece } from './linkage.ts'
import { causeToAsk, type Judge, lookAcross, sureBits } from './rules.ts'

export interface Ground {
  readonly columns: Columns
  readonly compare: (i: number, j: number) => number
  readonly weigh: (i: number, j: number) => number
  readonly shift: (i: number, j: number) => number
  /** Bits from left-over.ts: part of the edges, not of `weigh`. They may raise a question or a probable group, never a sure one. */
  readonly extra: (i: number, j: number) => number
  readonly edges: readonly Edge[]
  readonly repeats: boolean
  readonly decided: Decided
}

export interface Cluster {
  readonly rows: readonly number[]
  /** The sure clusters it is made of: one, or several that are only probably one person. */
  readonly parts: readonly (readonly number[])[]
  readonly band: 'same' | 'review'
  /** Chance that all its members are one person. */
  readonly probability: number
}

export interface Question {
  readonly i: number
  readonly j: number
  readonly bits: number
  readonly cause: ReviewCause
}

export interface Grouped {
  /** Of two rows or more; everyone else is alone. */
  readonly clusters: readonly Cluster[]
  readonly questions: readonly Question[]
}

/** Pieces between two looks at the clock. */
const stride = 2000
/** Beyond this many clusters a probable group is no help to anyone: the questions alone are listed. */
const largestGroup = 60
/** Two candidates this close, in bits, are a tie. */
const tie = 1

export async function groupPeople(
  ground: Ground,
  signal: AbortSignal | undefined,
  progress: (done: number, total: number) => void,
): Promise<Grouped> {
  const clusters: Cluster[] = []
  const questions: Question[] = []
  const decidedEdges = ground.decided.same.map(({ i, j }) => ({ i, j, bits: 0 }))
  const pieces = connectedPieces(ground.columns.count, [
    ...decidedEdges,
    ...ground.edges.filter((edge) => edge.bits > 0),
  ])
  for (const [index, piece] of pieces.entries()) {
    if (index % stride === stride - 1) {
      progress(index, pieces.length)
      await breathe(signal)
    }
    groupPiece(piece, ground, clusters, questions)
  }
  progress(pieces.length, pieces.length)
  clusters.sort((a, b) => a.rows[0]! - b.rows[0]!)
  questions.sort((a, b) => b.bits - a.bits || a.i - b.i || a.j - b.j)
  return { clusters, questions }
}

function groupPiece(
  piece: { rows: number[]; edges: Edge[] },
  ground: Ground,
  clusters: Cluster[],
  questions: Question[],
): void {
  const { columns, decided } = ground
  const judge: Judge = ground
  const apart = (i: number, j: number): boolean => {
    const [a, b] = i < j ? [i, j] : [j, i]
    if (decided.different.size > 0 && decided.different.has(a * decided.count + b)) return true
    return (
      !ground.repeats &&
      columns.connection[a] === columns.connection[b] &&
      !isRehire(columns, judge.compare(a, b), a, b)
    )
  }
  const linking: Linking = { weigh: ground.weigh, apart }
  // The weakest sure join decides how sure the whole is.
  const doubts = new Map<number, number>()
  const doubtOf = (rows: readonly number[]): number => doubts.get(rows[0]!) ?? 0
  const remember = (a: readonly number[], b: readonly number[], doubt: number): void => {
    doubts.set(Math.min(a[0]!, b[0]!), 1 - (1 - doubtOf(a)) * (1 - doubtOf(b)) * (1 - doubt))
  }
  const start = applyDecisions(piece.rows, ground, judge, questions)
  const sure = (linking0: Linking): number[][] => {
    const mayJoin = (a: readonly number[], b: readonly number[], _mean: number, rival: number): boolean => {
      const across = lookAcross(a, b, judge)
      if (causeToAsk(across, rival) !== null) return false
      remember(a, b, 1 - probability(across.best.bits))
      return true
    }
    const untouched = start.length === piece.rows.length
    return untouched ? linkPiece(piece.rows, piece.edges, linking0, mayJoin) : linkExactly(start, linking0, mayJoin)
  }
  const joined = sure(linking)
  const home = new Map<number, number>()
  for (const [index, rows] of joined.entries()) for (const row of rows) home.set(row, index)
  const open = openQuestions(piece.edges, joined, home, ground, judge, apart)
  questions.push(...open)
  const probable =
    open.length > 0 && joined.length <= largestGroup
      ? groupProbable(
          joined,
          open,
          { ...linking, weigh: (i, j) => clamp(ground.weigh(i, j) + ground.extra(i, j)) },
          judge,
        )
      : joined.map((rows) => ({ rows, bits: 0 }))
  for (const { rows, bits } of probable) {
    if (rows.length < 2) continue
    const parts = joined.filter((part) => rows.includes(part[0]!))
    if (parts.length === 1) clusters.push({ rows, parts, band: 'same', probability: 1 - doubtOf(rows) })
    else clusters.push({ rows, parts, band: 'review', probability: probability(bits) })
  }
}

/**
 * A connection holds a person once, but for rehires and second legal entities: one SSN, or one name, date of birth and home (or mailbox, phone).
 * Twins differ in the first name, father and son in the date.
 */
function isRehire(columns: Columns, vector: number, i: number, j: number): boolean {
  if (columns.ssn[i] !== 0 && columns.ssn[j] !== 0) return columns.ssn[i] === columns.ssn[j]
  if (
    levelOf(vector, DOB) !== dobLevel.equal ||
    levelOf(vector, FIRST) !== firstLevel.equal ||
    levelOf(vector, LAST) !== lastLevel.equal
  )
    return false
  const address = levelOf(vector, ADDRESS)
  return (
    levelOf(vector, EMAIL) === emailLevel.equal ||
    levelOf(vector, PHONE) === phoneLevel.equal ||
    (address >= 6 && address <= 8)
  )
}

/** Rows said to be one person start as one cluster, unless numbers, dates or suffixes speak against it that were not there (or not seen) then. */
function applyDecisions(rows: readonly number[], ground: Ground, judge: Judge, questions: Question[]): number[][] {
  const home = new Map<number, number[]>(rows.map((row) => [row, [row]]))
  if (ground.decided.count > 0 && ground.decided.same.length > 0) {
    for (const { i, j, settled } of ground.decided.same) {
      const a = home.get(i)
      const b = home.get(j)
      if (a === undefined || b === undefined || a === b) continue
      const across = lookAcross([i], [j], judge)
      if (across.conflict !== null && across.conflict !== 'first_name_differs' && !settled) {
        questions.push({ i, j, bits: across.best.bits, cause: 'decision_contradicted' })
        continue
      }
      const both = [...a, ...b].sort((x, y) => x - y)
      for (const row of both) home.set(row, both)
    }
  }
  return [...new Set(home.values())]
}

/** One question per two clusters: its best pair. Nothing is asked about who has a sure counterpart in that connection already. */
function openQuestions(
  edges: readonly Edge[],
  joined: readonly (readonly number[])[],
  home: ReadonlyMap<number, number>,
  ground: Ground,
  judge: Judge,
  apart: (i: number, j: number) => boolean,
): Question[] {
  const best = new Map<number, Edge>()
  const { columns, decided } = ground
  for (const edge of edges) {
    const a = home.get(edge.i)!
    const b = home.get(edge.j)!
    if (a === b) continue
    const key = Math.min(a, b) * joined.length + Math.max(a, b)
    const before = best.get(key)
    if (
      before === undefined ||
      edge.bits > before.bits ||
      (edge.bits === before.bits && (edge.i < before.i || (edge.i === before.i && edge.j < before.j)))
    ) {
      best.set(key, edge)
    }
  }
  const questions: Question[] = []
  for (const [key, edge] of best) {
    const a = joined[Math.floor(key / joined.length)]!
    const b = joined[key % joined.length]!
    const { i, j, bits } = edge
    const said = decided.different.get(i * decided.count + j)
    const across = lookAcross(a, b, judge)
    if (said !== undefined) {
      if (across.ssnEqual && !said) questions.push({ i, j, bits, cause: 'decision_contradicted' })
      continue
    }
    const within = columns.connection[i] === columns.connection[j]
    if (apart(i, j)) {
      if (within && bits > sureBits) questions.push({ i, j, bits, cause: 'same_connection' })
      continue
    }
    // Someone of the other cluster excludes it: the place is taken.
    if (a.some((x) => b.some((y) => apart(x, y)))) continue
    questions.push({ i, j, bits, cause: causeToAsk(across, Number.NEGATIVE_INFINITY) ?? 'close_second' })
  }
  return questions
}

/** What is likelier one person than not is shown as one, marked as doubtful. Ties are left to the person asked. `bits`: the weakest join. */
function groupProbable(
  joined: readonly (readonly number[])[],
  open: readonly Question[],
  linking: Linking,
  judge: Judge,
): { rows: readonly number[]; bits: number }[] {
  const least = new Map<number, number>()
  const unanswered = new Set(
    open.filter(({ cause }) => cause === 'decision_contradicted').map(({ i, j }) => `${i} ${j}`),
  )
  const groups = linkExactly(joined, linking, (a, b, mean, rival) => {
    const { best } = lookAcross(a, b, judge)
    if (unanswered.has(`${best.i} ${best.j}`) || (rival > 0 && mean - rival < tie)) return false
    const lowest = Math.min(mean, least.get(a[0]!) ?? mean, least.get(b[0]!) ?? mean)
    least.set(Math.min(a[0]!, b[0]!), lowest)
    return true
  })
  return groups.map((rows) => ({ rows, bits: least.get(rows[0]!) ?? 0 }))
}
