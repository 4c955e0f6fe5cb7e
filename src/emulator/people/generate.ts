/**
 * Payroll people of one customer with several connections, from a seed. What Finch would answer and the truth come apart: `human` tells who a
 * record is, and belongs in tests and in the making of the default model, never in the matcher.
 */
import { type HouseholdKind, type Human, makeHousehold } from './households.ts'
import { menNames, surnames, womenNames } from './names.ts'
import { commonShare, randomFor } from './random.ts'
import {
  type ConnectionHabits,
  type FinchEmployment,
  type FinchIndividual,
  writeEmployment,
  writeIndividual,
} from './records.ts'

export interface PeopleOptions {
  readonly seed: number
  readonly households: number
  readonly connections: readonly ConnectionHabits[]
  /** Chance that a human of one connection is also in another one. */
  readonly overlap: number
  /** Share of households of which several work for the customer. */
  readonly families: number
  readonly connectionIds?: readonly string[]
}

export interface PayrollRecord {
  readonly connectionId: string
  readonly connection: number
  readonly individual: FinchIndividual
  readonly employment: FinchEmployment
  /** The truth: equal numbers are one human. */
  readonly human: number
  readonly household: number
  readonly kind: HouseholdKind
}

const usual: ConnectionHabits = {
  ssn: 'raw',
  products: 'full',
  dates: 'iso',
  emails: 'both',
  dobMissing: 0.03,
  phoneMissing: 0.15,
  residenceMissing: 0.05,
  rehires: 0.01,
  slips: 0.02,
  old: false,
  workDomain: 'acme.com',
}

/** Six providers as unlike each other as Finch's are. */
export const usualConnections: readonly ConnectionHabits[] = [
  usual,
  { ...usual, ssn: 'encrypted', emails: 'personal', phoneMissing: 0.4, slips: 0.03, workDomain: 'acme-west.com' },
  { ...usual, dates: 'month-first', emails: 'work', old: true, slips: 0.04, rehires: 0.03 },
  {
    ...usual,
    ssn: 'none',
    dates: 'day-first',
    dobMissing: 0.1,
    residenceMissing: 0.2,
    emails: 'both',
    workDomain: 'acme.co.uk',
  },
  { ...usual, ssn: 'none', dobMissing: 0.5, phoneMissing: 0.6, residenceMissing: 0.5, emails: 'none', slips: 0.03 },
  {
    ...usual,
    products: 'directory',
    ssn: 'none',
    emails: 'none',
    dobMissing: 1,
    phoneMissing: 1,
    residenceMissing: 1,
    slips: 0.01,
  },
]

/** Household by household, so that a million people need no memory. */
export function* generatePeople(options: PeopleOptions): Generator<PayrollRecord> {
  const { seed, connections } = options
  for (let index = 0; index < options.households; index++) {
    const { kind, humans } = makeHousehold(seed, index, options)
    for (const human of humans) yield* recordsOf(human, index, kind, options, connections.length)
  }
}

function* recordsOf(
  human: Human,
  household: number,
  kind: HouseholdKind,
  options: PeopleOptions,
  many: number,
): Generator<PayrollRecord> {
  const random = randomFor(options.seed, 6, human.id)
  const home = random.below(many)
  for (let connection = 0; connection < many; connection++) {
    const there = random.chance(options.overlap)
    if (connection !== home && !there) continue
    const habits = options.connections[connection] as ConnectionHabits
    const copies = random.chance(habits.rehires) ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      yield {
        connectionId: options.connectionIds?.[connection] ?? `connection-${connection + 1}`,
        connection,
        individual: writeIndividual(options.seed, human, connection, habits, copy),
        employment: writeEmployment(options.seed, human, connection, habits, copy),
        human: human.id,
        household,
        kind,
      }
    }
  }
}

/** Shares of the listed names among the generated people: what the default model believes of names. */
export function nameShares(): { first: Record<string, number>; last: Record<string, number> } {
  const first: Record<string, number> = {}
  const last: Record<string, number> = {}
  for (const list of [menNames, womenNames]) {
    for (const [rank, name] of list.entries())
      first[name.toLowerCase()] = (first[name.toLowerCase()] ?? 0) + commonShare(rank, list.length) / 2
  }
  for (const [rank, name] of surnames.entries()) last[name.toLowerCase()] = commonShare(rank, surnames.length) * 0.65
  return { first, last }
}
