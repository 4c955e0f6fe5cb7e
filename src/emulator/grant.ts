import { randomUUID } from 'node:crypto'
import { accountNumber } from './account.ts'
import { companyIdFor, employerName, entityName } from './employer.ts'
import { type Code, type Connection, type Entity, lookUp, noEdits, type Session, type State } from './state.ts'

// What a finished trip through Connect becomes, once its code is exchanged: a new connection, one more token of the
// connection these same credentials already have, or a healed connection with the entities that were added. A login to
// another account than the connection's heals nothing: it makes a connection to the employer of that account.

export interface Granted {
  readonly accessToken: string
  readonly connection: Connection
  readonly isNew: boolean
}

/** Null when the connection that was to be healed is gone by now. */
export function fulfill(state: State, session: Session, code: Code, now: number): Granted | null {
  if (session.reauthOf !== null) {
    const connection = lookUp(state.connections, session.reauthOf)
    if (connection === undefined || connection.disconnected) return null
    if (accountNumber(connection.user) === accountNumber(code.user)) {
      heal(state, connection, session, code, now)
      return { accessToken: issueToken(state, connection, now), connection, isNew: false }
    }
  }
  const known = sameCredentials(state, session, code)
  if (known !== undefined) addEntities(known, code.entities, now)
  const connection = known ?? addConnection(state, connectionFor(state, session, code, now))
  return { accessToken: issueToken(state, connection, now), connection, isNew: known === undefined }
}

/** A fresh token; those the connection has stay as they are. */
export function issueToken(state: State, connection: Connection, now: number): string {
  const accessToken = randomUUID()
  state.tokens[accessToken] = { id: randomUUID(), connectionId: connection.id, createdAt: now, retired: false }
  return accessToken
}

export function addConnection(state: State, connection: Connection): Connection {
  state.connections[connection.id] = connection
  return connection
}

export interface NewConnection
  extends Pick<
    Connection,
    'clientId' | 'clientType' | 'type' | 'customer' | 'provider' | 'companyId' | 'size' | 'method' | 'user' | 'products'
  > {
  readonly entities: readonly number[]
}

/** An assisted connection starts pending: Finch has to be let in by hand before there is data. */
export function makeConnection(asked: NewConnection, now: number): Connection {
  const { entities, ...rest } = asked
  const assisted = asked.method === 'assisted'
  const connection: Connection = {
    id: randomUUID(),
    ...rest,
    createdAt: now,
    status: assisted ? 'pending' : 'connected',
    lastSync: assisted ? null : now,
    disconnected: false,
    entities: [],
    pending: noEdits(),
    shown: noEdits(),
    jobOutcome: 'complete',
    benefits: {},
    itemRules: {},
  }
  for (const index of entities) connection.entities.push(makeEntity(connection, index, entities.length > 1))
  return connection
}

function connectionFor(state: State, session: Session, code: Code, now: number): Connection {
  const { clientId, customer } = session
  return makeConnection(
    {
      clientId,
      clientType: state.rules.clientType,
      type: session.sandbox === 'finch' ? 'finch' : 'provider',
      customer,
      provider: code.provider,
      companyId: companyIdFor(clientId, customer?.id ?? session.id, code.provider, code.user),
      size: 20,
      method: code.method,
      user: code.user,
      products: session.products,
      entities: code.entities,
    },
    now,
  )
}

function sameCredentials(state: State, session: Session, code: Code): Connection | undefined {
  return Object.values(state.connections).find(
    (connection) =>
      !connection.disconnected &&
      connection.clientId === session.clientId &&
      connection.customer?.id === session.customer?.id &&
      connection.provider === code.provider &&
      connection.method === code.method &&
      connection.user === code.user,
  )
}

function heal(state: State, connection: Connection, session: Session, code: Code, now: number): void {
  if (state.rules.oldToken === 'refused') {
    for (const token of Object.values(state.tokens)) {
      if (token.connectionId === connection.id) token.retired = true
    }
  }
  connection.user = code.user
  connection.products = session.products
  if (connection.lastSync !== null) {
    connection.status = 'connected'
    for (const entity of connection.entities) if (entity.status !== 'disconnected') entity.status = 'connected'
  }
  addEntities(connection, code.entities, now)
}

/** New ones join, disconnected ones come back; none ever leaves this way. */
function addEntities(connection: Connection, indexes: readonly number[], now: number): void {
  for (const index of indexes) {
    const known = connection.entities.find((entity) => entity.index === index)
    if (known === undefined) connection.entities.push(makeEntity(connection, index, true))
    else if (known.status === 'disconnected') known.status = connection.status
  }
  if (connection.lastSync !== null) connection.lastSync = now
}

function makeEntity(connection: Connection, index: number, several: boolean): Entity {
  const employer = employerName(connection)
  return {
    id: randomUUID(),
    index,
    name: several ? entityName(employer, index) : employer,
    sourceId: `${connection.provider.toUpperCase()}-${index + 1}`,
    status: connection.status,
  }
}
