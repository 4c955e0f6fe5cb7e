import type Finch from '@tryfinch/finch-api'
import { seededDraw } from '../chance.ts'
import type { Person } from '../roster.ts'
import { type Frequency, PERIODS_PER_YEAR } from './calendar.ts'

// What one person gets for one period: what was earned, less taxes and deductions, is what is paid out. All of it
// follows from the income, the benefits a person chose and the state they live in. Money is counted in cents.

export type PayStatement = Finch.HRIS.PayStatement
type Tax = NonNullable<PayStatement['taxes']>[number]
type Deduction = NonNullable<PayStatement['employee_deductions']>[number]
type Contribution = NonNullable<PayStatement['employer_contributions']>[number]
type Earning = NonNullable<NonNullable<PayStatement['earnings']>[number]>

/** What a pay statement is made of; the sums follow. */
export interface PayParts {
  readonly earnings: readonly Earning[]
  readonly taxes: readonly Tax[]
  readonly deductions: readonly Deduction[]
  readonly contributions: readonly Contribution[]
}

/** A person's pay for a regular period; null for somebody without a known income. */
export function regularPay(person: Person, frequency: Frequency): PayStatement | null {
  const annual = annualIncome(person)
  if (annual === null) return null
  const gross = Math.floor(annual / PERIODS_PER_YEAR[frequency])
  return writeStatement(person, payParts(person, frequency, gross), { type: 'regular_payroll', gross })
}

/** Taxes, deductions and contributions that go with `gross`. Contractors have none: they settle theirs themselves. */
export function payParts(person: Person, frequency: Frequency, gross: number): PayParts {
  if (isContractor(person)) {
    return {
      earnings: [earning('1099', 'Contract payment', gross, null)],
      taxes: [],
      deductions: [],
      contributions: [],
    }
  }
  const benefits = benefitsOf(person, frequency, gross)
  const hours = HOURS[frequency]
  return {
    earnings: [
      frequency === 'bi_weekly' ? earning('wage', 'Hourly', gross, hours) : earning('salary', 'Salary', gross, hours),
    ],
    taxes: taxesOn(person, gross, benefits.deductions),
    ...benefits,
  }
}

interface StatementFacts {
  readonly type: PayStatement['type']
  readonly gross: number
  readonly method?: PayStatement['payment_method']
  readonly hours?: number
  /** What is paid out, where that is given and not to be worked out. */
  readonly net?: number
}

export function writeStatement(person: Person, parts: PayParts, facts: StatementFacts): PayStatement {
  const kept = sum(parts.taxes.filter(({ employer }) => employer !== true)) + sum(parts.deductions)
  const hours = parts.earnings.reduce<number | null>(
    (all, { hours: some }) => (some === null ? all : (all ?? 0) + some),
    null,
  )
  return {
    individual_id: person.individual.id,
    type: facts.type,
    payment_method: facts.method ?? (paidByCheck(person) ? 'check' : 'direct_deposit'),
    total_hours: facts.hours ?? hours,
    gross_pay: usd(facts.gross),
    net_pay: usd(facts.net ?? facts.gross - kept),
    earnings: [...parts.earnings],
    taxes: [...parts.taxes],
    employee_deductions: [...parts.deductions],
    employer_contributions: [...parts.contributions],
  }
}

export function usd(amount: number): Finch.HRIS.Money {
  return { amount, currency: 'usd' }
}

export function sum(lines: readonly { readonly amount?: number | null }[]): number {
  return lines.reduce((all, { amount }) => all + (amount ?? 0), 0)
}

export function isContractor({ employment }: Person): boolean {
  return employment.employment?.type === 'contractor'
}

const HOURS: Readonly<Record<Frequency, number>> = { semi_monthly: 86.67, bi_weekly: 50, monthly: 173.33 }

const UNITS_PER_YEAR: Readonly<Record<string, number>> = {
  yearly: 1,
  fixed: 1,
  quarterly: 4,
  monthly: 12,
  semi_monthly: 24,
  bi_weekly: 26,
  weekly: 52,
  daily: 260,
  hourly: 2080,
}

export function annualIncome({ employment: { income } }: Person): number | null {
  const { amount, unit } = income ?? { amount: null, unit: null }
  return amount === null ? null : amount * (UNITS_PER_YEAR[unit ?? 'yearly'] ?? 1)
}

