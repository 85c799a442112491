// Which errors mean that PostgreSQL can't be used now, and may be in a moment.

/** Of the system: no connection, or a lost one. */
const SYSTEM = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
])
/**
 * Classes of SQLSTATE: connection (08), a transaction that has to be tried again (40), no resources (53), an operator's
 * intervention or a timeout (57). And: the server is a replica since a failover (25006); it ended an idle transaction (25P03).
 */
const CLASSES = /^(?:(?:08|40|53|57)[0-9A-Z]{3}|25006|25P03)$/
/** The server has not answered a query: pg gives this no code, and neither the others below. */
const SILENCE = 'Query read timeout'
const MESSAGES =
  /^(?:Connection terminated|timeout expired|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed)/

export const isSilence = (error: unknown): boolean => error instanceof Error && error.message === SILENCE

export function isStoreAway(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isStoreAway)
  if (!(error instanceof Error)) return false
  const code: unknown = 'code' in error ? error.code : undefined
  return typeof code === 'string'
    ? SYSTEM.has(code) || CLASSES.test(code)
    : isSilence(error) || MESSAGES.test(error.message)
}

/** For people who keep it running: a code, or pg's own words where it has none. Other messages may hold a value of a row. */
export function whyStoreFailed(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if ('code' in error) return String(error.code)
  return isStoreAway(error) && !(error instanceof AggregateError) ? error.message : error.name
}
