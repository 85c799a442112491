import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads'
import { Arena } from './arena.ts'
import { Frames } from './frames.ts'
import type { HammingIndex, Matches, RadiusQuery, SearchBudget } from './hamming-index.ts'
import { CachedSearch } from './cached-search.ts'
import { arenaOf, localId, type ArenaView } from './kernel-search.ts'
import type { Segment } from './segment.ts'

/** What there is to search from an epoch on: sent to each reader whenever segments or arenas change. */
export interface Epoch {
  readonly number: number
  readonly arenas: readonly { readonly memory: WebAssembly.Memory; readonly segments: readonly Segment[] }[]
}

/** All that another thread needs to read a live index; `port` is to be transferred. */
export interface ReaderTicket {
  readonly block: SharedArrayBuffer
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
  readonly #frames: Frames
  readonly #search: CachedSearch
  readonly #arenas: KnownArena[] = []

  /** @param cachedAnswers Answers that are kept for values which are asked again. */
  constructor(ticket: ReaderTicket, cachedAnswers = 0) {
    this.#ticket = ticket
    this.#search = new CachedSearch(cachedAnswers)
    this.#frames = new Frames(ticket.block)
    this.#adopt(ticket.epoch)
    // A reader that has nothing to do must say, too, that it is done with older epochs.
    ticket.port.on('message', (epoch: Epoch) => this.#adopt(epoch))
    ticket.port.unref()
  }

  /** Values that can match or did once: removed ones count until their segment is built anew. */
  get size(): number {
    const { end } = this.#frames.read()
    return this.#arenas.slice(0, arenaOf(end)).reduce((sum, { arena }) => sum + arena.capacity, localId(end))
  }

  search(queries: Uint32Array, query: RadiusQuery, budget?: SearchBudget): Matches {
    return this.searchFrame(queries, query, budget).matches
  }

  /** Searches, and says which state of the set the answer is about. */
  searchFrame(
    queries: Uint32Array,
    query: RadiusQuery,
    budget?: SearchBudget,
  ): { matches: Matches; sequence: number } {
    const { views, sequence } = this.#look()
    return { matches: this.#search.search(views, queries, query, sequence, budget), sequence }
  }

  estimateMicros(queryCount: number, query: RadiusQuery): number {
    return this.#search.kernel.estimateMicros(this.#look().views, queryCount, query)
  }

  copyValue(id: number, to: Uint32Array, at: number): void {
    this.#arenas[arenaOf(id)].arena.copyValue(localId(id), to, at)
  }

  /** Says that this reader is gone, so that nothing is kept for it. */
  close(): void {
    this.#frames.leave(this.#ticket.place)
    this.#ticket.port.close()
  }

  /** The newest frame, through the newest segments that are known here. */
  #look(): { views: readonly ArenaView[]; sequence: number } {
    this.#receive()
    const { sequence, end } = this.#frames.read()
    // The writer announces an arena before a frame reaches into it.
    while (this.#arenas.length <= arenaOf(end)) this.#receive()
    const views = this.#arenas.slice(0, arenaOf(end) + 1).map(({ arena, segments }, number) => ({
      arena,
      segments,
      tailFrom: segments.at(-1)?.to ?? 0,
      tailTo: number === arenaOf(end) ? localId(end) : arena.capacity,
    }))
    return { views, sequence }
  }

  #receive(): void {
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
    this.#frames.enterEpoch(this.#ticket.place, number)
  }
}
