import type Finch from '@tryfinch/finch-api'
import { seededUuid } from '../chance.ts'
import { benefitChoices, isContractor } from '../payroll/pay.ts'
import { staffOf } from '../staff.ts'
import type { Connection, Entity } from '../state.ts'

// Benefits of an entity: the two that its pay statements show, with whoever has chosen them, and those made through
// the API. A change shows in the answers about benefits at once, but not in pay that was made up before it.

export type BenefitType = NonNullable<Finch.HRIS.BenefitType>
export type Frequency = Finch.HRIS.BenefitFrequency

export type Contribution =
  | { readonly type: 'fixed' | 'percent'; readonly amount: number }
  | { readonly type: 'tiered'; readonly tiers: readonly Tier[] }

export interface Tier {
  readonly match: number
  readonly threshold: number
}

/** Amounts are cents or, for percent, hundredths of a percent. */
export interface Enrollment {
  readonly employee_deduction: Extract<Contribution, { amount: number }> | null
  readonly company_contribution: Contribution | null
  readonly annual_maximum: number | null
  readonly catch_up: boolean | null
  readonly hsa_contribution_limit: 'individual' | 'family' | null
}

export interface Benefit {
  readonly id: string
  readonly entityId: string
  readonly type: BenefitType | null
  readonly frequency: Frequency | null
  readonly companyContribution: { readonly type: 'match'; readonly tiers: readonly Tier[] } | null
  description: string | null
  /** By individual_id. */
  readonly enrolled: Record<string, Enrollment>
}

/** All benefits of the entity. A change must be kept with `keepBenefit`. */
export function benefitsOf(connection: Connection, entity: Entity): Benefit[] {
  const kept = Object.values(connection.benefits).filter(({ entityId }) => entityId === entity.id)
  const untouched = usualBenefits(connection, entity).filter(({ id }) => !Object.hasOwn(connection.benefits, id))
  return [...untouched, ...kept]
}

export function keepBenefit(connection: Connection, benefit: Benefit): void {
  connection.benefits[benefit.id] = benefit
}

function usualBenefits(connection: Connection, entity: Entity): Benefit[] {
  const savings = usualBenefit(connection, entity, '401k', '401(k)')
  const medical = usualBenefit(connection, entity, 's125_medical', 'Medical insurance')
  for (const person of staffOf(connection, entity)) {
    if (isContractor(person)) continue
    const { savedPercent, matchedPercent, premium, employerPremium } = benefitChoices(person)
    const { id } = person.individual
    if (savedPercent > 0) savings.enrolled[id] = enrollment('percent', savedPercent * 100, matchedPercent * 100)
    if (premium > 0) medical.enrolled[id] = enrollment('fixed', premium, employerPremium)
  }
  return [savings, medical]
}

function usualBenefit(connection: Connection, entity: Entity, type: BenefitType, description: string): Benefit {
  return {
    id: seededUuid('benefit', connection.id, String(entity.index), type),
    entityId: entity.id,
    type,
    description,
    frequency: type === '401k' ? 'every_paycheck' : 'monthly',
    companyContribution: null,
    enrolled: {},
  }
}

function enrollment(type: 'fixed' | 'percent', employee: number, company: number): Enrollment {
  return {
    employee_deduction: { type, amount: employee },
    company_contribution: { type, amount: company },
    annual_maximum: null,
    catch_up: null,
    hsa_contribution_limit: null,
  }
}
