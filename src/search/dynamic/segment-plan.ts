// Which segments of a dynamic index are built next.
import { segmentBytes, type Segment } from '../wasm/segment.ts'

/** A tail of more values than this is sealed at once. */
export const TAIL_VALUES = 4096
/**
 * A tail of more values than this is sealed once it has stopped growing: up to here a plain scan is about as quick as
 * tables, and above it tables would be built over and over while values come.
 */
export const REST_VALUES = 512
/** Segments of a level are up to this many times the size of those a level below. */
const GROWTH = 16

/** New tables over the values `from` to `to` − 1, in place of those that `replaces` has. */
export interface Work {
  readonly from: number
  readonly to: number
  readonly replaces: readonly Segment[]
}

/** The state of an arena: the segments that it has, and those that are being built. */
export interface ArenaState {
  /** Ascending. */
  readonly segments: readonly Segment[]
  readonly busy: ReadonlySet<Segment>
  /** Values from here on are in no segment, not even in one in work. */
  readonly tailFrom: number
  readonly tailTo: number
  readonly tailValues: number
  /** The largest tables that there is room for. */
  readonly roomBytes: number
}

/** 0 for what a few seals make, and one more for every sixteenfold. */
function levelOf(size: number, tailValues: number): number {
  let level = 0
  for (let most = tailValues * GROWTH; size > most; most *= GROWTH) level++
  return level
}

/**
 * Sealing: a tail that has grown longer than `mostTail` becomes a segment, with the younger segments that are no larger
 * than it, or that are still small.
 */
export function planSeal(
  { segments, busy, tailFrom, tailTo, tailValues }: ArenaState,
  mostTail = tailValues,
): Work | undefined {
  const tail = tailTo - tailFrom
  if (tail <= mostTail) return undefined
  const level = levelOf(tail, tailValues)
  let first = segments.length
  // A segment in work lies between others and the tail, or is the youngest itself: nothing is taken across it.
  let reaches = tailFrom
  while (first > 0) {
    const youngest = segments[first - 1]
    if (busy.has(youngest) || youngest.to !== reaches || levelOf(youngest.size, tailValues) > level) break
    reaches = youngest.from
    first--
  }
  return { from: reaches, to: tailTo, replaces: segments.slice(first) }
}

/**
 * Merging: of two neighbours the older must be a level above the younger, so that there are never more than a few
 * segments (each costs every query some probes), and a value is moved at most 16 times for each level.
 * Old tables are kept until the new ones are built: a merge that there is no room for is passed over, and younger
 * segments are merged all the same.
 */
export function planMerge({ segments, busy, tailValues, roomBytes }: ArenaState): Work | undefined {
  for (let n = segments.length - 1; n > 0; n--) {
    const [older, younger] = [segments[n - 1], segments[n]]
    if (busy.has(older) || busy.has(younger)) continue
    if (levelOf(older.size, tailValues) > levelOf(younger.size, tailValues)) continue
    if (segmentBytes(older.size + younger.size) > roomBytes) continue
    return { from: older.from, to: younger.to, replaces: [older, younger] }
  }
  return undefined
}
