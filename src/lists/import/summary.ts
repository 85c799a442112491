// What an import did, or would do.
import type { PendingChange } from '../../contract/list-state.ts'
import type { Rejected, Tally } from './tally.ts'

type Counts = Readonly<Record<string, number>>

export interface IntakeSummary {
  /** Records of the list. */
  readonly read: number
  /** Hashes of types that are searched, of files that the scheme takes, by type. */
  readonly accepted: Counts
  /** Hashes of types that are kept and not searched yet, by type. */
  readonly notMatched: Counts
  /** What was left out on purpose, by why. */
  readonly skipped: Counts
  /** Hashes that say nothing of a file, by type and why. Their entries are held back. */
  readonly quarantined: Counts
  /** The first rejections. */
  readonly rejected: readonly Rejected[]
  readonly rejectedCount: number
  /** Records without anything that could be used. One with a bad value among good ones is none of these. */
  readonly useless: number
  /** Those of them that have a class, and no scheme that is known says what it means. */
  readonly unknownClass: number
  readonly added: number
  readonly changed: number
  /** Entries among the changed ones that were matches and are none any more: of another role, or held back. */
  readonly stopped: number
  readonly unchanged: number
  readonly removed: number
  /** Withdrawn entries that the source doesn't have. */
  readonly absent: number
  /** Entries that a complete list lacks and that stay, because it has records that can't be read. */
  readonly withheld: number
  /** Set if nothing was published, because the change waits for a person's word. */
  readonly pending?: PendingChange
}

/** The part of a summary that reading alone gives. */
export const summaryOfReading = (
  tally: Tally,
): Pick<
  IntakeSummary,
  | 'read'
  | 'accepted'
  | 'notMatched'
  | 'skipped'
  | 'quarantined'
  | 'rejected'
  | 'rejectedCount'
  | 'useless'
  | 'unknownClass'
> => ({
  read: tally.read,
  accepted: tally.counts('accepted'),
  notMatched: tally.counts('notMatched'),
  skipped: tally.counts('skipped'),
  quarantined: tally.counts('quarantined'),
  rejected: tally.rejected,
  rejectedCount: tally.rejectedCount,
  useless: tally.useless,
  unknownClass: tally.unknownClass,
})
