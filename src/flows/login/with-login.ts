/** A login from its beginning to its end: whatever it held is freed, and one that fails is given up where nothing was saved. */
import type { Connection } from '../../domain/connection.ts'
import { Problem } from '../../problem.ts'
import { readEmployer } from '../refresh.ts'
import { begin, lockConnection } from './begin.ts'
import type { CodeSource, Landed, Login, LoginStart } from './login.ts'
import { pageFor } from './outcome-page.ts'
import { tidyUp } from './tidy.ts'

/**
 * Begins a login (P0, P1), lets `steps` bring it to a saved connection (P2 to P8), and ends it (P9). One that fails is
 * given up where nothing was saved yet, and left to the next command where something was.
 */
export async function withLogin(
  start: LoginStart,
  steps: (login: Login, source: CodeSource) => Promise<Landed>,
): Promise<Connection> {
  const { app } = start
  // P0 prove: everything that could keep a token from being saved is found before anybody logs in.
  app.store.prove()
  const { lock, expected } = await lockConnection(start)
  let login: Login | null = null
  let source: CodeSource | null = null
  try {
    login = await begin({ ...start, expected })
    source = await start.openSource(login)
    return await conclude(login, source, await steps(login, source))
  } catch (error) {
    await source?.finish(pageFor(error))
    if (login !== null) await abandon(login, error)
    throw error
  } finally {
    login?.journal.release()
    await source?.close()
    lock?.release()
  }
}

/** P9, and the employer's name. */
async function conclude(login: Login, source: CodeSource, landed: Landed): Promise<Connection> {
  const { app, expected, finch, report } = login
  const { connection, token } = landed
  await source.finish(expected.kind === 'connect' ? 'connected' : 'reauthenticated', connection.providerId)
  await tidyUp(login, 'done')
  if (landed.unaccepted) throw notAccepted(connection)
  return readEmployer(app, finch.client, connection, token, report).catch((error: unknown) => {
    // Everything that matters is saved: Ctrl-C here only skips the employer's name.
    if (error instanceof Problem && error.kind === 'stopped') return connection
    throw error
  })
}

function notAccepted({ connectionId }: Connection): Problem {
  return new Problem(
    'undetermined',
    `connection ${connectionId} is saved, and Finch does not accept its new token yet`,
    {
      code: 'unverified',
      hint: `ask again in a moment: finchconn show ${connectionId} --refresh`,
      retryable: true,
    },
  )
}

/**
 * A login that has neither code nor answer is over. One that has is left to the journal, whatever its phase says: a
 * full disk keeps the phase from being written, and not the answer.
 */
async function abandon(login: Login, error: unknown): Promise<void> {
  const { app, journal, report } = login
  try {
    const record = await app.store.logins.find(journal.loginId)
    if (record?.phase !== 'started' || (await journal.answer(record)) !== null) return
    await tidyUp(login, 'abandoned', error instanceof Problem ? error.code : 'bug')
    if (error instanceof Problem && error.kind === 'stopped') report({ kind: 'nothing_saved', login: record })
  } catch (trouble) {
    // The first failure is the one to tell; the next command looks at this login again.
    if (!(trouble instanceof Problem)) throw trouble
    report({ kind: 'untidy', why: trouble.message })
  }
}
