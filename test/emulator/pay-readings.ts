import type Finch from '@tryfinch/finch-api'

/** Everything about people and their pay. */
export const PAY_PRODUCTS: Finch.Connect.SessionNewParams['products'] = [
  'company',
  'directory',
  'individual',
  'employment',
  'payment',
  'pay_statement',
]

export async function listPayments(by: Finch, start_date: string, end_date: string): Promise<Finch.HRIS.Payment[]> {
  return (await by.hris.payments.list({ start_date, end_date })).items
}

export async function readStaff(by: Finch) {
  const { individuals } = await by.hris.directory.list()
  const requests = individuals.map(({ id }) => ({ individual_id: id }))
  const { responses } = await by.hris.employments.retrieveMany({ requests })
  return responses.map(({ body }) => body as Finch.HRIS.EmploymentData.EmploymentDataResponseBody)
}

export async function statementsOf(by: Finch, payment_id: string): Promise<Finch.HRIS.PayStatement[]> {
  const { responses } = await by.hris.payStatements.retrieveMany({ requests: [{ payment_id, limit: 5000 }] })
  const body = responses[0]?.body
  if (body === undefined || !('pay_statements' in body)) throw new Error(JSON.stringify(responses))
  return body.pay_statements
}

export function total(lines: readonly ({ amount?: number | null } | null)[] | null): number {
  return (lines ?? []).reduce((all, line) => all + (line?.amount ?? 0), 0)
}
