import type Finch from '@tryfinch/finch-api'

export type AuthMethod = 'credential' | 'api_token' | 'api_credential' | 'oauth' | 'assisted'

/** A payroll or HR system of the emulator's catalog. */
export interface Provider {
  readonly id: string
  readonly name: string
  /** In the order Connect offers them; the first is what a person sees. */
  readonly methods: readonly [AuthMethod, ...AuthMethod[]]
  readonly products: readonly string[]
  /** Products one of the methods cannot reach: Finch answers 501 there. */
  readonly missing?: Partial<Record<AuthMethod, readonly string[]>>
  /** Fields this system never fills, as real ones have their gaps. */
  readonly gaps: readonly Gap[]
}

export type Gap =
  | 'dob'
  | 'emails'
  | 'middle_name'
  | 'phone_numbers'
  | 'ethnicity'
  | 'marital_status'
  | 'manager'
  | 'ein'

/** Every product a session may ask for. */
export const PRODUCTS = [
  'benefits',
  'company',
  'deduction',
  'directory',
  'documents',
  'employment',
  'individual',
  'payment',
  'pay_statement',
  'plans',
  'plans_dependents',
  'plans_enrollments',
  'recordkeeping',
  'ssn',
] as const

const PAYROLL = PRODUCTS.filter((product) => product !== 'recordkeeping')
const HR_ONLY = ['company', 'directory', 'individual', 'employment'] as const

const PROVIDERS: readonly Provider[] = [
  payroll('adp_run', 'ADP Run', ['credential'], ['emails']),
  payroll('adp_workforce_now', 'ADP Workforce Now', ['credential', 'api_credential'], ['phone_numbers']),
  hr('bamboo_hr', 'BambooHR', ['api_token'], ['ein', 'ethnicity']),
  hr('bob', 'HiBob', ['api_credential', 'api_token'], ['middle_name', 'ein']),
  hr('deel', 'Deel', ['oauth'], ['dob', 'ein', 'ethnicity']),
  payroll('gusto', 'Gusto', ['credential', 'oauth', 'assisted'], ['ethnicity', 'marital_status']),
  hr('humaans', 'Humaans', ['api_token'], ['ethnicity', 'marital_status', 'ein']),
  payroll('insperity', 'Insperity', ['credential'], ['manager']),
  payroll('justworks', 'Justworks', ['credential'], ['middle_name', 'ethnicity']),
  hr('namely', 'Namely', ['api_token', 'credential'], ['ein']),
  payroll('paychex_flex', 'Paychex Flex', ['credential', 'api_credential'], ['emails', 'manager']),
  payroll('paycom', 'Paycom', ['credential', 'api_credential'], []),
  payroll('paycor', 'Paycor', ['api_credential', 'credential'], ['ethnicity']),
  payroll('paylocity', 'Paylocity', ['credential', 'api_credential'], []),
  hr('personio', 'Personio', ['api_credential'], ['ein', 'ethnicity', 'phone_numbers']),
  payroll(
    'quickbooks',
    'QuickBooks Payroll',
    ['credential', 'oauth'],
    ['dob', 'marital_status', 'ethnicity', 'manager'],
  ),
  payroll('rippling', 'Rippling', ['oauth', 'api_token'], ['marital_status']),
  payroll('square_payroll', 'Square Payroll', ['oauth'], ['emails', 'ethnicity', 'marital_status', 'manager']),
  payroll('trinet', 'TriNet', ['credential', 'api_credential'], ['manager']),
  payroll('wave', 'Wave', ['credential'], ['emails', 'phone_numbers', 'ethnicity', 'marital_status', 'manager', 'ein']),
  {
    ...payroll('workday', 'Workday', ['credential', 'api_credential'], ['ein']),
    missing: { credential: ['company'] },
  },
  payroll('zenefits', 'TriNet Zenefits', ['api_token', 'credential'], []),
  payroll('isolved', 'isolved', ['assisted'], ['emails']),
  payroll('onpay', 'OnPay', ['assisted'], ['ethnicity', 'manager']),
  payroll('surepayroll', 'SurePayroll', ['assisted'], ['emails', 'manager']),
  payroll('ukg_ready', 'UKG Ready', ['assisted', 'credential'], ['ethnicity']),
]

export function allProviders(): readonly Provider[] {
  return PROVIDERS
}

export function findProvider(id: string): Provider | undefined {
  return PROVIDERS.find((provider) => provider.id === id)
}

/** Whether a connection made by `method` can read `product` from this provider. */
export function offers(provider: Provider, method: AuthMethod, product: string): boolean {
  return provider.products.includes(product) && !(provider.missing?.[method] ?? []).includes(product)
}

/** `GET /providers`: public, not paged. */
export function describeProviders(): Finch.Provider[] {
  return PROVIDERS.map((provider) => ({
    id: provider.id,
    display_name: provider.name,
    products: [...provider.products],
    authentication_methods: provider.methods.map((type) => ({
      type,
      supported_fields: supportedFields(provider, type),
      benefits_support: {},
    })),
    beta: false,
    manual: provider.methods[0] === 'assisted',
    mfa_required: provider.methods.includes('credential'),
    primary_color: '#3b5b7a',
  }))
}

function supportedFields(provider: Provider, method: AuthMethod): Record<string, Record<string, boolean>> {
  const has = (field: Gap) => !provider.gaps.includes(field)
  const fields = {
    company: { id: true, legal_name: true, ein: has('ein') },
    directory: { id: true, first_name: true, last_name: true, manager: has('manager') },
    individual: {
      id: true,
      dob: has('dob'),
      emails: has('emails'),
      middle_name: has('middle_name'),
      phone_numbers: has('phone_numbers'),
    },
    employment: { id: true, title: true, start_date: true, manager: has('manager') },
  }
  return Object.fromEntries(Object.entries(fields).filter(([product]) => offers(provider, method, product)))
}

function payroll(id: string, name: string, methods: Provider['methods'], gaps: readonly Gap[]): Provider {
  return { id, name, methods, gaps, products: PAYROLL }
}

function hr(id: string, name: string, methods: Provider['methods'], gaps: readonly Gap[]): Provider {
  return { id, name, methods, gaps, products: HR_ONLY }
}
