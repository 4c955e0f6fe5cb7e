export interface Residence {
  readonly line1: string | null
  readonly line2: string | null
  readonly city: string | null
  readonly state: string | null
  readonly postalCode: string | null
  readonly country: string | null
}

/** The parts of Finch's employment that say something about who a person is. Dates as the provider writes them. */
export interface Employment {
  readonly title: string | null
  readonly department: string | null
  readonly startDate: string | null
  readonly endDate: string | null
  readonly isActive: boolean | null
}

/** What Finch tells of somebody who works for an employer, as far as it says who that is. Null where unknown. */
export interface Employee {
  readonly individualId: string
  readonly entityId: string | null
  readonly firstName: string | null
  readonly middleName: string | null
  readonly lastName: string | null
  readonly preferredName: string | null
  readonly dob: string | null
  readonly ssn: string | null
  readonly emails: readonly string[]
  readonly phones: readonly string[]
  readonly residence: Residence | null
  readonly employment: Employment | null
}
