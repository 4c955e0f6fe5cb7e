import type Finch from '@tryfinch/finch-api'
import * as v from 'valibot'

// What the SDK's types promise, checkable at run time. Each schema is tied to its type: it may only let through what
// the type allows. They are strict, so a key the types do not know is a failure too.

export type Promising<T> = v.GenericSchema<unknown, T>

const text = v.nullable(v.string())
const uuid = v.pipe(v.string(), v.uuid())
const when = v.pipe(v.string(), v.isoTimestamp())
const day = v.nullable(v.pipe(v.string(), v.isoDate()))
const flag = v.nullable(v.boolean())
const clientType = v.picklist(['development', 'production', 'sandbox'])
const connectionType = v.picklist(['finch', 'provider'])
const status = v.picklist([
  'pending',
  'processing',
  'connected',
  'error_no_account_setup',
  'error_permissions',
  'reauth',
])
const authType = v.picklist(['api_token', 'assisted', 'credential', 'oauth'])

export const Session: Promising<Finch.Connect.SessionNewResponse> = v.strictObject({
  session_id: uuid,
  connect_url: v.pipe(v.string(), v.url()),
})

export const AccessToken: Promising<Finch.CreateAccessTokenResponse> = v.strictObject({
  access_token: v.string(),
  token_type: v.literal('bearer'),
  client_type: clientType,
  connection_id: uuid,
  connection_type: connectionType,
  entity_ids: v.pipe(v.array(uuid), v.minLength(1)),
  products: v.array(v.string()),
  provider_id: v.string(),
  account_id: v.exactOptional(v.string()),
  company_id: v.exactOptional(uuid),
  customer_id: text,
  customer_name: text,
})

const connectionStatus = v.strictObject({ status, message: v.string(), last_successful_sync: v.nullable(when) })

export const Introspection: Promising<Finch.Introspection> = v.strictObject({
  id: uuid,
  client_id: uuid,
  client_type: clientType,
  connection_id: uuid,
  connection_status: connectionStatus,
  connection_type: connectionType,
  products: v.array(v.string()),
  provider_id: v.string(),
  payroll_provider_id: v.string(),
  account_id: v.exactOptional(v.string()),
  authentication_methods: v.array(
    v.strictObject({
      type: v.picklist(['assisted', 'credential', 'api_token', 'api_credential', 'oauth']),
      connection_status: connectionStatus,
      products: v.array(v.string()),
    }),
  ),
  company_id: v.exactOptional(uuid),
  customer_email: text,
  customer_id: text,
  customer_name: text,
  entities: v.array(
    v.strictObject({ id: uuid, name: text, source_id: text, status: v.union([status, v.literal('disconnected')]) }),
  ),
  manual: v.boolean(),
  username: text,
})

export const Provider: Promising<Finch.Provider> = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^[a-z][a-z_]+$/)),
  display_name: v.string(),
  products: v.array(v.string()),
  authentication_methods: v.array(
    v.strictObject({
      type: v.picklist(['assisted', 'credential', 'api_token', 'api_credential', 'oauth']),
      benefits_support: v.record(v.string(), v.unknown()),
      supported_fields: v.record(v.string(), v.unknown()),
    }),
  ),
  beta: v.boolean(),
  manual: v.boolean(),
  mfa_required: v.boolean(),
  primary_color: v.string(),
})

const location = v.strictObject({
  line1: text,
  line2: text,
  city: text,
  state: text,
  postal_code: text,
  country: text,
})

const companyFields = {
  accounts: v.nullable(
    v.array(
      v.strictObject({
        account_name: text,
        account_number: text,
        account_type: v.nullable(v.picklist(['checking', 'savings'])),
        institution_name: text,
        routing_number: text,
      }),
    ),
  ),
  departments: v.nullable(v.array(v.strictObject({ name: text, parent: v.nullable(v.strictObject({ name: text })) }))),
  ein: v.nullable(v.pipe(v.string(), v.regex(/^\d{2}-\d{7}$/))),
  entity: v.nullable(
    v.strictObject({
      type: v.nullable(v.picklist(['llc', 'lp', 'corporation', 'sole_proprietor', 'non_profit', 'partnership'])),
      subtype: v.nullable(v.picklist(['s_corporation', 'c_corporation', 'b_corporation'])),
    }),
  ),
  legal_name: text,
  locations: v.nullable(v.array(location)),
  primary_email: text,
  primary_phone_number: text,
}

