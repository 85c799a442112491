// The index of a large set that changes while it is searched: the writer's side.
import { Arena } from '../wasm/arena.ts'
import type { IdRange, Matches, MutableHammingIndex, RadiusQuery, SearchBudget } from '../hamming-index.ts'
import { CachedSearch } from '../wasm/cached-search.ts'
import { MOST_ARENAS, READ_LATEST, arenaOf, globalId, localId, type IndexView } from '../wasm/index-view.ts'
import type { SearchTuning } from '../wasm/search-tuning.ts'
import { layOutSegment, segmentBytes, type Segment } from '../wasm/segment.ts'
import { ArenaStock } from './arena-stock.ts'
import { Frames } from './frames.ts'
import { frameEnd, type ReaderTicket } from './index-reader.ts'
import { ReaderPorts } from './reader-ports.ts'
import type { RegionAllocator } from './region-allocator.ts'
import { REST_VALUES, TAIL_VALUES, planMerge, planSeal, type Work } from './segment-plan.ts'
import { InlineBuilder, WorkerBuilder, type TableBuilder } from './table-builder.ts'
import { WrittenArena } from './written-arena.ts'

// Numbers of scratch areas; the writer's is 0.
const BUILDER_THREAD = 1
const FIRST_READER_THREAD = 2

/** A tail that hasn't grown for this time is at rest. */
const REST_MS = 1_000
/** An arena is emptied when it has more dropped values than this, and more than it has others. */
const FEWEST_DROPPED = 65_536

export interface DynamicIndexOptions {
  /** Most threads that read while this one writes. */
  readonly readers?: number
  /** Where tables are built: in a thread of their own, or at once where they are asked for. */
  readonly building?: 'worker' | 'inline'
  /** A tail of more values than this is sealed. */
  readonly tailValues?: number
  /** Dropped values that an arena has at least when it is emptied. */
  readonly fewestDropped?: number | undefined
  /** Several indices of one set share their frames: this is one's number. By default an index has its own. */
  readonly frames?: { readonly of: Frames; readonly index: number }
  /** Answers that are kept for values which are asked again; none by default. */
  readonly cachedAnswers?: number
  /** An arena for values and tables; by default the largest that the machine gives. */
  readonly createArena?: (threads: number) => Arena
  readonly tuning?: SearchTuning
}

/** What a dynamic index is made of, now. */
export interface DynamicIndexState {
  readonly segments: number
  /** Values that are scanned. */
  readonly tail: number
  /** Segments built so far, by what for. */
  readonly seals: number
  readonly merges: number
  /** Arenas emptied so far. */
  readonly emptied: number
  /** Memory that values and tables in use take. */
  readonly bytes: number
}

/** Memory that a reader of an epoch before `epoch` may still read. */
type Retired = { readonly epoch: number } & (
  { readonly regions: RegionAllocator; readonly segment: Segment } | { readonly arena: WrittenArena }
)

/**
 * A large set that changes while it is searched: an append-only array of values; tables over ranges of it (a
 * log-structured merge of known hashes); and a tail of the newest values, which is scanned. Additions only append;
 * removals only stamp a number; tables are built beside those in use. This thread writes and may search; other threads
 * search through an {@link IndexReader}, in shared memory.
 *
 * A value never moves by itself. When most values of an arena are dropped, the caller moves the others
 * (`idsToMove`), a few with each change; then all of its memory is used again. So memory stays in proportion to the
 * set, however often it changes.
 */
