import type Finch from '@tryfinch/finch-api'
import * as v from 'valibot'
import type { Promising } from './shapes.ts'

// What the SDK's types promise of pay and jobs, as in shapes.ts.

const text = v.nullable(v.string())
const uuid = v.pipe(v.string(), v.uuid())
const when = v.nullable(v.pipe(v.string(), v.isoTimestamp()))
const day = v.nullable(v.pipe(v.string(), v.isoDate()))
const cents = v.nullable(v.pipe(v.number(), v.integer()))
const money = v.strictObject({ amount: cents, currency: v.literal('usd') })
const frequency = v.picklist(['semi_monthly', 'bi_weekly', 'monthly'])
const line = { name: text, amount: cents, currency: text }
const benefit = v.nullable(v.picklist(['401k', 's125_medical', 'commuter']))

export const Payment: Promising<Finch.HRIS.Payment> = v.strictObject({
  id: uuid,
  pay_period: v.strictObject({ start_date: day, end_date: day }),
  pay_date: day,
  debit_date: day,
  company_debit: money,
  gross_pay: money,
  net_pay: money,
  employer_taxes: money,
  employee_taxes: money,
  individual_ids: v.array(uuid),
  pay_group_ids: v.array(uuid),
  pay_frequencies: v.array(frequency),
})

export const PayStatement: Promising<Finch.HRIS.PayStatement> = v.strictObject({
  individual_id: uuid,
  type: v.picklist(['regular_payroll', 'off_cycle_payroll', 'one_time_payment']),
  payment_method: v.picklist(['check', 'direct_deposit', 'other']),
  total_hours: v.nullable(v.number()),
  gross_pay: money,
  net_pay: money,
  earnings: v.array(
    v.strictObject({
      ...line,
      type: v.nullable(v.picklist(['salary', 'wage', '1099', 'bonus'])),
      hours: v.nullable(v.number()),
    }),
  ),
  taxes: v.array(
    v.strictObject({
      ...line,
      type: v.nullable(v.picklist(['federal', 'fica', 'state'])),
      employer: v.nullable(v.boolean()),
    }),
  ),
  employee_deductions: v.array(v.strictObject({ ...line, type: benefit, pre_tax: v.nullable(v.boolean()) })),
  employer_contributions: v.array(v.strictObject({ ...line, type: benefit })),
})

export const PayGroup: Promising<Finch.Payroll.PayGroupRetrieveResponse> = v.strictObject({
  id: uuid,
  name: v.string(),
  pay_frequencies: v.array(frequency),
  individual_ids: v.array(uuid),
})

export const PayStatementItem: Promising<Finch.HRIS.PayStatementItem.PayStatementItemListResponse> = v.strictObject({
  name: v.string(),
  category: v.picklist(['earnings', 'taxes', 'employee_deductions', 'employer_contributions']),
  attributes: v.strictObject({
    type: text,
    pre_tax: v.exactOptional(v.nullable(v.boolean())),
    employer: v.exactOptional(v.nullable(v.boolean())),
    metadata: v.record(v.string(), v.unknown()),
  }),
})

export const AutomatedJob: Promising<Finch.Jobs.AutomatedAsyncJob> = v.strictObject({
  job_id: uuid,
  job_url: v.pipe(v.string(), v.url()),
  type: v.picklist(['data_sync_all', 'w4_form_employee_sync']),
  status: v.picklist(['pending', 'in_progress', 'complete', 'error', 'reauth_error', 'permissions_error']),
  created_at: v.pipe(v.string(), v.isoTimestamp()),
  scheduled_at: when,
  started_at: when,
  completed_at: when,
  params: v.nullable(v.strictObject({ individual_id: uuid })),
})
