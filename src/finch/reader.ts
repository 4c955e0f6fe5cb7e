/** Our calls that send a connection's token and nothing else of ours: they need neither client id nor secret. */
import type { Secret } from '../domain/secret.ts'
import { type Company, type Introspection, readCompany, readIntrospection } from './answers.ts'
import { type Batch, type DirectoryPage, readDirectory, readEmployments, readIndividuals } from './employee-answers.ts'
import { dataOf, type FinchOptions, once, repeated } from './sdk.ts'

/** Pages and batches of people: larger, and perhaps fetched live. */
const DATA = { callMs: 120_000, largest: 32 * 1024 * 1024 }
const DIRECTORY_PAGE = 1_000
/** People in one individual or employment request; Finch takes ten thousand, a few hundred keep answers small. */
export const BATCH = 500

export type FinchReader = ReturnType<typeof finchReader>

/** Every method throws Problem: FinchRefusal when Finch said no, NoAnswer when it said nothing. */
export function finchReader(options: FinchOptions) {
  const holder = (token: Secret) => ({ accessToken: token.reveal() })

  return {
    async introspect(token: Secret): Promise<Introspection> {
      return readIntrospection(
        (await repeated({ ...options, sends: token }, holder(token), (finch, extra) => finch.account.introspect(extra)))
          .body,
      )
    },

    /** The employer behind a token. */
    async company(token: Secret, entityId: string | null, callMs: number): Promise<Company> {
      const query = entityId === null ? {} : { entity_ids: [entityId] }
      const body = await dataOf({ callMs, ...options, sends: token }, holder(token), (finch, extra) =>
        finch.hris.company.retrieve(query, extra),
      )
      return readCompany(body)
    },

    /** One page of those who work there. */
    async directory(token: Secret, entityId: string | null, offset: number): Promise<DirectoryPage> {
      const query = { limit: DIRECTORY_PAGE, offset, ...(entityId === null ? {} : { entity_ids: [entityId] }) }
      const body = await dataOf({ ...DATA, ...options, sends: token }, holder(token), (finch, extra) =>
        finch.hris.directory.list(query, extra),
      )
      return readDirectory(body, entityId)
    },

    /** Names, dates of birth, addresses of up to `BATCH` people. SSNs come only where the product was granted and they are asked for. */
    async individuals(token: Secret, entityId: string | null, ids: readonly string[], ssn: boolean): Promise<Batch> {
      const request = { ...batchOf(entityId, ids), ...(ssn ? { options: { include: ['ssn'] } } : {}) }
      const body = await dataOf({ ...DATA, ...options, sends: token }, holder(token), (finch, extra) =>
        finch.hris.individuals.retrieveMany(request, extra),
      )
      return readIndividuals(body)
    },

    /** Title, department and dates of up to `BATCH` people. */
    async employments(token: Secret, entityId: string | null, ids: readonly string[]): Promise<Batch> {
      const request = batchOf(entityId, ids)
      const body = await dataOf({ ...DATA, ...options, sends: token }, holder(token), (finch, extra) =>
        finch.hris.employments.retrieveMany(request, extra),
      )
      return readEmployments(body)
    },

    /** Sandbox only: puts a connection into a status, to rehearse what follows. */
    async setSandboxStatus(token: Secret, status: string): Promise<void> {
      const body = { connection_status: status as 'connected' }
      await once({ ...options, sends: token }, holder(token), (finch, extra) =>
        finch.sandbox.connections.accounts.update(body, extra),
      )
    },
  }
}

function batchOf(entityId: string | null, ids: readonly string[]) {
  return {
    requests: ids.map((individual_id) => ({ individual_id })),
    ...(entityId === null ? {} : { entity_ids: [entityId] }),
  }
}
