// Compaction of known-hashes within seconds, and what it has left of the topic's batches on the broker's disk.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { STORAGE } from '../../../src/cli/local/broker-storage.ts'

/** Settings of a topic that the broker compacts as soon as it can. */
export const EAGER_COMPACTION: Readonly<Record<string, string>> = {
  'segment.ms': '3000',
  'segment.bytes': '1048576',
  'min.cleanable.dirty.ratio': '0.01',
  'min.compaction.lag.ms': '0',
  'max.compaction.lag.ms': '5000',
}

/** Of the broker: how long its cleaner rests. */
export const EAGER_CLEANER: Readonly<Record<string, string>> = { 'log.cleaner.backoff.ms': '500' }

/** What stands in a partition's segments. */
export interface SegmentFigures {
  readonly segments: number
  readonly batches: number
  /** Without records: the last ones of their producers, which compaction keeps for their sequence numbers. */
  readonly emptyBatches: number
  /** Segments whose last batch is empty: a fetch behind their last record brings none. */
  readonly segmentsThatEndEmpty: number
}

// Fields of a record batch, by the byte at which they begin (Kafka's message format, magic 2).
const LENGTH_AT = 8
const RECORDS_AT = 57
const HEAD_BYTES = 61
/** Of a batch, what `length` doesn't count. */
const LENGTH_END = 12

/** Reads the segments of a topic's one partition where the broker keeps them. */
export function segmentFigures(dataDir: string, topic: string): SegmentFigures {
  const folder = join(dataDir, STORAGE['log.dirs'], `${topic}-0`)
  const files = readdirSync(folder).filter((name) => name.endsWith('.log'))
  const counts = files.map((name) => recordCounts(readFileSync(join(folder, name))))
  return {
    segments: files.length,
    batches: counts.reduce((sum, { length }) => sum + length, 0),
    emptyBatches: counts.flat().filter((records) => records === 0).length,
    segmentsThatEndEmpty: counts.filter((ofSegment) => ofSegment.at(-1) === 0).length,
  }
}

/** How many records each batch of a segment has. The last batch may still be on its way to the file. */
function recordCounts(segment: Buffer): readonly number[] {
  const counts: number[] = []
  for (let at = 0; at + HEAD_BYTES <= segment.length; at += LENGTH_END + segment.readInt32BE(at + LENGTH_AT))
    counts.push(segment.readInt32BE(at + RECORDS_AT))
  return counts
}
