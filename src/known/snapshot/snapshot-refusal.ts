/** Why a snapshot was not loaded. Closed, so that logs and metrics can count by it. */
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
 * A snapshot that was not loaded: `loadSnapshot` returns it, because the way on is always the same, to read the
 * topic from its beginning. (It is an Error so that whoever builds a set from the sections can throw it.) The
 * message names the file and what is wrong with it, never what it holds.
 */
export class SnapshotRefusal extends Error {
  override readonly name = 'SnapshotRefusal'
  readonly code: SnapshotRefusalCode

  constructor(code: SnapshotRefusalCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
