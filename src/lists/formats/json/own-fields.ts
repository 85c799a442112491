// The fields of a parsed record by the names that it has itself.

type Fields = Readonly<Record<string, unknown>>

/** A record's fields; none if it is no object. */
export const ownFields = (record: unknown): Fields =>
  // Any object can be read by names.
  record !== null && typeof record === 'object' && !Array.isArray(record) ? (record as Fields) : {}
