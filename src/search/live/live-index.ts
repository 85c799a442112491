import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { Arena, BYTES_PER_VALUE } from '../wasm/arena.ts'
import { Frames } from './frames.ts'
import type { Matches, MutableHammingIndex, RadiusQuery, SearchBudget } from '../hamming-index.ts'
import { CachedSearch } from '../wasm/cached-search.ts'
import type { Strategy } from '../wasm/cost-model.ts'
import { READ_LATEST, arenaOf, globalId, localId, type ArenaView } from '../wasm/kernel-search.ts'
import type { Epoch, ReaderTicket } from './live-reader.ts'
import { ReaderSlots } from './reader-slots.ts'
import { RegionAllocator } from './region-allocator.ts'
import { layOutSegment, segmentBytes, type Segment } from '../wasm/segment.ts'
import { REST_VALUES, TAIL_VALUES, planMerge, planSeal, type ArenaState, type Work } from './segment-plan.ts'
import { InlineBuilder, WorkerBuilder, type TableBuilder } from './table-builder.ts'

// Numbers of scratch areas; the writer's is 0.
const BUILDER_THREAD = 1
const FIRST_READER_THREAD = 2

/** A tail that hasn't grown for so long is at rest. */
const REST_MS = 1_000

export interface LiveIndexOptions {
  /** Most threads that read while this one writes. */
  readonly readers?: number
  /** Where tables are built: in a thread of their own, or at once where they are asked for. */
  readonly building?: 'worker' | 'inline'
  /** A tail of more values than this is sealed. */
  readonly tailValues?: number
  /** Several indices of one set share their frames: this is one's number. By default an index has its own. */
  readonly frames?: { readonly of: Frames; readonly index: number }
  /** Answers that are kept for values which are asked again; none by default. */
  readonly cachedAnswers?: number
  /** An arena for values and tables; by default the largest that the machine gives. */
  readonly createArena?: (threads: number) => Arena
}

/** What a live index is made of, now. */
export interface LiveIndexState {
  readonly segments: number
  /** Values that are scanned. */
  readonly tail: number
  /** Segments built so far, by what for. */
  readonly seals: number
  readonly merges: number
  /** Memory that values and tables in use take. */
  readonly bytes: number
}

/** One arena as the writer sees it. */
interface WrittenArena {
  readonly arena: Arena
  readonly regions: RegionAllocator
  segments: readonly Segment[]
  readonly busy: Set<Segment>
  /** Values up to here are in a segment, or in one in work. */
  sealedTo: number
  sealing: boolean
  merging: boolean
}

/** Tables that a reader of an epoch before `epoch` may still read. */
interface Retired {
  readonly epoch: number
  readonly regions: RegionAllocator
  readonly segment: Segment
}

/**
 * A large set that changes while it is searched: an append-only array of values; tables over ranges of it (a
 * log-structured merge of known hashes); and a tail of the newest values, which is scanned. Additions only append;
 * removals only stamp a number; tables are built beside those in use. This thread writes and may search; other threads
 * search through a {@link LiveReader}, in shared memory.
 *
 * Ids ascend and are never reused; `copyValue` knows the removed ones, too.
 */
export class LiveIndex implements MutableHammingIndex {
  readonly #options: LiveIndexOptions
  readonly #tailValues: number
  readonly #restValues: number
  readonly #threads: number
  readonly #builder: TableBuilder
  readonly #frames: Frames
  readonly #column: number
  readonly #places: ReaderSlots
  readonly #arenas: WrittenArena[] = []
  readonly #search: CachedSearch
  readonly #readers = new Map<number, MessagePort>()
  #retired: Retired[] = []
  #epoch = 0
  #size = 0
  #inWork = 0
  readonly #built = { sealing: 0, merging: 0 }
  /** Resolves when the next segment is built. */
  #progress = Promise.withResolvers<void>()
  #closed = false
  /** Values that there were when the clock was set which finds tails at rest. */
  #countedAtRest = 0
  #rest: NodeJS.Timeout | undefined

  constructor(options: LiveIndexOptions = {}) {
    const { readers = 0, building = 'worker', tailValues = TAIL_VALUES } = options
    this.#options = options
    this.#tailValues = tailValues
    this.#restValues = Math.min(tailValues, REST_VALUES)
    this.#threads = FIRST_READER_THREAD + readers
    this.#builder = building === 'worker' ? new WorkerBuilder(BUILDER_THREAD) : new InlineBuilder()
    this.#frames = options.frames?.of ?? new Frames(1)
    this.#column = options.frames?.index ?? 0
    this.#places = new ReaderSlots(readers)
    this.#search = new CachedSearch(options.cachedAnswers)
  }

