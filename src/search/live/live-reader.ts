import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads'
import { Arena } from '../wasm/arena.ts'
import { FrameReader, type Frame } from './frames.ts'
import type { HammingIndex, Matches, RadiusQuery, SearchBudget } from '../hamming-index.ts'
import { CachedSearch } from '../wasm/cached-search.ts'
import type { Strategy } from '../wasm/cost-model.ts'
import { arenaOf, localId, type ArenaView } from '../wasm/kernel-search.ts'
import { ReaderSlots } from './reader-slots.ts'
import type { Segment } from '../wasm/segment.ts'

/** What there is to search from an epoch on: sent to each reader whenever segments or arenas change. */
export interface Epoch {
  readonly number: number
  readonly arenas: readonly { readonly memory: WebAssembly.Memory; readonly segments: readonly Segment[] }[]
}

/** All that another thread needs to read a live index; `port` is to be transferred. */
export interface ReaderTicket {
  /** Blocks of the frames and of the readers' places, and which of the frames' indices this is. */
  readonly frames: SharedArrayBuffer
  readonly index: number
  readonly places: SharedArrayBuffer
  /** The reader's place among the readers, and the number of its scratch area. */
  readonly place: number
  readonly thread: number
  readonly epoch: Epoch
  readonly port: MessagePort
}

interface KnownArena {
  readonly arena: Arena
  segments: readonly Segment[]
}

/**
 * Searches a {@link LiveIndex} that another thread writes, without a lock: every answer is that of one state of the
 * set which existed between call and return.
 */
export class LiveReader implements HammingIndex {
  readonly #ticket: ReaderTicket
  readonly #frames: FrameReader
  readonly #places: ReaderSlots
  readonly #search: CachedSearch
  readonly #arenas: KnownArena[] = []

  /** @param cachedAnswers Answers that are kept for values which are asked again. */
  constructor(ticket: ReaderTicket, cachedAnswers = 0) {
    this.#ticket = ticket
    this.#search = new CachedSearch(cachedAnswers)
    this.#frames = new FrameReader(ticket.frames)
    this.#places = new ReaderSlots(ticket.places)
    this.#adopt(ticket.epoch)
    // A reader that has nothing to do must say, too, that it is done with older epochs.
    ticket.port.on('message', (epoch: Epoch) => this.#adopt(epoch))
    ticket.port.unref()
  }

  /** As that of {@link LiveIndex}. */
  set strategy(strategy: Strategy | undefined) {
    this.#search.kernel.strategy = strategy
  }

  /** Values that can match or did once: removed ones count until their segment is built anew. */
  get size(): number {
    const end = this.#frames.read().ends[this.#ticket.index]
    return this.#arenas.slice(0, arenaOf(end)).reduce((sum, { arena }) => sum + arena.capacity, localId(end))
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
    return this.#search.search(this.#views(frame), queries, query, frame.sequence, budget)
  }

  estimateMicros(queryCount: number, query: RadiusQuery): number {
    return this.#search.kernel.estimateMicros(this.#views(this.newestFrame()), queryCount, query)
  }

  copyValue(id: number, to: Uint32Array, at: number): void {
    this.#arenas[arenaOf(id)].arena.copyValue(localId(id), to, at)
  }

  get frames(): FrameReader {
    return this.#frames
  }

  /** Whether all arenas that a frame reaches into are known here. */
  covers({ ends }: Frame): boolean {
    const end = ends[this.#ticket.index]
    return end === 0 || arenaOf(end) < this.#arenas.length
  }

  /** Says that this reader is gone, so that nothing is kept for it. */
  close(): void {
    this.#places.leave(this.#ticket.place)
    this.#ticket.port.close()
  }

  /** A frame, through the newest segments that are known here: older ones show the same. */
  #views({ ends }: Frame): readonly ArenaView[] {
    const end = ends[this.#ticket.index]
    return this.#arenas.slice(0, arenaOf(end) + 1).map(({ arena, segments }, number) => ({
      arena,
      segments,
      tailFrom: segments.at(-1)?.to ?? 0,
      tailTo: number === arenaOf(end) ? localId(end) : arena.capacity,
    }))
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

  #adopt({ number, arenas }: Epoch): void {
    for (const [place, { memory, segments }] of arenas.entries()) {
      if (place < this.#arenas.length) this.#arenas[place].segments = segments
      else this.#arenas.push({ arena: Arena.attach(memory, this.#ticket.thread), segments })
    }
    this.#places.enterEpoch(this.#ticket.place, number)
  }
}

/**
 * The newest state of a set of several indices. It is to be searched before this thread waits for anything, because
 * segments that are built later lack what was removed since. So it is read after the segments.
 */
export function newestFrame(readers: readonly LiveReader[]): Frame {
  for (;;) {
    for (const reader of readers) reader.receive()
    const frame = readers[0].frames.read()
    // The writer announces an arena before a frame reaches into it.
    if (readers.every((reader) => reader.covers(frame))) return frame
  }
}
