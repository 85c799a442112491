// A report's trace, carried over to its hit.
import type { LogRecord } from '../../log/event-log.ts'

const NAME = 'traceparent'
/** W3C Trace Context, level 1, version 00: trace and parent ids must not be all zeros. */
const FORM = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/
const LENGTH = 55

/**
 * The header that ties a hit to the trace of its report; nothing if the report has none of exactly this form. Any other text
 * is the submitter's own, and goes no further.
 */
export function traceParent({ headers }: Pick<LogRecord, 'headers'>): Readonly<Record<string, Buffer>> {
  const header = Object.hasOwn(headers, NAME) ? headers[NAME] : undefined
  return header?.length === LENGTH && FORM.test(header.toString('latin1')) ? { [NAME]: header } : {}
}
