import { Problem } from '../problem.ts'
import { hasAnyUnseen, hasUnseen } from './unseen.ts'

export interface Customer {
  readonly customerId: string
  readonly name: string
  readonly email: string | null
  /** One-to-one customer: the database itself refuses a second connection. */
  readonly single: boolean
  readonly createdAt: string
}

/** Finch takes 1 to 255 characters; we keep room for the `--2` of a derived id. */
const LONGEST_CUSTOMER_ID = 240
const LONGEST_NAME = 255

export function checkCustomerId(id: string): string {
  if (id.trim() === '' || id.length > LONGEST_CUSTOMER_ID || hasAnyUnseen(id) || /\s/.test(id)) {
    throw new Problem(
      'usage',
      `a customer id must have 1 to ${LONGEST_CUSTOMER_ID} printable characters and no spaces`,
      {
        code: 'bad_customer_id',
        hint: 'use the id this customer has in your own system, such as acme or cus_1042',
      },
    )
  }
  // `customer/provider` names a connection, so a slash in the id would make two readings of one word.
  if (id.includes('/') || id.startsWith('-')) {
    throw new Problem('usage', `a customer id can't contain "/" or begin with "-": ${id}`, {
      code: 'bad_customer_id',
    })
  }
  return id
}

export function checkName(name: string, what = 'a name'): string {
  if (name.trim() === '' || name.length > LONGEST_NAME || hasUnseen(name)) {
    throw new Problem('usage', `${what} has 1 to ${LONGEST_NAME} characters and no control characters`, {
      code: 'bad_name',
    })
  }
  // Two writings of one letter look the same.
  return name.trim().normalize('NFC')
}

export function checkEmail(email: string): string {
  if (!/^[^\s@]+@[^\s@]+$/.test(email) || email.length > 254 || hasAnyUnseen(email)) {
    throw new Problem('usage', `not an email address: ${email}`, { code: 'bad_email' })
  }
  return email
}