export const Company: Promising<Finch.HRIS.Company> = v.strictObject({ id: uuid, ...companyFields })
export const SandboxCompany: Promising<Finch.Sandbox.CompanyUpdateResponse> = v.strictObject(companyFields)

const names = { first_name: text, middle_name: text, last_name: text }
const department = v.nullable(v.strictObject({ name: text }))
const manager = v.nullable(v.strictObject({ id: uuid }))

export const DirectoryEntry: Promising<Finch.HRIS.IndividualInDirectory> = v.strictObject({
  id: uuid,
  ...names,
  department,
  manager,
  is_active: flag,
})

export const Individual: Promising<Finch.HRIS.Individual.IndividualResponseBody> = v.strictObject({
  id: uuid,
  ...names,
  preferred_name: text,
  dob: day,
  emails: v.nullable(
    v.array(
      v.strictObject({ data: v.pipe(v.string(), v.email()), type: v.nullable(v.picklist(['work', 'personal'])) }),
    ),
  ),
  phone_numbers: v.nullable(
    v.array(v.strictObject({ data: text, type: v.nullable(v.picklist(['work', 'personal'])) })),
  ),
  gender: v.nullable(v.picklist(['female', 'male', 'other', 'decline_to_specify'])),
  ethnicity: v.nullable(v.picklist(['asian', 'white', 'black_or_african_american', 'hispanic_or_latino'])),
  marital_status: v.nullable(v.picklist(['single', 'married', 'divorced', 'unknown'])),
  residence: v.nullable(location),
  ssn: v.exactOptional(text),
  encrypted_ssn: v.exactOptional(text),
})

export const Employment: Promising<Finch.HRIS.EmploymentData.EmploymentDataResponseBody> = v.strictObject({
  id: uuid,
  ...names,
  title: text,
  department,
  manager,
  employment: v.nullable(
    v.strictObject({
      type: v.nullable(v.picklist(['employee', 'contractor'])),
      subtype: v.nullable(v.picklist(['full_time', 'part_time', 'individual_contractor'])),
    }),
  ),
  employment_status: v.nullable(v.picklist(['active', 'leave', 'terminated'])),
  is_active: flag,
  start_date: day,
  end_date: day,
  latest_rehire_date: day,
  location: v.nullable(location),
  income: v.nullable(
    v.strictObject({
      amount: v.nullable(v.number()),
      currency: text,
      effective_date: text,
      unit: v.nullable(v.picklist(['yearly', 'hourly'])),
    }),
  ),
  income_history: v.null(),
  source_id: text,
  class_code: text,
  flsa_status: v.nullable(v.picklist(['exempt', 'non_exempt', 'unknown'])),
  highly_compensated_employee: flag,
  key_employee: flag,
  union_code: text,
  union_local: text,
  custom_fields: v.null(),
})

export const BatchError: Promising<Finch.HRIS.Individual.BatchError> = v.strictObject({
  code: v.literal(404),
  name: v.literal('not_found_error'),
  finch_code: v.literal('individual_not_found'),
  message: v.string(),
})

const account = {
  account_id: v.string(),
  authentication_type: authType,
  connection_id: uuid,
  entity_id: uuid,
  products: v.array(v.string()),
  provider_id: v.string(),
  company_id: uuid,
}

export const SandboxConnection: Promising<Finch.Sandbox.ConnectionCreateResponse> = v.strictObject({
  ...account,
  access_token: v.string(),
  token_type: v.literal('bearer'),
})
export const SandboxAccount: Promising<Finch.Sandbox.Connections.AccountCreateResponse> = v.strictObject({
  ...account,
  access_token: v.string(),
})
export const SandboxAccountUpdate: Promising<Finch.Sandbox.Connections.AccountUpdateResponse> = v.strictObject(account)

export const Job: Promising<Finch.Sandbox.JobCreateResponse> = v.strictObject({
  allowed_refreshes: v.number(),
  remaining_refreshes: v.number(),
  job_id: uuid,
  job_url: v.pipe(v.string(), v.url()),
})
