/** The answer as it is printed: Finch's ids, bands, probabilities, reasons. Nothing of a person but ids leaves through here. */
import { createHash } from 'node:crypto'
import { rowOf } from './clustering/labels.ts'
import type { Edge } from './clustering/linkage.ts'
import type { Cluster, Grouped } from './clustering/resolve.ts'
import { type Explanation, evidenceFor } from './explain.ts'
import { type Model, probability, type Scorer } from './model/score.ts'
import type { People } from './records/record-table.ts'
import type { MemberOut, PersonOut, Reconciliation, ReviewItem } from './types.ts'

export interface View {
  readonly people: People
  readonly compare: (i: number, j: number) => number
  readonly weigh: (i: number, j: number) => number
  readonly scorer: Scorer
  readonly model: Model
  readonly edges: readonly Edge[]
  readonly grouped: Grouped
}

export function shapeResult(view: View, started: number): Reconciliation {
  const { people, grouped, scorer, compare } = view
  const { count } = people.columns
  const prior = Math.log2(view.model.probabilityTwoRandomRecordsMatch)
  const member = (row: number): MemberOut => memberOf(people, row)
  const cluster = new Int32Array(count).fill(-1)
  for (const [index, { rows }] of grouped.clusters.entries()) for (const row of rows) cluster[row] = index
  const listed: PersonOut[] = []
  let inSeveral = 0
  let wrong = 0
  for (let row = 0; row < count; row++) {
    const found = grouped.clusters[cluster[row]!]
    if (found === undefined) {
      const members = [member(row)]
      listed.push({ person_id: personId(members), band: 'single', probability: 1, members })
    } else if (found.rows[0] === row) {
      const members = found.rows.map(member)
      const shown =
        found.band === 'same' ? members : members.map((one, at) => ({ ...one, part: partOf(found, found.rows[at]!) }))
      listed.push({
        person_id: personId(members),
        band: found.band,
        probability: rounded(found.probability),
        members: shown,
      })
      if (found.band === 'same') {
        wrong += 1 - found.probability
        if (members.some(({ connection_id }) => connection_id !== members[0]?.connection_id)) inSeveral++
      }
    }
  }
  const review: ReviewItem[] = grouped.questions.map(({ i, j, bits, cause }) => ({
    a: member(i),
    b: member(j),
    probability: rounded(probability(bits)),
    cause,
    ...evidenceFor({ scorer, vector: compare(i, j), i, j, prior, total: bits }),
  }))
  return {
    people: listed,
    review,
    summary: {
      records: count,
      people: listed.length,
      in_several: inSeveral,
      to_review: review.length,
      expected_wrong_merges: Math.round(wrong * 1000) / 1000,
      seconds: Math.round(performance.now() - started) / 1000,
    },
  }
}

function partOf(cluster: Cluster, row: number): number {
  return cluster.parts.findIndex((part) => part.includes(row)) + 1
}

/** Evidence for the pairs of one individual, best first; null when there is none of that id. */
export function explainRow(view: View, individualId: string, connectionId: string | undefined): Explanation | null {
  const { people, grouped, scorer, compare, weigh } = view
  const prior = Math.log2(view.model.probabilityTwoRandomRecordsMatch)
  const wanted = connectionId === undefined ? people.connections : [connectionId]
  const row = wanted.map((id) => rowOf(people, { connectionId: id, individualId })).find((found) => found >= 0)
  if (row === undefined) return null
  const mates = new Set(grouped.clusters.find(({ rows }) => rows.includes(row))?.rows ?? [])
  const others = new Set([...mates].filter((mate) => mate !== row))
  for (const { i, j } of view.edges) if (i === row || j === row) others.add(i === row ? j : i)
  const pairs = [...others].map((other) => {
    const [i, j] = row < other ? [row, other] : [other, row]
    const bits = weigh(i, j)
    return { other, bits, evidence: evidenceFor({ scorer, vector: compare(i, j), i, j, prior, total: bits }) }
  })
  pairs.sort((a, b) => b.bits - a.bits || a.other - b.other)
  return {
    individual: memberOf(people, row),
    prior_bits: Math.round(prior * 10) / 10,
    pairs: pairs.slice(0, 10).map(({ other, bits, evidence }) => ({
      other: memberOf(people, other),
      probability: rounded(probability(bits)),
      merged: mates.has(other),
      ...evidence,
    })),
  }
}

function memberOf(people: People, row: number): MemberOut {
  return {
    connection_id: people.connections[people.columns.connection[row]!]!,
    individual_id: people.ids[row]!,
  }
}

/** Follows from the members alone: the same people get the same id in every run, whoever else is there. */
function personId(members: readonly MemberOut[]): string {
  const hash = createHash('sha256')
  for (const { connection_id, individual_id } of members)
    hash.update(`${connection_id.length}:${connection_id}${individual_id.length}:${individual_id}`)
  return `person_${hash.digest('hex').slice(0, 20)}`
}

/** Six places: what is left of a probability after that is noise, and the same on every machine. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6
}
