// The known set as those see it who match against it: how far it has been read, and whether it may be used.
import type { SetPosition } from '../../known/known-set.ts'

/** A known set that is kept in step with known-hashes: by a KnownSetFeed in the main thread, seen from any thread. */
export interface FollowedSet {
  /** Reports that are matched from now on are matched against the set at or above this position. */
  readonly position: SetPosition
  /** Not lost, not in doubt, named, and of at least minEntries. Says nothing of completeness: await catchUp for that. */
  readonly isUsable: boolean
  /**
   * Resolves once the set has everything that known-hashes holds at the time of the call, ready to be searched. Rejects
   * if the set is lost (SetLostError) or no longer read (FeedStoppedError), and while Kafka is away.
   */
  catchUp(): Promise<void>
}
