// One arena of a dynamic index, as its writer sees it.
import { BYTES_PER_VALUE, type Arena } from '../wasm/arena.ts'
import type { IdRange } from '../hamming-index.ts'
import { globalId, type ArenaView } from '../wasm/index-view.ts'
import type { Segment } from '../wasm/segment.ts'
import { RegionAllocator } from './region-allocator.ts'
import type { ArenaState } from './segment-plan.ts'

/** An arena's segments, the room for more, and the work on it that is under way. */
export class WrittenArena {
  readonly arena: Arena
  /** Part of the ids of its values. */
  readonly number: number
  readonly regions: RegionAllocator
  segments: readonly Segment[] = []
  /** Segments that are being replaced. */
  readonly busy = new Set<Segment>()
  /** Values before this one are in a segment, or in one in work. */
  sealedTo = 0
  sealing = false
  merging = false
  /** Values that the index was told to forget. */
  dropped = 0
  /** An arena is being emptied once most of its values are dropped. */
  stage: 'in use' | 'being emptied' = 'in use'
  #ids: IdRange | undefined

  constructor(arena: Arena, number: number) {
    this.arena = arena
    this.number = number
    this.regions = new RegionAllocator(arena.regionsFrom, arena.memory.bytes)
  }

  /** Values that were not dropped. */
  get held(): number {
    return this.arena.count - this.dropped
  }

  /** The ids of all its values, once it is being emptied: the same object each time. */
  get ids(): IdRange {
    this.#ids ??= { from: globalId(this.number, 0), to: globalId(this.number, this.arena.count) }
    return this.#ids
  }

  /** Whether a thread is building tables in it. */
  get inWork(): boolean {
    return this.sealing || this.merging
  }

  /** Bytes of values and of tables in use. */
  get bytes(): number {
    const tables = this.segments.reduce((sum, { bytes }) => sum + bytes, 0)
    return this.arena.count * BYTES_PER_VALUE + tables
  }

  /** All that there is to search. */
  view(): ArenaView {
    const { number, arena, segments } = this
    return { number, arena, segments, tailFrom: segments.at(-1)?.to ?? 0, tailTo: arena.count }
  }

  state(tailValues: number): ArenaState {
    const { segments, busy, sealedTo, arena, regions } = this
    const roomBytes = regions.largest
    return { segments, busy, tailFrom: sealedTo, tailTo: arena.count, tailValues, roomBytes }
  }

  replace(segment: Segment, replaced: readonly Segment[]): void {
    this.segments = this.segments
      .filter((each) => !replaced.includes(each))
      .concat(segment)
      .sort((a, b) => a.from - b.from)
    for (const each of replaced) this.busy.delete(each)
  }
}
