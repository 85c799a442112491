// The fields of a parsed record by the names that it has itself.

type Fields = Readonly<Record<string, unknown>>

const NONE: Fields = {}

/** A record's fields; none if it is no object. */
export const ownFields = (record: unknown): { readonly [name in string]?: unknown } =>
  record !== null && typeof record === 'object' && !Array.isArray(record) ? (record as Fields) : NONE
