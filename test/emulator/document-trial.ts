import { expect } from 'vitest'
import { type FinchDocument, readFinchDocument } from './finch-document.ts'
import { ask, bearer, openStand, type Stand } from './stand.ts'

// Where the emulator differs from Finch's document on purpose, and why.
export interface Difference {
  readonly status: number
  readonly because: string
}

const DIFFERENCES: readonly Difference[] = [
  { status: 400, because: "Finch's list of error types has it: what was sent is checked" },
  { status: 401, because: "Finch's list of error types has it for every operation with a credential" },
  { status: 403, because: "Finch's list of error types has it: missing scope, missing permissions" },
  { status: 501, because: "Finch's list of error types has it: the provider does not offer the product" },
  { status: 404, because: "Finch's list of error types has it: an entity, an individual that is not there" },
]

/** An emulator whose answers are held against Finch's document, one by one. */
export class DocumentTrial {
  readonly stand: Stand
  readonly finch: FinchDocument
  readonly #used = new Set<Difference>()
  readonly #answered = new Set<string>()

  private constructor(stand: Stand, finch: FinchDocument) {
    this.stand = stand
    this.finch = finch
  }

  static async open(file: string, now: () => number): Promise<DocumentTrial> {
    const stand = await openStand({ now, rules: { alreadyExists: 'never', rateLimits: false } })
    return new DocumentTrial(stand, readFinchDocument(file))
  }

  /** Asks for something documented. The answer has `status`, and is what the document says or a known difference. */
  async call(method: string, path: string, options: Parameters<typeof ask>[3], status: number) {
    const answer = await ask(this.stand.emulator, method, path, options)
    expect([method, path, answer.status, answer.json]).toEqual([method, path, status, answer.json])
    const operation = this.finch.find(method, path.split('?')[0] ?? '')
    if (operation === undefined) throw new Error(`${method} ${path} is not documented`)
    const name = `${method} ${operation.path}`
    if (status !== 501) this.#answered.add(name)
    const faults = operation.statuses.includes(status)
      ? this.finch.faults(operation, status, answer.json)
      : [`${name} has no status ${status}`]
    if (faults.length === 0) return answer.json
    const difference = DIFFERENCES.find((one) => one.status === status)
    expect(difference, `${name} ${status} ${JSON.stringify(answer.json)}: ${faults.join('; ')}`).toBeDefined()
    if (difference !== undefined) this.#used.add(difference)
    return answer.json
  }

  /** Documented operations that were only refused with 501, or never asked. */
  lacking() {
    return this.finch.operations.filter(({ method, path }) => !this.#answered.has(`${method} ${path}`))
  }

  unusedDifferences(): Difference[] {
    return DIFFERENCES.filter((one) => !this.#used.has(one))
  }
}

export function holder(token: string, body?: unknown) {
  return { headers: bearer(token), ...(body === undefined ? {} : { body }) }
}

export async function readPeople(trial: DocumentTrial, token: string, entity: string): Promise<void> {
  const of = `?entity_ids[]=${entity}`
  const { individuals } = (await trial.call('GET', `/employer/directory${of}`, holder(token), 200)) as {
    individuals: { id: string }[]
  }
  const requests = individuals.map(({ id }) => ({ individual_id: id }))
  const options = { include: ['ssn'] }
  await trial.call('POST', `/employer/individual${of}`, holder(token, { requests, options }), 200)
  await trial.call('POST', `/employer/employment${of}`, holder(token, { requests }), 200)
}

export async function readPay(trial: DocumentTrial, token: string, entity: string): Promise<void> {
  const of = `entity_ids[]=${entity}`
  const year = new Date().getUTCFullYear()
  const query = `start_date=${year - 1}-01-01&end_date=${year}-12-31&${of}`
  const payments = listed(await trial.call('GET', `/employer/payment?${query}`, holder(token), 200))
  expect(payments.length).toBeGreaterThan(24)
  const ids = [...payments.slice(-5).map(({ id }) => id), crypto.randomUUID()]
  const requests = ids.map((payment_id) => ({ payment_id }))
  await trial.call('POST', `/employer/pay-statement?${of}`, holder(token, { requests }), 200)
  await trial.call('GET', `/employer/pay-statement-item?${of}`, holder(token), 200)
  const [group] = listed(await trial.call('GET', `/employer/pay-groups?${of}`, holder(token), 200))
  await trial.call('GET', `/employer/pay-groups/${group?.id}?${of}`, holder(token), 200)
}

function listed(json: unknown): { id: string }[] {
  return json as { id: string }[]
}
