/** Generated payroll records as the matcher's people: the mapping the command does from Finch's answers. */
import type { PayrollRecord } from '../../src/emulator/people/generate.ts'
import type { Person } from '../../src/reconcile/types.ts'

export function personOf({ connectionId, individual, employment }: PayrollRecord): Person {
  const home = individual.residence
  return {
    connectionId,
    individualId: individual.id,
    entityId: null,
    firstName: individual.first_name,
    middleName: individual.middle_name,
    lastName: individual.last_name,
    preferredName: individual.preferred_name,
    dob: individual.dob,
    ssn: individual.ssn,
    emails: (individual.emails ?? []).map(({ data }) => data),
    phones: (individual.phone_numbers ?? []).map(({ data }) => data),
    residence: home && {
      line1: home.line1,
      line2: home.line2,
      city: home.city,
      state: home.state,
      postalCode: home.postal_code,
      country: home.country,
    },
    employment: {
      title: employment.title,
      department: employment.department?.name ?? null,
      startDate: employment.start_date,
      endDate: employment.end_date,
      isActive: employment.is_active,
    },
  }
}
