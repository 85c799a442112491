// What may be shown of any error where strangers may read it, as on /readyz: class names and codes. The messages of
// libraries may hold host names, identities, and URLs with credentials; they are for the log.

/** Errors within errors are followed this deep. */
const MOST_ERRORS = 9
const CLASS_NAME = /^[A-Za-z][A-Za-z0-9]{0,63}$/
/** PostgreSQL's begin with a digit. */
const CODE = /^[A-Z0-9][A-Z0-9_]{1,63}$/

/** The error and its causes, the outermost first. */
export function errorsWithin(error: unknown): readonly [Error, ...Error[]] {
  const outermost = error instanceof Error ? error : new Error(String(error))
  const inner: Error[] = []
  for (let at = outermost.cause; at instanceof Error && inner.length < MOST_ERRORS - 1; at = at.cause)
    inner.push(at)
  return [outermost, ...inner]
}

/** The codes of these errors: Node's, of TLS and of the system, and Kafka's error types. */
export const codesOf = (errors: readonly Error[]): readonly string[] =>
  errors.flatMap((one) =>
    ['code', 'type']
      .map((field): unknown => Reflect.get(one, field))
      .filter((code) => typeof code === 'string'),
  )

/** The class of an error and the codes of it and its causes, as `LogUnreachableError (KAFKA_UNREACHABLE, ECONNREFUSED)`. */
export function errorSummary(error: unknown): string {
  const errors = errorsWithin(error)
  const [{ name }] = errors
  const codes = [...new Set(codesOf(errors))].filter((code) => CODE.test(code))
  return `${CLASS_NAME.test(name) ? name : 'Error'}${codes.length > 0 ? ` (${codes.join(', ')})` : ''}`
}
