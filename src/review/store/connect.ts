// Connections to the review store.
import { Kysely, PostgresDialect } from 'kysely'
import { Pool, type PoolClient, type PoolConfig } from 'pg'
import type { Logger } from '../../telemetry/log.ts'
import { isSilence } from './store-away.ts'
import type { Tables } from './tables.ts'

/** Milliseconds: a statement that takes longer is a fault, and must not hold locks. */
const STATEMENT_MS = 10_000
/** The server ends such a statement itself, and says so. Without a word for this many times as long it has vanished. */
const SILENCE_FACTOR = 1.5
const IDLE_IN_TRANSACTION_MS = 10_000

/** Milliseconds. A machine that has lost its power closes no connection: the system asks it every second from then on. */
export const CONNECTING = {
  connectionTimeoutMillis: 5_000,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
} as const satisfies PoolConfig

export type ReviewDatabase = Kysely<Tables>

export interface ConnectOptions {
  readonly logger?: Logger
  readonly connections?: number
  /** Milliseconds that a statement may take. */
  readonly statementMs?: number
}

/** `url` as PostgreSQL writes it. Close it by `destroy()`. */
export function connect(
  url: string,
  { logger, connections = 10, statementMs = STATEMENT_MS }: ConnectOptions = {},
): ReviewDatabase {
  const pool = new Pool({
    ...CONNECTING,
    connectionString: url,
    max: connections,
    statement_timeout: statementMs,
    query_timeout: statementMs * SILENCE_FACTOR,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
  })
  // Without listeners the loss of a connection would end the process: one for idle connections, and one for each that is
  // in use and waits for no answer, as between two statements of a transaction. The next query connects again.
  pool.on('connect', (client) => {
    client.on('error', () => {})
    endWhenSilent(client)
  })
  pool.on('error', (error) => {
    logger?.warn({ code: 'code' in error ? error.code : error.name }, 'A connection to PostgreSQL was lost')
  })
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
}

/** pg itself would give the connection to others, whose queries would wait behind the one without an answer. */
function endWhenSilent(client: PoolClient): void {
  // oxlint-disable-next-line typescript/unbound-method -- `apply` gets the client, and passes it on
  client.query = new Proxy(client.query, {
    apply: (query, self, asked) => {
      const answer: unknown = Reflect.apply(query, self, asked)
      if (answer instanceof Promise)
        answer.catch((error: unknown) => {
          // With a query that is not answered it closes at once.
          if (isSilence(error)) void client.end()
        })
      return answer
    },
  })
}
