// One partition of a log in memory: records in the order of their offsets, which may leave gaps, as in Kafka.
import type { LogRecord, OutgoingRecord, ReadBatch } from './event-log.ts'

export class MemoryPartition {
  readonly #records: LogRecord[] = []
  #end = 0

  /** The offset of the next record. */
  get end(): number {
    return this.#end
  }

  /** Returns the record's offset. */
  append({ key, value, headers = {} }: OutgoingRecord, timestampMs: number): number {
    const offset = this.#end++
    this.#records.push({
      offset,
      timestampMs,
      key: key === null ? null : Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
      headers,
    })
    return offset
  }

  /** The records of at most `span` offsets from this one on; at the end it moves nothing. */
  read(from: number, span: number): Pick<ReadBatch, 'records' | 'nextOffset' | 'endOffset'> {
    const nextOffset = Math.max(from, Math.min(this.#end, from + span))
    const records = this.#records.slice(this.#placeOf(from), this.#placeOf(nextOffset))
    return { records, nextOffset, endOffset: this.#end }
  }

  /** Of the first record that is not older than this time; without one, the end. */
  offsetSince(timestampMs: number): number {
    return this.#records.find((record) => record.timestampMs >= timestampMs)?.offset ?? this.#end
  }

  /** The next records get higher offsets: those between are of nothing that is delivered. */
  skip(offsets: number): void {
    this.#end += offsets
  }

  /** Leaves the last record of each key, as compaction does: a removal stays, too. */
  compact(): void {
    const last = new Map(this.#records.map(({ key, offset }) => [key?.toString('latin1'), offset]))
    const kept = this.#records.filter(({ key, offset }) => last.get(key?.toString('latin1')) === offset)
    this.#records.splice(0, this.#records.length, ...kept)
  }

  clear(): void {
    this.#records.length = 0
    this.#end = 0
  }

  /** The index of the first record at this offset or after it. */
  #placeOf(offset: number): number {
    let low = 0
    let high = this.#records.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#records[middle].offset < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** FNV-1a: spreads keys over partitions, the same key always to the same one. */
export function partitionOfKey(key: OutgoingRecord['key'], partitions: number): number {
  if (key === null) return 0
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash % partitions
}
