// How a search names the values of several arenas, and what it sees of them.
import { ARENA_ID_BITS, type Arena } from './arena.ts'
import type { Segment } from './segment.ts'

/** What a search sees of one arena: its segments, and the tail of values behind them, which are scanned. */
export interface ArenaView {
  /** Part of the ids of its values. */
  readonly number: number
  readonly arena: Arena
  /** Ascending; together they cover the values 0 to `tailFrom` − 1. */
  readonly segments: readonly Segment[]
  readonly tailFrom: number
  readonly tailTo: number
}

/** One state of an index, as a search sees it. */
export interface IndexView {
  readonly arenas: readonly ArenaView[]
  /** Values removed at this sequence number or before it don't match. */
  readonly readAt: number
  /** Another number whenever the segments hold other values; 0 while there is no segment. */
  readonly sealedVersion: number
}

/** Reads at this sequence number see every removal. */
export const READ_LATEST = 0xfffffffe

/** The number of no arena: so that an id is never all ones. */
export const MOST_ARENAS = 255

/** The id of value `local` of arena `number`, and back. */
export const globalId = (number: number, local: number): number => ((number << ARENA_ID_BITS) | local) >>> 0
export const arenaOf = (id: number): number => id >>> ARENA_ID_BITS
export const localId = (id: number): number => id & (2 ** ARENA_ID_BITS - 1)

/** The arena that holds the value of an id. */
export function arenaOfId(views: readonly ArenaView[], id: number): Arena {
  const number = arenaOf(id)
  for (const view of views) if (view.number === number) return view.arena
  throw new RangeError(`No arena holds a value of the id ${id}`)
}

/** Copies the 8 words of value `id` to `to[at]`. */
export function copyValueOf(views: readonly ArenaView[], id: number, to: Uint32Array, at: number): void {
  arenaOfId(views, id).copyValue(localId(id), to, at)
}