export interface BenefitChoices {
  /** Of the gross pay, into a 401(k). 0: none. */
  readonly savedPercent: number
  readonly matchedPercent: number
  /** Cents a month for medical insurance. 0: none. */
  readonly premium: number
  readonly employerPremium: number
}

/** What an employee has chosen; contractors have no choice. */
export function benefitChoices({ individual }: Person): BenefitChoices {
  const draw = seededDraw('benefits', individual.id)
  const savedPercent = draw.likely(60) ? draw.pick([3, 4, 5, 6]) : 0
  const premium = draw.likely(80) ? draw.pick([12_000, 18_500, 24_000]) : 0
  return { savedPercent, matchedPercent: Math.min(savedPercent, 4), premium, employerPremium: premium * 3 }
}

function benefitsOf(
  person: Person,
  frequency: Frequency,
  gross: number,
): Pick<PayParts, 'deductions' | 'contributions'> {
  const { savedPercent: saved, matchedPercent: matched, ...monthly } = benefitChoices(person)
  const premium = perPeriod(monthly.premium, frequency)
  const deductions: Deduction[] = []
  const contributions: Contribution[] = []
  if (premium > 0 && premium < gross) {
    deductions.push({
      name: 'Medical insurance',
      amount: premium,
      currency: 'usd',
      pre_tax: true,
      type: 's125_medical',
    })
    contributions.push({
      name: 'Medical insurance',
      amount: perPeriod(monthly.employerPremium, frequency),
      currency: 'usd',
      type: 's125_medical',
    })
  }
  if (saved > 0) {
    deductions.push({ name: '401(k)', amount: percent(gross, saved), currency: 'usd', pre_tax: true, type: '401k' })
    contributions.push({
      name: '401(k) match',
      amount: percent(gross, matched),
      currency: 'usd',
      type: '401k',
    })
  }
  return { deductions, contributions }
}

/** Medical insurance lowers every tax, savings for retirement only the taxes on income. */
function taxesOn(person: Person, gross: number, deductions: readonly Deduction[]): Tax[] {
  const insured = gross - sum(deductions.filter(({ type }) => type === 's125_medical'))
  const taxable = insured - sum(deductions.filter(({ type }) => type === '401k'))
  const annual = annualIncome(person) ?? 0
  const state = person.individual.residence?.state ?? null
  const taxes = [
    tax(
      'federal',
      'Federal Income Tax',
      percent(taxable, BRACKETS.find(({ upTo }) => annual <= upTo)?.rate ?? 18),
      false,
    ),
    tax('fica', 'Social Security', percent(insured, SOCIAL_SECURITY), false),
    tax('fica', 'Medicare', percent(insured, MEDICARE), false),
  ]
  if (state !== null && !UNTAXED_STATES.has(state)) {
    taxes.push(tax('state', `State Withholding - ${state}`, percent(taxable, STATE_INCOME), false))
  }
  taxes.push(
    tax('fica', 'Social Security (employer)', percent(insured, SOCIAL_SECURITY), true),
    tax('fica', 'Medicare (employer)', percent(insured, MEDICARE), true),
  )
  return taxes
}

const BRACKETS = [
  { upTo: 6_000_000, rate: 10 },
  { upTo: 11_000_000, rate: 14 },
] as const
const SOCIAL_SECURITY = 6.2
const MEDICARE = 1.45
const STATE_INCOME = 4
const UNTAXED_STATES = new Set(['AK', 'FL', 'NV', 'NH', 'SD', 'TN', 'TX', 'WA', 'WY'])

function tax(type: Tax['type'], name: string, amount: number, employer: boolean): Tax {
  return { type, name, amount, currency: 'usd', employer }
}

function earning(type: Earning['type'], name: string, amount: number, hours: number | null): Earning {
  return { type, name, amount, currency: 'usd', hours }
}

function percent(amount: number, rate: number): number {
  return Math.round((amount * rate) / 100)
}

function perPeriod(monthly: number, frequency: Frequency): number {
  return Math.round((monthly * 12) / PERIODS_PER_YEAR[frequency])
}

function paidByCheck({ individual }: Person): boolean {
  return seededDraw('check', individual.id).likely(10)
}