export class DynamicIndex implements MutableHammingIndex {
  readonly #tailValues: number
  readonly #restValues: number
  readonly #fewestDropped: number
  readonly #builder: TableBuilder
  readonly #frames: Frames
  readonly #column: number
  readonly #stock: ArenaStock
  readonly #readers: ReaderPorts
  /** In the order in which values were added to them: only the last one still grows. */
  #arenas: readonly WrittenArena[] = []
  /** By their numbers, those too that readers of older epochs may read. */
  readonly #numbered: (WrittenArena | undefined)[] = []
  readonly #search: CachedSearch
  #retired: Retired[] = []
  #sealedVersion = 0
  #size = 0
  #inWork = 0
  readonly #done = { sealing: 0, merging: 0, emptied: 0 }
  /** Resolves when the next segment is built. */
  #progress = Promise.withResolvers<void>()
  #closed = false
  /** Values that there were when the clock was set which finds tails at rest. */
  #countedAtRest = 0
  #rest: NodeJS.Timeout | undefined

  constructor(options: DynamicIndexOptions = {}) {
    const { readers = 0, building = 'worker', tailValues = TAIL_VALUES, fewestDropped } = options
    const { createArena = (threads: number) => Arena.createLargest(threads) } = options
    this.#tailValues = tailValues
    this.#restValues = Math.min(tailValues, REST_VALUES)
    this.#fewestDropped = fewestDropped ?? FEWEST_DROPPED
    this.#builder = building === 'worker' ? new WorkerBuilder(BUILDER_THREAD) : new InlineBuilder()
    this.#frames = options.frames?.of ?? new Frames(1)
    this.#column = options.frames?.index ?? 0
    this.#stock = new ArenaStock(() => createArena(FIRST_READER_THREAD + readers))
    this.#readers = new ReaderPorts(readers, this.#stock)
    this.#search = new CachedSearch(options.cachedAnswers, options.tuning)
  }

  get size(): number {
    return this.#size
  }

