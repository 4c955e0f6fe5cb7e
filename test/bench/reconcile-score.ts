/** A reconciliation against the truth, pair by pair. */
import type { MemberOut, Reconciliation } from '../../src/reconcile/types.ts'

export interface Verdict {
  readonly truePairs: number
  /** Over all people of several members, sure (`same`) and probable (`review`). */
  readonly precision: number
  readonly recall: number
  readonly f1: number
  readonly wrong: number
  /** Over what was merged by itself (`same`). */
  readonly sure: {
    readonly pairs: number
    readonly wrong: number
    readonly recall: number
    readonly wrongPerThousand: number
  }
  /** Pairs merged, probable or on the review list, as a share of the true ones. */
  readonly found: number
  /** Sum of 1 − P against people who are really two, sure ones and all. */
  readonly expectedSure: number
  readonly realSure: number
  readonly expectedAll: number
  readonly realAll: number
}

export function judge(result: Reconciliation, truth: ReadonlyMap<string, string>): Verdict {
  const who = (m: MemberOut) => truth.get(`${m.connection_id} ${m.individual_id}`) ?? ''
  const sizes = new Map<string, number>()
  for (const person of truth.values()) sizes.set(person, (sizes.get(person) ?? 0) + 1)
  let truePairs = 0
  for (const size of sizes.values()) truePairs += (size * (size - 1)) / 2
  let [right, wrong, sureRight, sureWrong] = [0, 0, 0, 0]
  let [expectedSure, realSure, expectedAll, realAll] = [0, 0, 0, 0]
  const home = new Map<string, string>()
  for (const person of result.people) {
    const of = person.members.map(who)
    for (const member of person.members) home.set(`${member.connection_id} ${member.individual_id}`, person.person_id)
    for (const [k, one] of of.entries()) {
      for (const other of of.slice(k + 1)) {
        if (one === other) right++
        else wrong++
        if (person.band === 'same' && one === other) sureRight++
        if (person.band === 'same' && one !== other) sureWrong++
      }
    }
    if (person.members.length < 2) continue
    const mixed = new Set(of).size > 1 ? 1 : 0
    expectedAll += 1 - person.probability
    realAll += mixed
    if (person.band !== 'same') continue
    expectedSure += 1 - person.probability
    realSure += mixed
  }
  let asked = 0
  for (const { a, b } of result.review) {
    const apart =
      home.get(`${a.connection_id} ${a.individual_id}`) !== home.get(`${b.connection_id} ${b.individual_id}`)
    if (apart && who(a) === who(b)) asked++
  }
  return {
    truePairs,
    precision: right + wrong === 0 ? 1 : right / (right + wrong),
    recall: right / truePairs,
    f1: (2 * right) / (right + wrong + truePairs),
    wrong,
    sure: {
      pairs: sureRight + sureWrong,
      wrong: sureWrong,
      recall: sureRight / truePairs,
      wrongPerThousand: sureRight + sureWrong === 0 ? 0 : (1000 * sureWrong) / (sureRight + sureWrong),
    },
    found: (right + asked) / truePairs,
    expectedSure,
    realSure,
    expectedAll,
    realAll,
  }
}
