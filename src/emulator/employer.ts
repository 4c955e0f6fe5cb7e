import type Finch from '@tryfinch/finch-api'
import { isOwnAccount } from './account.ts'
import { seededDraw, seededUuid } from './chance.ts'
import { findProvider } from './providers.ts'
import type { Connection } from './state.ts'

// Whose data a connection shows. A customer is one employer: every provider it connects knows the same legal name and
// the same EIN, but has its own company id. A multi-entity employer has three legal entities; the first has the EIN
// that a single-entity connection shows.

export const ENTITY_NAMES = ['West', 'East', 'North'] as const

const MADE_UP_NAMES = ['Juniper Works, LLC', 'Harbor Lane, Inc.', 'Brightfield Co.', 'Nine Oaks, Inc.'] as const

/** The company that a login of a customer reaches at a provider; connections made without Connect each get their own. */
export function companyIdFor(clientId: string, customerId: string, provider: string, user: string): string {
  const account = isOwnAccount(user) ? [] : [user]
  return seededUuid('company', clientId, customerId, provider, ...account)
}

type EmployerOf = Pick<Connection, 'customer' | 'companyId' | 'user'>

/** What stays the same over all connections of one employer. */
export function employerKey(connection: EmployerOf): string {
  return nameOfCustomer(connection) ?? connection.companyId
}

export function employerName(connection: EmployerOf): string {
  return nameOfCustomer(connection) ?? seededDraw('name', connection.companyId).pick(MADE_UP_NAMES)
}

function nameOfCustomer({ customer, user }: EmployerOf): string | null {
  return isOwnAccount(user) ? (customer?.name ?? null) : null
}

/** 'Acme, Inc.' has the entities 'Acme West', 'Acme East', 'Acme North'. */
export function entityName(employer: string, index: number): string {
  return `${splitName(employer).base} ${ENTITY_NAMES[index] ?? `Region ${index + 1}`}`
}

/** Finch's company, before sandbox edits, of one entity of a connection. Every key is there; some are null. */
export function describeCompany(connection: Connection, entityIndex: number): Finch.HRIS.Company {
  const several = connection.entities.length > 1
  const key = employerKey(connection)
  const employer = employerName(connection)
  const draw = seededDraw('company', key, String(entityIndex))
  const legalName = several ? `${entityName(employer, entityIndex)}${splitName(employer).form}` : employer
  const digits = String(10_000_000 + draw.int(80_000_000)).padEnd(9, String(draw.int(10)))
  const gaps = findProvider(connection.provider)?.gaps ?? []
  return {
    id: several ? seededUuid('company', connection.id, String(entityIndex)) : connection.companyId,
    legal_name: legalName,
    entity: { type: 'corporation', subtype: draw.likely(70) ? 'c_corporation' : null },
    ein: gaps.includes('ein') ? null : `${digits.slice(0, 2)}-${digits.slice(2)}`,
    primary_email: draw.likely(80) ? `payroll@${domainOf(employer)}` : null,
    primary_phone_number: draw.likely(80) ? `+1415555${String(1000 + draw.int(9000))}` : null,
    departments: DEPARTMENTS.map((name) => ({ name, parent: null })),
    locations: [
      {
        line1: `${100 + draw.int(900)} Market Street`,
        line2: null,
        city: 'San Francisco',
        state: 'CA',
        postal_code: '94105',
        country: 'US',
      },
    ],
    accounts: [
      {
        account_name: 'Payroll',
        account_number: String(100_000_000 + draw.int(900_000_000)),
        account_type: 'checking',
        institution_name: 'First Example Bank',
        routing_number: '021000021',
      },
    ],
  }
}

export const DEPARTMENTS = ['Engineering', 'Operations', 'Sales', 'People'] as const

/** A mail domain under .example, which never delivers. */
export function domainOf(employer: string): string {
  const base = splitName(employer).base.toLowerCase()
  return `${base.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '') || 'employer'}.example`
}

function splitName(employer: string): { base: string; form: string } {
  const form = /,? (inc|llc|ltd|co|corp|gmbh)\.?$/i.exec(employer)?.[0] ?? ''
  return { base: employer.slice(0, employer.length - form.length), form }
}
