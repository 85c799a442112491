// What a snapshot says of itself.
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { canonicalJson } from '../../contract/json.ts'
import { Count, Offset, Sha256Hex, Timestamp } from '../../contract/primitives.ts'

const SnapshotHeader = Type.Object(
  {
    /** The UUID in the topic's record `_topic`. */
    topicId: Type.String({ pattern: '^[0-9a-f-]{36}$' }),
    /** The next offset to apply. */
    offset: Offset,
    /**
     * A time at which the set held everything that the topic held: the snapshot's age counts from here. (Not the
     * time of writing: a replica that had stalled for weeks would write an old state with a new date.)
     */
    asOf: Timestamp,
    /** The set's digest, see set-digest.ts. */
    digest: Sha256Hex,
    /** Number of entries. */
    entries: Count,
    /** What the sections mean: name and version of the set's own layout, for example `packed-known-set/1`. */
    content: Type.String({ pattern: '^[a-z0-9-]{1,64}/[0-9]{1,4}$' }),
    /** The sections in the file's order. */
    sections: Type.Array(
      Type.Object(
        {
          name: Type.String({ pattern: '^[a-z0-9.-]{1,64}$' }),
          byteLength: Type.Integer({ minimum: 0, maximum: 2 ** 40 }),
        },
        { additionalProperties: false },
      ),
      { maxItems: 1024 },
    ),
  },
  { additionalProperties: false },
)

/** The header of a snapshot. It is readable without the key, and holds no hash value. */
export type SnapshotHeader = Static<typeof SnapshotHeader>

const header = Compile(SnapshotHeader)

/** The header's bytes. Throws RangeError if the header is invalid, which is the caller's mistake. */
export function encodeSnapshotHeader(value: SnapshotHeader): Buffer {
  if (!isHeader(value))
    throw new RangeError('This is not the header of a snapshot, or it names a section twice.')
  return Buffer.from(canonicalJson(value))
}

/** Reads the header back; undefined if these bytes are no header. */
export function decodeSnapshotHeader(bytes: Buffer): SnapshotHeader | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    return isHeader(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isHeader(value: unknown): value is SnapshotHeader {
  if (!header.Check(value)) return false
  return new Set(value.sections.map(({ name }) => name)).size === value.sections.length
}