  get size(): number {
    return this.#size
  }

  /** See {@link KernelSearch}: for testing, because small sets are scanned by themselves. */
  set strategy(strategy: Strategy | undefined) {
    this.#search.kernel.strategy = strategy
  }

  /** Sequence number of the newest frame. */
  get sequence(): number {
    return this.#frames.sequence
  }

  get state(): LiveIndexState {
    const segments = this.#arenas.flatMap((place) => place.segments)
    const values = this.#arenas.reduce((sum, { arena }) => sum + arena.count, 0)
    return {
      segments: segments.length,
      tail: values - segments.reduce((sum, { from, to }) => sum + to - from, 0),
      seals: this.#built.sealing,
      merges: this.#built.merging,
      bytes: values * BYTES_PER_VALUE + segments.reduce((sum, { bytes }) => sum + bytes, 0),
    }
  }

  add(words: Uint32Array, at: number): number {
    let last = this.#arenas.at(-1)
    if (!last || last.arena.isFull) last = this.#openArena()
    const id = globalId(this.#arenas.length - 1, last.arena.append(words, at))
    this.#size++
    this.#frames.reach(this.#column, id + 1)
    return id
  }

  /** Adds many values, 8 words each, and returns their ids. */
  addAll(values: Uint32Array): Uint32Array {
    const ids = new Uint32Array(values.length / 8)
    for (let done = 0; done < ids.length;) {
      let last = this.#arenas.at(-1)
      if (!last || last.arena.isFull) last = this.#openArena()
      const { arena } = last
      const first = globalId(this.#arenas.length - 1, arena.count)
      const count = Math.min(ids.length - done, arena.capacity - arena.count)
      arena.appendAll(values.subarray(done * 8, (done + count) * 8))
      if (arena.count - last.sealedTo > this.#tailValues) this.#builder.expect(arena)
      for (let value = 0; value < count; value++) ids[done + value] = first + value
      this.#frames.reach(this.#column, first + count)
      done += count
    }
    this.#size += ids.length
    return ids
  }

  remove(id: number): void {
    const place = this.#arenas.at(arenaOf(id))
    if (!place || localId(id) >= place.arena.count) throw new RangeError(`No value has the id ${id}`)
    if (place.arena.remove(localId(id), this.#frames.stamp())) this.#size--
  }

  copyValue(id: number, to: Uint32Array, at: number): void {
    this.#arenas[arenaOf(id)].arena.copyValue(localId(id), to, at)
  }

  /** Makes what was added and removed since the last frame visible to the readers, all of it at once. */
  publish(): void {
    this.#frames.publish()
  }

  search(queries: Uint32Array, query: RadiusQuery, budget?: SearchBudget): Matches {
    this.maintain()
    return this.#search.search(this.#views(), queries, query, READ_LATEST, budget)
  }

  estimateMicros(queryCount: number, query: RadiusQuery): number {
    return this.#search.kernel.estimateMicros(this.#views(), queryCount, query)
  }

  /**
   * Seals a tail that is too long, later one that has stopped growing, and merges segments, if there is cause; returns
   * at once if a worker builds.
   */
  maintain(): void {
    this.#seal(this.#tailValues)
    for (const place of this.#arenas) {
      if (!place.merging && place.segments.length > 1) {
        this.#begin(place, planMerge(this.#stateOf(place)), 'merging')
      }
    }
    this.#awaitRest()
  }

  /**
   * Resolves once the values that there are now are in segments, but for a short tail: then a search takes about what
   * it will take. It does not wait for merges, which make it a little quicker.
   */
  async settle(): Promise<void> {
    this.maintain()
    const ends = this.#arenas.map(({ arena }) => arena.count)
    const isSealed = (end: number, place: number): boolean =>
      end - (this.#arenas[place].segments.at(-1)?.to ?? 0) <= this.#restValues
    while (!ends.every(isSealed)) {
      this.#seal(this.#restValues)
      if (this.#inWork === 0) return
      await this.#progress.promise
    }
  }

  /** A place for one more reading thread. Throws a RangeError if all are taken. */
  openReader(): ReaderTicket {
    const place = this.#places.freePlace()
    if (place === undefined)
      throw new RangeError(`All ${this.#threads - FIRST_READER_THREAD} readers are taken.`)
    this.publish()
    const { port1, port2 } = new MessageChannel()
    port1.unref()
    this.#readers.set(place, port1)
    port1.on('close', () => {
      if (this.#readers.get(place) === port1) this.closeReader(place)
    })
    this.#places.enterEpoch(place, this.#epoch)
    const thread = FIRST_READER_THREAD + place
    return {
      frames: this.#frames.block,
      index: this.#column,
      places: this.#places.block,
      place,
      thread,
      epoch: this.#describe(),
      port: port2,
    }
  }

  /** Frees the place of a reader whose thread has ended. */
  closeReader(place: number): void {
    const port = this.#readers.get(place)
    if (!port) return
    this.#readers.delete(place)
    this.#places.leave(place)
    port.close()
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#rest)
    for (const place of this.#readers.keys()) this.closeReader(place)
    await this.#builder.close()
    this.#inWork = 0
    this.#goOn()
  }

  /** Seals tails of more values than `mostTail`. */
  #seal(mostTail: number): void {
    for (const place of this.#arenas) {
      if (place.sealing || place.arena.count - place.sealedTo <= mostTail) continue
      this.#begin(place, planSeal(this.#stateOf(place), mostTail), 'sealing')
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

  #views(): readonly ArenaView[] {
    return this.#arenas.map(({ arena, segments }) => ({
      arena,
      segments,
      tailFrom: segments.at(-1)?.to ?? 0,
      tailTo: arena.count,
    }))
  }

  #stateOf({ arena, segments, busy, sealedTo, regions }: WrittenArena): ArenaState {
    this.#reclaim()
    return {
      segments,
      busy,
      tailFrom: sealedTo,
      tailTo: arena.count,
      tailValues: this.#tailValues,
      roomBytes: regions.largest,
    }
  }

  #begin(place: WrittenArena, work: Work | undefined, kind: 'sealing' | 'merging'): void {
    if (!work) return
    this.publish()
    const { arena } = place
    const { sequence: builtAt } = this.#frames
    const { from, to, replaces } = work
    const size = arena.countLive(from, to, builtAt)
    const bytes = segmentBytes(size)
    const header = place.regions.take(bytes)
    if (header === undefined) return
    const segment: Segment = { header, bytes, from, to, size, builtAt }
    layOutSegment(arena, segment)
    for (const each of replaces) place.busy.add(each)
    place[kind] = true
    if (kind === 'sealing') place.sealedTo = to
    this.#inWork++
    const built = this.#builder.build(arena, segment)
    const finish = (): void => {
      this.#replace(place, segment, replaces)
      place[kind] = false
      this.#built[kind]++
      this.#inWork--
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

  #replace(place: WrittenArena, segment: Segment, replaces: readonly Segment[]): void {
    place.segments = place.segments
      .filter((each) => !replaces.includes(each))
      .concat(segment)
      .sort((a, b) => a.from - b.from)
    this.#epoch++
    for (const each of replaces) {
      place.busy.delete(each)
      this.#retired.push({ epoch: this.#epoch, regions: place.regions, segment: each })
    }
    this.#announce()
    this.#reclaim()
  }

  /** Frees the tables that no reader can be reading any more. */
  #reclaim(): void {
    const oldest = this.#places.oldestEpoch()
    for (const { epoch, regions, segment } of this.#retired) {
      if (epoch <= oldest) regions.giveBack(segment.header, segment.bytes)
    }
    this.#retired = this.#retired.filter(({ epoch }) => epoch > oldest)
  }

  #openArena(): WrittenArena {
    const { createArena = (threads: number) => Arena.createLargest(threads) } = this.#options
    const arena = createArena(this.#threads)
    const regions = new RegionAllocator(arena.regionsFrom, arena.memory.bytes)
    const place = {
      arena,
      regions,
      segments: [],
      busy: new Set<Segment>(),
      sealedTo: 0,
      sealing: false,
      merging: false,
    }
    this.#arenas.push(place)
    this.#epoch++
    this.#announce()
    return place
  }

  #describe(): Epoch {
    const arenas = this.#arenas.map(({ arena, segments }) => ({ memory: arena.memory.memory, segments }))
    return { number: this.#epoch, arenas }
  }

  #announce(): void {
    if (this.#readers.size === 0) return
    const epoch = this.#describe()
    for (const port of this.#readers.values()) port.postMessage(epoch)
  }
}
