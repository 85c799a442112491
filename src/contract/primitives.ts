// The room `contract` holds what crosses a boundary: each message as a TypeBox schema, its compiled check and
// its codec. Documents for other teams (AsyncAPI) are generated from these schemas.
import { Type } from 'typebox'
import { Format } from 'typebox/format'

// TypeBox's own check of a date-time costs more than parsing the whole report. One expression decides nearly all of them.
const PLAIN_DATE_TIME =
  /^\d{4}-(?:(?:0[13-9]|1[0-2])-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8]))T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?Z$/
Format.Set('date-time', (value) => PLAIN_DATE_TIME.test(value) || Format.IsDateTime(value))

/**
 * A time in RFC 3339 and UTC. The pattern keeps out offsets and the lower-case t, so texts of one precision sort by time.
 */
export const Timestamp = Type.String({
  format: 'date-time',
  pattern: '^[0-9-]{10}T[0-9:.]+Z$',
  maxLength: 40,
})

/** The first and the last millisecond of the years 0 to 9999, since 1970. */
const FIRST_MS = Date.parse('0000-01-01T00:00:00.000Z')
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z')

/**
 * A time in milliseconds since 1970 as a Timestamp. Kafka takes any number for a record's time: one outside of the years
 * that RFC 3339 has becomes the nearest within them.
 */
export const timestampOf = (ms: number): string =>
  new Date(Math.min(Math.max(ms, FIRST_MS), LAST_MS)).toISOString()

/** A reference that only its owner understands. The alphabet keeps URLs out. */
export const OpaqueRef = Type.String({ pattern: '^[A-Za-z0-9._:-]{1,256}$' })

/** Name of a submitting platform. Topic names contain it, so it uses Kafka's alphabet. */
export const PlatformName = Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,63}$' })

/** Name of a list of known hashes. */
export const SourceName = Type.String({ pattern: '^[a-z0-9-]{1,32}$' })

/** A short text without control characters (C0, DEL, C1), so that it stays harmless in JSON and on a terminal. */
export const ShortText = Type.String({ pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]{1,64}$' })

export const Sha256Hex = Type.String({ pattern: '^[0-9a-f]{64}$' })

/** A Kafka offset: int64 on the wire, and far below 2^53 in any topic that exists. */
export const Offset = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

export const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/** A source's own class for a file, in its own scheme: `{scheme: 'ncmec', code: 'A1'}`. */
export const Classification = Type.Object(
  {
    scheme: Type.String({ pattern: '^[A-Za-z0-9._-]{1,16}$' }),
    code: Type.String({ pattern: '^[A-Za-z0-9 ._-]{1,32}$' }),
  },
  { additionalProperties: false },
)