  get bytes(): number {
    return this.#arenas.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** Sequence number of the newest frame. */
  get sequence(): number {
    return this.#frames.sequence
  }

  get state(): DynamicIndexState {
    const views = this.#arenas.map((arena) => arena.view())
    return {
      segments: views.reduce((sum, { segments }) => sum + segments.length, 0),
      tail: views.reduce((sum, { tailFrom, tailTo }) => sum + tailTo - tailFrom, 0),
      seals: this.#done.sealing,
      merges: this.#done.merging,
      emptied: this.#done.emptied,
      bytes: this.bytes,
    }
  }

  add(words: Uint32Array, at: number): number {
    const { arena, number } = this.#growing()
    const id = globalId(number, arena.append(words, at))
    this.#size++
    this.#frames.reach(this.#column, frameEnd(number, arena.count))
    return id
  }

  addAll(values: Uint32Array): Uint32Array {
    const ids = new Uint32Array(values.length / 8)
    for (let done = 0; done < ids.length;) {
      const { arena, number, sealedTo } = this.#growing()
      const first = globalId(number, arena.count)
      const count = Math.min(ids.length - done, arena.capacity - arena.count)
      arena.appendAll(values.subarray(done * 8, (done + count) * 8))
      if (arena.count - sealedTo > this.#tailValues) this.#builder.expect(arena)
      for (let value = 0; value < count; value++) ids[done + value] = first + value
      this.#frames.reach(this.#column, frameEnd(number, arena.count))
      done += count
    }
    this.#size += ids.length
    return ids
  }

  remove(id: number): void {
    if (this.#arenaOf(id).arena.remove(localId(id), this.#frames.stamp())) this.#size--
  }

  drop(id: number): void {
    this.remove(id)
    this.#arenaOf(id).dropped++
  }

  copyValue(id: number, to: Uint32Array, at: number): void {
    this.#arenaOf(id).arena.copyValue(localId(id), to, at)
  }

  /** Begins to empty an arena whose values are mostly dropped. */
  idsToMove(): IdRange | undefined {
    const emptying =
      this.#arenas.find(({ stage }) => stage === 'being emptied') ??
      this.#arenas.find(({ dropped, held }) => dropped > this.#fewestDropped && dropped > held)
    if (!emptying) return undefined
    emptying.stage = 'being emptied'
    // Values that are moved out of it must not come into it.
    if (emptying === this.#arenas.at(-1)) this.#openArena()
    return emptying.ids
  }

  /** Makes what was added and removed since the last frame visible to the readers, all of it at once. */
  publish(): void {
    this.#frames.publish()
  }

  search(queries: Uint32Array, query: RadiusQuery, budget?: SearchBudget): Matches {
    this.maintain()
    return this.#search.search(this.#view(), queries, query, budget)
  }

  estimateMicros(queryCount: number, query: RadiusQuery): number {
    return this.#search.estimateMicros(this.#view().arenas, queryCount, query)
  }

  /**
   * Seals a tail that is too long, later one that has stopped growing, merges segments, and reuses what was emptied, if
   * there is cause; returns at once if a worker builds.
   */
  maintain(): void {
    this.#retireEmpty()
    this.#seal(this.#tailValues)
    for (const arena of this.#arenas) {
      if (arena.merging || arena.segments.length < 2 || arena.stage !== 'in use') continue
      this.#begin(arena, planMerge(this.#stateOf(arena)), 'merging')
    }
    this.#awaitRest()
  }

  /**
   * Resolves once the values that there are now are in segments, but for a short tail: then a search takes about what
   * it will take. It does not wait for merges, which make it a little quicker.
   */
  async settle(): Promise<void> {
    this.maintain()
    const ends = this.#arenas.map((arena) => ({ arena, end: arena.arena.count }))
    const isSealed = ({ arena, end }: (typeof ends)[number]): boolean =>
      !this.#arenas.includes(arena) || end - (arena.segments.at(-1)?.to ?? 0) <= this.#restValues
    while (!ends.every(isSealed)) {
      this.#seal(this.#restValues)
      if (this.#inWork === 0) return
      await this.#progress.promise
    }
  }

  /** A ticket for one more reading thread. Throws a RangeError if there are as many as there may be. */
  openReader(): ReaderTicket {
    const ticket = this.#readers.open(FIRST_READER_THREAD)
    this.publish()
    return { frames: this.#frames.block, index: this.#column, ...ticket }
  }

  /** Frees the slot of a reader whose thread has ended. */
  closeReader(slot: number): void {
    this.#readers.close(slot)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#rest)
    this.#readers.closeAll()
    await this.#builder.close()
    this.#inWork = 0
    this.#goOn()
  }

  #arenaOf(id: number): WrittenArena {
    const arena = this.#numbered.at(arenaOf(id))
    if (!arena || localId(id) >= arena.arena.count) throw new RangeError(`No value has the id ${id}`)
    return arena
  }

  /** Seals tails of more values than `mostTail`. */
  #seal(mostTail: number): void {
    for (const arena of this.#arenas) {
      if (arena.sealing || arena.arena.count - arena.sealedTo <= mostTail) continue
      this.#begin(arena, planSeal(this.#stateOf(arena), mostTail), 'sealing')
    }
  }

  /** Looks again in a while whether a tail has stopped growing, if there is one that is worth sealing then. */
  #awaitRest(): void {
    const last = this.#arenas.at(-1)
    if (this.#rest || this.#closed || !last) return
    if (last.arena.count - last.sealedTo <= this.#restValues) return
    this.#countedAtRest = last.arena.count
    this.#rest = setTimeout(() => {
      this.#rest = undefined
      if (this.#arenas.at(-1) === last && last.arena.count === this.#countedAtRest)
        this.#seal(this.#restValues)
      this.#awaitRest()
    }, REST_MS).unref()
  }

  #view(): IndexView {
    const arenas = this.#arenas.map((arena) => arena.view())
    return { arenas, readAt: READ_LATEST, sealedVersion: this.#sealedVersion }
  }

  #stateOf(arena: WrittenArena): ReturnType<WrittenArena['state']> {
    this.#reclaim()
    return arena.state(this.#tailValues)
  }

  #begin(arena: WrittenArena, work: Work | undefined, kind: 'sealing' | 'merging'): void {
    if (!work) return
    this.publish()
    const { sequence: builtAt } = this.#frames
    const { from, to, replaces } = work
    const size = arena.arena.countLive(from, to, builtAt)
    const bytes = segmentBytes(size)
    const header = arena.regions.take(bytes)
    if (header === undefined) return
    const segment: Segment = { header, bytes, from, to, size, builtAt }
    layOutSegment(arena.arena, segment)
    for (const each of replaces) arena.busy.add(each)
    arena[kind] = true
    if (kind === 'sealing') arena.sealedTo = to
    this.#inWork++
    const built = this.#builder.build(arena.arena, segment)
    const finish = (): void => {
      arena[kind] = false
      this.#done[kind]++
      this.#inWork--
      if (kind === 'sealing') this.#sealedVersion++
      this.#replace(arena, segment, replaces)
      this.maintain()
      this.#goOn()
    }
    if (this.#builder instanceof InlineBuilder) finish()
    else void built.then(finish, (cause: unknown) => this.#fail(cause))
  }

  #goOn(): void {
    const { resolve } = this.#progress
    this.#progress = Promise.withResolvers()
    resolve()
  }

  /** Without tables every search would take longer and longer: better an end that somebody sees. */
  #fail(cause: unknown): void {
    if (this.#closed) return
    setImmediate(() => {
      throw new Error('The tables that search the known set could not be built: start the process again.', {
        cause,
      })
    })
  }

  #replace(arena: WrittenArena, segment: Segment, replaced: readonly Segment[]): void {
    arena.replace(segment, replaced)
    this.#announce()
    for (const each of replaced) {
      this.#retired.push({ epoch: this.#readers.epoch, regions: arena.regions, segment: each })
    }
    this.#reclaim()
  }

  /** Takes empty arenas out of the searches. It publishes a frame first, which shows none of their values any more. */
  #retireEmpty(): void {
    const empty = this.#arenas.filter(({ stage, held }) => stage === 'being emptied' && held === 0)
    if (empty.length === 0) return
    this.publish()
    this.#arenas = this.#arenas.filter((arena) => !empty.includes(arena))
    this.#sealedVersion++
    this.#announce()
    this.#done.emptied += empty.length
    for (const arena of empty) this.#retired.push({ epoch: this.#readers.epoch, arena })
  }

  /** Takes back the memory that no reader can be reading any more. */
  #reclaim(): void {
    const oldest = this.#readers.oldestEpoch()
    const isFree = (retired: Retired): boolean =>
      retired.epoch <= oldest && !('arena' in retired && retired.arena.inWork)
    for (const retired of this.#retired.filter(isFree)) {
      if ('segment' in retired) retired.regions.giveBack(retired.segment.header, retired.segment.bytes)
      else {
        const { number, arena } = retired.arena
        this.#numbered[number] = undefined
        if (!this.#stock.giveBack(arena)) this.#builder.forget(arena)
      }
    }
    this.#retired = this.#retired.filter((retired) => !isFree(retired))
  }

  /** The arena that has room for one more value. */
  #growing(): WrittenArena {
    const last = this.#arenas.at(-1)
    return last && !last.arena.isFull ? last : this.#openArena()
  }

  #openArena(): WrittenArena {
    this.#reclaim()
    let number = 0
    while (this.#numbered[number] !== undefined) number++
    if (number >= MOST_ARENAS)
      throw new RangeError(`An index has at most ${MOST_ARENAS} arenas: split the set.`)
    const opened = new WrittenArena(this.#stock.take(), number)
    this.#numbered[number] = opened
    this.#arenas = [...this.#arenas, opened]
    this.#announce()
    this.#frames.reach(this.#column, frameEnd(number, 0))
    return opened
  }

  #announce(): void {
    const arenas = this.#arenas.map(({ number, arena, segments }) => ({
      number,
      memory: this.#stock.numberOf(arena),
      segments,
    }))
    this.#readers.announce(arenas, this.#sealedVersion)
  }
}
