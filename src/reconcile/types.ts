/** What goes into the matcher and what comes out. Ids are Finch's; nothing that comes out holds ssn, dob or e-mail. */
import type { Employee, Employment } from '../domain/employee.ts'

/** One individual of one connection, as Finch gives it: raw, null where unknown. Normalizing is the matcher's work. */
export interface Person extends Omit<Employee, 'employment'> {
  readonly connectionId: string
  readonly employment?: Employment | null
}

export interface Member {
  readonly connectionId: string
  readonly individualId: string
}

/** What a person at the keyboard said about two individuals. */
export interface Decision {
  readonly a: Member
  readonly b: Member
  readonly verdict: 'same' | 'different'
  /**
   * True when it was given on an item whose cause was `decision_contradicted`: then the contradiction is not shown
   * again.
   */
  readonly contradictionSeen?: boolean
}

/** Why two clusters are shown to a person instead of being merged (or kept apart) by themselves. */
export type ReviewCause =
  | 'uncertain'
  | 'names_only'
  | 'household_only'
  | 'first_name_differs'
  | 'ssn_differs'
  | 'suffix_differs'
  | 'dob_differs'
  | 'close_second'
  | 'same_connection'
  | 'decision_contradicted'

/** Bits of evidence for (positive) or against (negative) the two being one person. `level` is a word, never a value. */
export interface Reason {
  readonly field: string
  readonly level: string
  readonly bits: number
}

export interface ReviewItem {
  readonly a: MemberOut
  readonly b: MemberOut
  readonly probability: number
  readonly cause: ReviewCause
  readonly prior_bits: number
  readonly reasons: readonly Reason[]
  /** What no field says; with it the bits add up to `bits`, whose odds the probability is. */
  readonly other_bits: number
  readonly bits: number
}

/** Snake case: this goes to JSON as it is. */
export interface MemberOut {
  readonly connection_id: string
  readonly individual_id: string
}

/** `part` is given in band `review` only. */
export interface PersonMember extends MemberOut {
  readonly part?: number
}

export type Band = 'same' | 'review' | 'single'

/**
 * `same`: two or more members, merged by itself or by decision. `review`: two or more members that are probably one
 * person, not to be relied on before the review list is answered; members of one `part` are surely one. `single`: one
 * member.
 */
export interface PersonOut {
  readonly person_id: string
  readonly band: Band
  readonly probability: number
  readonly members: readonly PersonMember[]
}

export interface Summary {
  readonly records: number
  readonly people: number
  readonly in_several: number
  readonly to_review: number
  readonly expected_wrong_merges: number
  readonly seconds: number
}

export interface Reconciliation {
  readonly people: readonly PersonOut[]
  readonly review: readonly ReviewItem[]
  readonly summary: Summary
}
