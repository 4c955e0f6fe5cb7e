// Every way Finch says no, in one table: status, `name`, `finch_code` where it has one, and words.
// Clients must branch on the three together, because the two most common 401s carry no `finch_code`.

/** Thrown by an endpoint to answer with an error envelope. Thrown before anything is changed. */
export class Refusal extends Error {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>

  constructor(status: number, name: string, finchCode: string | null, message: string, extra: object = {}) {
    super(message)
    this.status = status
    this.body = { code: status, name, ...(finchCode === null ? {} : { finch_code: finchCode }), message, ...extra }
  }
}

/** The refusal of `POST /disconnect-entity` that has no envelope: each entity with what is wrong with it. */
export class EntityRefusal extends Refusal {
  override readonly body: Readonly<Record<string, unknown>>

  constructor(entityIds: readonly string[]) {
    super(400, 'bad_request', null, 'Some entities are not part of this connection.')
    this.body = { errors: entityIds.map((entityId) => ({ entityId, error: 'NOT_FOUND' })) }
  }
}

/** The body of a refusal at `path`: a few endpoints have an envelope of their own. */
export function bodyOf({ status, body }: Refusal, path: string): Readonly<Record<string, unknown>> {
  if (path.startsWith('/connect/sessions') && status === 401) return SESSION_CLIENT_REFUSED
  if (path === '/connect/sessions' && status === 400) return { ...body, context: body.context ?? {} }
  if (path.startsWith('/jobs/automated')) return { statusCode: status, status, ...body }
  return body
}

const SESSION_CLIENT_REFUSED = {
  code: 401,
  finch_code: 'invalid_client',
  message: 'Invalid client: Unable to validate credentials',
}

const W4_DOCS =
  'https://developer.tryfinch.com/api-reference/management/enqueue-a-new-automated-job#w4-form-employee-sync'

export const refuse = {
  noVersion: () =>
    new Refusal(400, 'invalid_request_error', 'invalid_request', 'The Finch-API-Version header must be 2020-09-17.'),
  invalidRequest: (message: string) => new Refusal(400, 'bad_request', 'invalid_request', message),
  alreadyExists: (customerId: string, connectionId: string) =>
    new Refusal(400, 'bad_request', 'connection_already_exists', 'A connection already exists for this customer.', {
      context: { customer_id: customerId, connection_id: connectionId },
    }),
  noConnection: () => new Refusal(400, 'bad_request', 'connection_not_found', 'Connection not found'),
  entityIds: () =>
    new Refusal(400, 'BadRequestError', null, 'entity_ids must be a non-empty array of UUIDs.', {
      statusCode: 400,
      status: 400,
    }),
  noEntities: (ids: readonly string[]) => new EntityRefusal(ids),
  invalidGrant: () =>
    new Refusal(400, 'invalid_grant_error', null, 'The authorization code is invalid, expired or was already used.'),
  mismatchedAuth: (provider: string, method: string) =>
    new Refusal(400, 'validation_error', null, `Provider ${provider} does not support authentication type ${method}.`),
  noCredential: () => new Refusal(401, 'unauthorized_request_error', null, 'No credential was sent.'),
  invalidToken: () => new Refusal(401, 'invalid_token_error', null, 'The access token is not valid.'),
  invalidClient: () => new Refusal(401, 'invalid_client_error', null, 'The client id or client secret is wrong.'),
  reauthenticate: () =>
    new Refusal(401, 'authentication_error', 'reauthenticate_user', 'The employer must authenticate again.'),
  notSetUp: () =>
    new Refusal(401, 'authentication_error', 'account_setup_required', 'The employer has not finished the set-up.'),
  noPermission: () =>
    new Refusal(
      403,
      'error_permissions',
      'insufficient_account_permissions',
      'The account lacks permissions in the provider.',
    ),
  notAuthorized: (product: string) =>
    new Refusal(403, 'insufficient_scope_error', null, `This token is not authorized for the product ${product}.`),
  sandboxOnly: () =>
    new Refusal(403, 'insufficient_scope_error', null, 'Only sandbox applications may use sandbox endpoints.'),
  notFound: (message: string) => new Refusal(404, 'not_found_error', 'item_not_found', message),
  noIndividual: (id: string) =>
    new Refusal(404, 'not_found_error', 'individual_not_found', `No individual has the id ${id}.`),
  pageTooLarge: (most: number) =>
    tooLarge('page_size_limit_exceeded', `Page size exceeds the maximum of ${most} items. Please reduce the limit.`),
  batchTooLarge: (most: number, what: string) =>
    tooLarge('batch_limit_exceeded', `Batch size exceeds the maximum of ${most} ${what}. Please send fewer of them.`),
  syncRunning: () => accepted('sync_in_progress', 'data_sync_in_progress', 'The first data sync is still running.'),
  authorizationPending: () =>
    accepted('authorization_pending', 'pending', "Authorization to this company's data is pending"),
  accountantPending: () =>
    accepted(
      'authorization_pending',
      'accountant_setup_pending',
      'Finch is still setting up the accountant user for this connection. Please try again later.',
    ),
  noPayment: (id: string) => new Refusal(404, 'not_found_error', 'payment_not_found', `No payment has the id ${id}.`),
  noBenefit: () => new Refusal(404, 'not_found_error', 'benefit_not_found', 'Benefit not found'),
  noEnrollment: (id: string) =>
    new Refusal(404, 'bad_request', 'enrollment_not_found', `The individual ${id} is not enrolled.`),
  noItemRule: (id: string) => new Refusal(400, 'invalid_request_error', 'invalid_request', `Rule ${id} not found`),
  w4SyncRequired: () =>
    new Refusal(
      400,
      'bad_request',
      'w4_sync_required',
      'W4 documents are not available. Please trigger a W4 sync job first.',
      { context: { docs_url: W4_DOCS } },
    ),
  noJobsForAssisted: () =>
    new Refusal(400, 'bad_request', null, 'cannot create automated job for Assisted Connect token'),
  noJob: (id: string) => new Refusal(404, 'not_found_error', 'item_not_found', `could not find job with id '${id}'`),
  applicationLimit: () => limited('finch_application_rl', 'Too many requests of this application for this product.'),
  addressLimit: () => limited('finch_api_ip_rl', 'Too many requests from this address.'),
  notServed: (operation: string) =>
    new Refusal(501, 'not_implemented_error', null, `The emulator, not Finch, lacks ${operation}.`),
  notImplemented: (provider: string, product: string) =>
    new Refusal(501, 'not_implemented_error', null, `${provider} does not offer ${product}.`),
}

function tooLarge(finchCode: string, message: string): Refusal {
  return new Refusal(422, 'unprocessable_entity_error', finchCode, message)
}

/** Not a failure by its status, but the envelope is the same: "data" a client must not take for data. */
function accepted(name: string, finchCode: string, message: string): Refusal {
  return new Refusal(202, name, finchCode, message)
}

function limited(finchCode: string, message: string): Refusal {
  return new Refusal(429, 'rate_limit_exceeded_error', finchCode, message, { status: 429 })
}
