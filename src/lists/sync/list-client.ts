// What the synchronisation needs of a client, one for each kind of source.
import type { ListItem } from '../list-item.ts'
import type { SourceError } from './source-error.ts'

/** Some of what a source says. */
export interface ListPage {
  /** Of a list of changes they can be read more than once: first they are counted. */
  readonly items: AsyncIterable<readonly ListItem[]> | Iterable<readonly ListItem[]>
  /** The items are all that the source has: it no longer lists what they lack. */
  readonly isComplete: boolean
}

/** A range of the source was read to its end. */
export interface ReadRange {
  /** From where to go on, in the client's own form. */
  readonly checkpoint: string | undefined
  /** The source's own time of the newest change in it. */
  readonly newestAt?: string | undefined
  /** There is more: the next range follows at once. */
  readonly hasMore?: boolean
  /** A fault of the source that did not keep the range from being read. */
  readonly problem?: SourceError | undefined
}

/** How far the source has been read before. */
export interface ReadBefore {
  readonly checkpoint: string | undefined
  /** When it was last read to its end. */
  readonly checkedAt: string | undefined
}

export interface ListClient {
  /**
   * Reads the next range, page by page. Only the generator's return value says that it was read to its end: who stops
   * earlier has no checkpoint.
   * @throws SourceError
   */
  read(before: ReadBefore, signal: AbortSignal): AsyncGenerator<ListPage, ReadRange>
}

/** A page of an incremental list. */
export const changes = (items: readonly ListItem[]): ListPage => ({ items: [items], isComplete: false })
