// What a snapshot needs of a known set.
import type { KnownSet } from '../known-set.ts'
import type { SnapshotSection } from './write-snapshot.ts'

/** A set whose whole state, but for its position, can be written as sections of bytes. */
export interface SavableKnownSet extends KnownSet {
  /** What the sections mean: the name and version of their layout, as in a snapshot's header. */
  readonly content: string
  /** The state. Valid until the set changes. */
  sections(): readonly SnapshotSection[]
  /** Ends the set's workers. Do not use it after that. */
  close(): Promise<void>
}
