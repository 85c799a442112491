// Why a snapshot was not loaded.

/** A closed list, so that logs and metrics can count by it. */
export const SNAPSHOT_REFUSAL_CODES = [
  'missing',
  'unreadable',
  'not-a-snapshot',
  'other-version',
  'truncated',
  'damaged',
  'no-key',
  'wrong-key',
  'not-encrypted',
  'other-topic',
  'too-old',
  'not-yet',
  'beyond-end',
] as const

export type SnapshotRefusalCode = (typeof SNAPSHOT_REFUSAL_CODES)[number]

/**
 * A snapshot that was not loaded. `loadSnapshot` returns it, because the caller always goes on in the same way: it reads
 * the topic from its beginning. (It is an Error so that the code that builds a set from the sections can throw it.) The
 * message names the file and its fault, never its content.
 */
export class SnapshotRefusal extends Error {
  override readonly name = 'SnapshotRefusal'
  readonly code: SnapshotRefusalCode

  constructor(code: SnapshotRefusalCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
