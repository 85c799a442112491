// What one batch publishes: which of its hits and dead letters are acknowledged, and how far the batch is done.
import type { LogRecord, OutgoingRecord } from '../../log/event-log.ts'
import { InFlightSends } from './in-flight-sends.ts'

/** Sends of a batch that may be in flight while more of it is matched. */
const SENDS_IN_FLIGHT = 4

/** A hit or a dead letter. */
export interface Outgoing {
  /** Names it within its partition: the same again when the batch is read again. */
  readonly id: string
  /** The offset of the record that it came of. */
  readonly offset: number
  readonly record: OutgoingRecord
}

/** What an earlier attempt at the same records has left. */
export interface Earlier {
  /** By id, the offsets of acknowledged hits and dead letters: they are not published again. */
  readonly acknowledged: ReadonlyMap<string, number>
  /** Where the known set was when that attempt began. */
  readonly position: string
}

/** Writes records; calls back for each one that is acknowledged. */
type Produce = (
  records: readonly OutgoingRecord[],
  onWritten: (record: OutgoingRecord) => void,
) => Promise<void>

interface MatchedSlice {
  readonly sources: readonly LogRecord[]
  readonly canaries: number
}

export class Publication {
  readonly #sends = new InFlightSends(SENDS_IN_FLIGHT)
  /** By id, the offset of what was sent and is not acknowledged. */
  readonly #waiting = new Map<string, number>()
  readonly #acknowledged: Map<string, number>
  /** Behind it nothing is acknowledged from an earlier attempt. */
  readonly #earlierEnd: number
  readonly #earlierPosition: string
  readonly #position: string
  readonly #matched: MatchedSlice[] = []

  /** @param position Where the known set is now: everything in the batch is matched at or above it. */
  constructor(position: string, earlier?: Earlier) {
    this.#position = position
    this.#earlierPosition = earlier?.position ?? position
    this.#acknowledged = new Map(earlier?.acknowledged)
    this.#earlierEnd = Math.max(0, ...this.#acknowledged.values().map((offset) => offset + 1))
  }

  /** Publishes all but those acknowledged already; calls `onAcknowledged` for each one that is acknowledged now. */
  publish<T extends Outgoing>(
    all: readonly T[],
    produce: Produce,
    onAcknowledged: (outgoing: T) => void,
  ): void {
    const outgoing = all.filter(({ id }) => !this.#acknowledged.has(id))
    if (outgoing.length === 0) return
    const byRecord = new Map(outgoing.map((one) => [one.record, one]))
    for (const { id, offset } of outgoing) this.#waiting.set(id, offset)
    const acknowledge = (record: OutgoingRecord): void => {
      const one = byRecord.get(record)
      if (!one || !this.#waiting.delete(one.id)) return
      this.#acknowledged.set(one.id, one.offset)
      onAcknowledged(one)
    }
    const records = outgoing.map(({ record }) => record)
    this.#sends.add(produce(records, acknowledge).then(() => records.forEach(acknowledge)))
  }

  /** A slice was matched. */
  noteMatched(sources: readonly LogRecord[], canaries: number): void {
    this.#matched.push({ sources, canaries })
  }

  /** Reports that were matched before this offset, canaries left out (a slice that is cut counts with its canaries). */
  matchedBefore(offset: number): number {
    let reports = 0
    for (const { sources, canaries } of this.#matched) {
      const isWhole = sources.length > 0 && sources[sources.length - 1].offset < offset
      reports += isWhole
        ? sources.length - canaries
        : sources.filter((source) => source.offset < offset).length
    }
    return reports
  }

  /** Resolves once more may be sent. */
  room(): Promise<void> {
    return this.#sends.room()
  }

  /** Resolves once all that was sent is acknowledged or has failed. Never rejects. */
  settled(): Promise<void> {
    return this.#sends.settled()
  }

  get failure(): { readonly error: unknown } | undefined {
    return this.#sends.failure
  }

  /** Hits and dead letters that are not acknowledged. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Everything before this offset is done, of a batch that was matched up to `matchedTo`. */
  doneTo(matchedTo: number): number {
    return Math.min(matchedTo, ...this.#waiting.values())
  }

  /**
   * The positions of the known set to commit with everything before `doneTo`: one at or above which all of that was
   * matched, and one at or above which everything from there on will be.
   */
  positions(doneTo: number): { readonly position: string; readonly newestPosition: string } {
    // Hits of an earlier attempt were matched then, and are not published again.
    const newestPosition = doneTo < this.#earlierEnd ? this.#earlierPosition : this.#position
    return { position: this.#earlierPosition, newestPosition }
  }

  /** What the next attempt needs to know, which begins at `doneTo`. */
  leftFor(doneTo: number): Earlier {
    const acknowledged = new Map(this.#acknowledged.entries().filter(([, offset]) => offset >= doneTo))
    return { acknowledged, position: this.positions(doneTo).newestPosition }
  }
}
