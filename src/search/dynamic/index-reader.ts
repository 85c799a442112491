// Another thread's side of a dynamic index.
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads'
import { Arena } from '../wasm/arena.ts'
import { FrameReader, type Frame } from './frames.ts'
import type { HammingIndex, Matches, RadiusQuery, SearchBudget } from '../hamming-index.ts'
import { CachedSearch } from '../wasm/cached-search.ts'
import { arenaOf, copyValueOf, localId, type ArenaView, type IndexView } from '../wasm/index-view.ts'
import { ReaderSlots } from './reader-slots.ts'
import type { SearchTuning } from '../wasm/search-tuning.ts'
import type { Segment } from '../wasm/segment.ts'

/** What there is to search from an epoch on: sent to each reader whenever segments or arenas change. */
export interface Epoch {
  readonly number: number
  /** In the order in which values were added to them: only the last one still grows. */
  readonly arenas: readonly EpochArena[]
  /** See IndexView. */
  readonly sealedVersion: number
  /** The memories that are in use, or kept for later use; the others will not come again. */
  readonly memories: readonly number[]
  /** Those that this reader has not been sent yet, by their numbers. */
  readonly newMemories: readonly (readonly [number, WebAssembly.Memory])[]
}

export interface EpochArena {
  /** Part of the ids of its values. */
  readonly number: number
  /** The number of its memory. */
  readonly memory: number
  readonly segments: readonly Segment[]
}

/** All that another thread needs to read a dynamic index; `port` is to be transferred. */
export interface ReaderTicket {
  /** Blocks of the frames and of the readers' slots, and which of the frames' indices this is. */
  readonly frames: SharedArrayBuffer
  readonly index: number
  readonly slots: SharedArrayBuffer
  /** The reader's slot among the readers, and the number of its scratch area. */
  readonly slot: number
  readonly thread: number
  readonly epoch: Epoch
  readonly port: MessagePort
}

export interface IndexReaderOptions {
  /** Answers that are kept for values which are asked again; none by default. */
  readonly cachedAnswers?: number
  readonly tuning?: SearchTuning
}

/** A frame says how far the values of an index reach by the arena that grows and its values; 0 while there are none. */
export const frameEnd = (number: number, values: number): number => ((number + 1) * 2 ** 24 + values) >>> 0
const arenaOfEnd = (end: number): number => arenaOf(end) - 1

/**
 * Searches a {@link DynamicIndex} that another thread writes, without a lock: every answer is that of one state of the
 * set which existed between call and return.
 */
export class IndexReader implements HammingIndex {
  readonly #ticket: ReaderTicket
  readonly #frames: FrameReader
  readonly #slots: ReaderSlots
  readonly #search: CachedSearch
  readonly #memories = new Map<number, Arena>()
  #arenas: readonly EpochArena[] = []
  #sealedVersion = 0

  constructor(ticket: ReaderTicket, { cachedAnswers = 0, tuning }: IndexReaderOptions = {}) {
    this.#ticket = ticket
    this.#search = new CachedSearch(cachedAnswers, tuning)
    this.#frames = new FrameReader(ticket.frames)
    this.#slots = new ReaderSlots(ticket.slots)
    this.#adopt(ticket.epoch)
    // A reader that has nothing to do must say, too, that it is done with older epochs.
    ticket.port.on('message', (epoch: Epoch) => this.#adopt(epoch))
    ticket.port.unref()
  }

  /** Values that can match or did once: removed ones count until their segment is rebuilt. */
  get size(): number {
    return this.#view(this.#frames.read()).arenas.reduce((sum, { tailTo }) => sum + tailTo, 0)
  }

  search(queries: Uint32Array, query: RadiusQuery, budget?: SearchBudget): Matches {
    return this.searchFrame(this.newestFrame(), queries, query, budget)
  }

  /** The newest state of the set; see {@link newestFrame}. */
  newestFrame(): Frame {
    return newestFrame([this])
  }

  /** Searches the set as it was in a frame. */
  searchFrame(frame: Frame, queries: Uint32Array, query: RadiusQuery, budget?: SearchBudget): Matches {
    return this.#search.search(this.#view(frame), queries, query, budget)
  }

  /** By the newest values, whatever the frame that is searched: it reads no epoch, so that none comes between. */
  estimateMicros(queryCount: number, query: RadiusQuery): number {
    return this.#search.estimateMicros(this.#newestArenas(), queryCount, query)
  }

  copyValue(id: number, to: Uint32Array, at: number): void {
    copyValueOf(this.#newestArenas(), id, to, at)
  }

  get frames(): FrameReader {
    return this.#frames
  }

  /** Whether all arenas that a frame reaches into are known here. */
  covers(frame: Frame): boolean {
    const end = frame.ends[this.#ticket.index]
    return end === 0 || this.#arenas.some(({ number }) => number === arenaOfEnd(end))
  }

  /** Says that this reader is gone, so that nothing is kept for it. */
  close(): void {
    this.#slots.leave(this.#ticket.slot)
    this.#ticket.port.close()
  }

  /** A frame, through the newest segments that are known here: older ones show the same. */
  #view({ ends, sequence }: Frame): IndexView {
    const end = ends[this.#ticket.index]
    const last = this.#arenas.findIndex(({ number }) => number === arenaOfEnd(end))
    const arenas = this.#arenas
      .slice(0, last + 1)
      .map((arena, n) => this.#arenaView(arena, n === last ? localId(end) : undefined))
    return { arenas, readAt: sequence, sealedVersion: this.#sealedVersion }
  }

  /** All that is known here, published or not. */
  #newestArenas(): readonly ArenaView[] {
    return this.#arenas.map((arena) => this.#arenaView(arena))
  }

  #arenaView({ number, memory, segments }: EpochArena, tailTo?: number): ArenaView {
    const arena = this.#memories.get(memory)
    if (!arena) throw new RangeError(`This reader was never sent memory ${memory}`)
    return { number, arena, segments, tailFrom: segments.at(-1)?.to ?? 0, tailTo: tailTo ?? arena.count }
  }

  /** Takes note of the newest segments and arenas. */
  receive(): void {
    for (
      let got = receiveMessageOnPort(this.#ticket.port);
      got;
      got = receiveMessageOnPort(this.#ticket.port)
    ) {
      // The port carries nothing else.
      this.#adopt(got.message as Epoch)
    }
  }

  #adopt({ number, arenas, sealedVersion, memories, newMemories }: Epoch): void {
    for (const [memory, shared] of newMemories)
      this.#memories.set(memory, Arena.attach(shared, this.#ticket.thread))
    for (const memory of this.#memories.keys()) if (!memories.includes(memory)) this.#memories.delete(memory)
    this.#arenas = arenas
    this.#sealedVersion = sealedVersion
    this.#slots.enterEpoch(this.#ticket.slot, number)
  }
}

/**
 * The newest state of a set of several indices. It is to be searched before this thread waits for anything, because
 * segments that are built later lack what was removed since. So it is read after the segments.
 */
export function newestFrame(readers: readonly IndexReader[]): Frame {
  for (;;) {
    for (const reader of readers) reader.receive()
    const frame = readers[0].frames.read()
    // The writer announces an arena before a frame reaches into it.
    if (readers.every((reader) => reader.covers(frame))) return frame
  }
}
