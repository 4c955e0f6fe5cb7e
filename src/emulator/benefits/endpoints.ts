import { randomUUID } from 'node:crypto'
import * as v from 'valibot'
import { readBody } from '../body.ts'
import { type Answer, type DataCall, ok } from '../call.ts'
import { addJob } from '../job-record.ts'
import { JOB_MS } from '../jobs.ts'
import { refuse } from '../refusal.ts'
import { staffOf } from '../staff.ts'
import type { Job } from '../state.ts'
import { type Benefit, benefitsOf, type Enrollment, keepBenefit } from './record.ts'
import { BENEFIT_TYPES } from './types.ts'

const Frequency = v.nullish(v.picklist(['every_paycheck', 'monthly', 'one_time']), null)
const basisPoints = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000))
const Tiers = v.pipe(v.array(v.object({ match: basisPoints, threshold: basisPoints })), v.minLength(1), v.maxLength(3))
const Text = v.nullish(v.string(), null)

const NewBenefit = v.looseObject({
  type: v.nullish(v.picklist(BENEFIT_TYPES), null),
  description: Text,
  frequency: Frequency,
  company_contribution: v.nullish(v.object({ type: v.literal('match'), tiers: Tiers }), null),
})

const amount = v.pipe(v.number(), v.safeInteger())
const Amount = v.object({ type: v.picklist(['fixed', 'percent']), amount })
const Enrollments = v.array(
  v.looseObject({
    individual_id: v.string(),
    configuration: v.optional(
      v.looseObject({
        employee_deduction: v.nullish(Amount, null),
        company_contribution: v.nullish(v.union([Amount, v.object({ type: v.literal('tiered'), tiers: Tiers })]), null),
        annual_maximum: v.nullish(amount, null),
        annual_contribution_limit: v.nullish(v.picklist(['individual', 'family']), null),
        catch_up: v.nullish(v.boolean(), null),
        effective_date: v.optional(v.pipe(v.string(), v.isoDate())),
      }),
      {},
    ),
  }),
)

/** `GET /employer/benefits` */
export function listBenefits(call: DataCall): Answer {
  return ok(benefitsOf(call.connection, call.entity).map(describe))
}

/** `POST /employer/benefits`: 201 with the job that makes it. */
export function createBenefit(call: DataCall): Answer {
  return makeBenefit(call, 'benefit_create')
}

/** `POST /employer/benefits/register`: for what assisted connections have at the provider already. */
export function registerBenefit(call: DataCall): Answer {
  if (call.connection.method !== 'assisted') throw refuse.invalidRequest('Requested adapter is not assisted benefits')
  return makeBenefit(call, 'benefit_register')
}

function makeBenefit(call: DataCall, job: Job['type']): Answer {
  const { type, description, frequency, company_contribution: match } = readBody(NewBenefit, call.body ?? {})
  const id = randomUUID()
  keepBenefit(call.connection, {
    id,
    entityId: call.entity.id,
    type,
    description,
    frequency,
    companyContribution: match,
    enrolled: {},
  })
  return { status: 201, json: { benefit_id: id, job_id: queue(call, job) } }
}

/** `GET /employer/benefits/meta`: what a benefit may be here. */
export function describeSupport(): Answer {
  return ok(
    BENEFIT_TYPES.map((type) => ({
      description: type,
      frequencies: ['every_paycheck', 'monthly', 'one_time'],
      employee_deduction: ['fixed', 'percent'],
      company_contribution: ['fixed', 'percent', 'tiered'],
      annual_maximum: true,
      catch_up: true,
      hsa_contribution_limit: type.startsWith('hsa') ? ['individual', 'family'] : null,
    })),
  )
}

/** `GET /employer/benefits/{id}` */
export function readBenefit(call: DataCall): Answer {
  return ok(describe(chosen(call)))
}

/** `POST /employer/benefits/{id}` */
export function updateBenefit(call: DataCall): Answer {
  const { description } = readBody(v.looseObject({ description: v.optional(v.string()) }), call.body ?? {})
  const benefit = chosen(call)
  if (description !== undefined) benefit.description = description
  keepBenefit(call.connection, benefit)
  return ok({ benefit_id: benefit.id, job_id: queue(call, 'benefit_update') })
}

/** `GET /employer/benefits/{id}/enrolled` */
export function listEnrolled(call: DataCall): Answer {
  const { id, enrolled } = chosen(call)
  return ok({ benefit_id: id, individual_ids: Object.keys(enrolled) })
}

/** `GET /employer/benefits/{id}/individuals`: 207 where somebody who was asked for is not enrolled. */
export function readEnrollments(call: DataCall): Answer {
  const { enrolled } = chosen(call)
  const asked = (call.query.get('individual_ids') ?? '').split(',').filter((id) => id !== '')
  const items = (asked.length === 0 ? Object.keys(enrolled) : asked).map((id) => {
    const enrollment = Object.hasOwn(enrolled, id) ? enrolled[id] : undefined
    if (enrollment !== undefined) return { individual_id: id, code: 200, body: enrollment }
    const missing = refuse.noEnrollment(id)
    return { individual_id: id, code: missing.status, body: missing.body }
  })
  return { status: items.every(({ code }) => code === 200) ? 200 : 207, json: items }
}

/** `POST /employer/benefits/{id}/individuals`: whoever is enrolled already gets the new amounts. */
export function enroll(call: DataCall): Answer {
  const asked = readBody(Enrollments, call.body ?? [])
  const benefit = chosen(call)
  const staff = new Set(staffOf(call.connection, call.entity).map(({ individual }) => individual.id))
  for (const { individual_id: id } of asked) if (!staff.has(id)) throw refuse.noIndividual(id)
  for (const { individual_id: id, configuration } of asked) {
    benefit.enrolled[id] = enrollmentFrom(configuration)
  }
  keepBenefit(call.connection, benefit)
  return ok({ job_id: queue(call, 'benefit_enroll') })
}

/** `DELETE /employer/benefits/{id}/individuals` */
export function unenroll(call: DataCall): Answer {
  const { individual_ids: ids = [] } = readBody(
    v.looseObject({ individual_ids: v.optional(v.array(v.string())) }),
    call.body ?? {},
  )
  const benefit = chosen(call)
  for (const id of ids) delete benefit.enrolled[id]
  keepBenefit(call.connection, benefit)
  return ok({ job_id: queue(call, 'benefit_unenroll') })
}

type Configuration = NonNullable<v.InferOutput<typeof Enrollments>[number]['configuration']>

function enrollmentFrom(configuration: Configuration): Enrollment {
  return {
    employee_deduction: configuration.employee_deduction ?? null,
    company_contribution: configuration.company_contribution ?? null,
    annual_maximum: configuration.annual_maximum ?? null,
    catch_up: configuration.catch_up ?? null,
    hsa_contribution_limit: configuration.annual_contribution_limit ?? null,
  }
}

function chosen(call: DataCall): Benefit {
  const benefit = benefitsOf(call.connection, call.entity).find(({ id }) => id === call.params.id)
  if (benefit === undefined) throw refuse.noBenefit()
  return benefit
}

function describe({ id, type, description, frequency, companyContribution }: Benefit) {
  return {
    benefit_id: id,
    type,
    description,
    frequency,
    ...(companyContribution === null ? {} : { company_contribution: companyContribution }),
  }
}

/** Read at `/jobs/manual/{id}`, for automated connections too. */
function queue({ state, connection, now }: DataCall, type: Job['type']): string {
  return addJob(state, connection, { type, createdAt: now, endsAt: now + JOB_MS, outcome: null }).id
}
