/**
 * The answer as it is printed: Finch's ids, bands, probabilities, reasons. Nothing of a person but ids leaves through
 * here.
 */
import { createHash } from 'node:crypto'
import { rowOf } from './clustering/labels.ts'
import type { Cluster, Resolved } from './clustering/resolve.ts'
import { type Explanation, reasonsFor } from './explain.ts'
import type { Model } from './model/model.ts'
import type { WeightedPair } from './model/score.ts'
import { probability, type Scorer } from './model/score.ts'
import type { People } from './records/record-table.ts'
import type { MemberOut, PersonOut, Reconciliation, ReviewItem } from './types.ts'

const MOST_EXPLAINED = 10

/** Everything that is known once people are resolved. */
export interface MatchState {
  readonly people: People
  readonly compare: (i: number, j: number) => number
  readonly matchWeight: (i: number, j: number) => number
  readonly scorer: Scorer
  readonly model: Model
  readonly pairs: readonly WeightedPair[]
  readonly resolved: Resolved
}

/** `started`: by `performance.now()`. */
export function toReconciliation(state: MatchState, started: number): Reconciliation {
  const { people, resolved, scorer, compare } = state
  const { count } = people.records
  const clusterOf = new Int32Array(count).fill(-1)
  for (const [index, { rows }] of resolved.clusters.entries()) for (const row of rows) clusterOf[row] = index
  const listed: PersonOut[] = []
  let inSeveral = 0
  let wrong = 0
  for (let row = 0; row < count; row++) {
    const cluster = resolved.clusters[clusterOf[row]!]
    if (cluster === undefined) listed.push(singlePerson(memberOf(people, row)))
    else if (cluster.rows[0] === row) {
      const person = personOf(people, cluster)
      listed.push(person)
      if (cluster.band !== 'same') continue
      wrong += 1 - cluster.probability
      if (new Set(person.members.map(({ connection_id }) => connection_id)).size > 1) inSeveral++
    }
  }
  const logPrior = Math.log2(state.model.probabilityTwoRandomRecordsMatch)
  const review: ReviewItem[] = resolved.questions.map(({ i, j, matchWeight, cause }) => ({
    a: memberOf(people, i),
    b: memberOf(people, j),
    probability: rounded(probability(matchWeight)),
    cause,
    ...reasonsFor({ vector: compare(i, j), i, matchWeight }, scorer, logPrior),
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

function singlePerson(member: MemberOut): PersonOut {
  return { person_id: personId([member]), band: 'single', probability: 1, members: [member] }
}

function personOf(people: People, { rows, parts, band, probability: chance }: Cluster): PersonOut {
  const partOf = (row: number): number => parts.findIndex((part) => part.includes(row)) + 1
  const members = rows.map((row) => memberOf(people, row))
  const shown = band === 'same' ? members : members.map((member, at) => ({ ...member, part: partOf(rows[at]!) }))
  return { person_id: personId(members), band, probability: rounded(chance), members: shown }
}

/** Reasons for the pairs of one individual, best first; null when there is none of that id. */
export function explainIndividual(
  state: MatchState,
  individualId: string,
  connectionId: string | undefined,
): Explanation | null {
  const { people, resolved, scorer, compare, matchWeight } = state
  const logPrior = Math.log2(state.model.probabilityTwoRandomRecordsMatch)
  const wanted = connectionId === undefined ? people.connections : [connectionId]
  const row = wanted.map((id) => rowOf(people, { connectionId: id, individualId })).find((found) => found >= 0)
  if (row === undefined) return null
  const mates = new Set(resolved.clusters.find(({ rows }) => rows.includes(row))?.rows ?? [])
  const others = new Set([...mates].filter((mate) => mate !== row))
  for (const { i, j } of state.pairs) if (i === row || j === row) others.add(i === row ? j : i)
  const pairs = [...others].map((other) => {
    const [i, j] = row < other ? [row, other] : [other, row]
    return { other, vector: compare(i, j), i, matchWeight: matchWeight(i, j) }
  })
  pairs.sort((a, b) => b.matchWeight - a.matchWeight || a.other - b.other)
  return {
    individual: memberOf(people, row),
    prior_bits: Math.round(logPrior * 10) / 10,
    pairs: pairs.slice(0, MOST_EXPLAINED).map((pair) => ({
      other: memberOf(people, pair.other),
      probability: rounded(probability(pair.matchWeight)),
      merged: mates.has(pair.other),
      ...reasonsFor(pair, scorer, logPrior),
    })),
  }
}

function memberOf({ connections, ids, records }: People, row: number): MemberOut {
  return { connection_id: connections[records.connection[row]!]!, individual_id: ids[row]! }
}

/** From the members alone: the same people get the same id in every run, whoever else is there. */
function personId(members: readonly MemberOut[]): string {
  const hash = createHash('sha256')
  for (const { connection_id, individual_id } of members)
    hash.update(`${connection_id.length}:${connection_id}${individual_id.length}:${individual_id}`)
  return `person_${hash.digest('hex').slice(0, 20)}`
}

/** To six places, which are the same on every machine. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6
}
