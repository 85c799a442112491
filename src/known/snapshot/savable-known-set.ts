import type { KnownSet } from '../known-set.ts'
import type { SnapshotSection } from './write-snapshot.ts'

/** A set whose whole state, but for its position, can be written as sections of bytes. */
export interface SavableKnownSet extends KnownSet {
  /** What the sections mean: the name and version of their layout, as in a snapshot's header. */
  readonly content: string
  /** The state, as it is for as long as the set doesn't change. */
  sections(): readonly SnapshotSection[]
  /** Ends what it runs: it is not used any more. */
  close(): Promise<void>
}
