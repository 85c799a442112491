// Connections to the review store.
import { Kysely, PostgresDialect } from 'kysely'
import { Pool } from 'pg'
import type { Logger } from '../../telemetry/log.ts'
import type { Tables } from './tables.ts'

/** Milliseconds: a statement that takes longer is a fault, and must not hold locks. */
const STATEMENT_MS = 10_000
const CONNECT_MS = 2_000
const IDLE_IN_TRANSACTION_MS = 10_000

export type ReviewDatabase = Kysely<Tables>

/** `url` as PostgreSQL writes it. Close it by `destroy()`. */
export function connect(
  url: string,
  { logger, connections = 10 }: { logger?: Logger; connections?: number } = {},
): ReviewDatabase {
  const pool = new Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
  })
  // Without listeners the loss of a connection would end the process: one for idle connections, and one for each that is
  // in use and waits for no answer, as between two statements of a transaction. The next query connects again.
  pool.on('connect', (client) => {
    client.on('error', () => {})
  })
  pool.on('error', (error) => {
    logger?.warn({ code: 'code' in error ? error.code : error.name }, 'A connection to PostgreSQL was lost')
  })
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
}
