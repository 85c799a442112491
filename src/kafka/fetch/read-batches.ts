// Reads the batches of a fetch within bounds of memory. kafkajs's own decoder unpacks whatever comes, takes time in the
// square of a record's headers, and spreads a batch's records over the stack; where it fails, the consumer fails.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { RefusedBatch } from '../../contract/dead-letter.ts'
import type { LogRecord } from '../../log/event-log.ts'
import { AbortedTransactions, type AbortedTransaction } from './aborted-transactions.ts'
import { MAX_UNPACKED_BYTES, unpack } from './compression.ts'
import {
  BatchTooLargeError,
  BatchUnreadableError,
  boundedLastOffset,
  checkPlace,
  isIntact,
  leastBytes,
  readRecords,
  standIn,
  storedBatches,
  type StoredBatch,
} from './record-batch.ts'

/** The memory in bytes that the rest of a fetch may take. One fetch, with all its partitions, has one room. */
export interface Room {
  bytes: number
}

/** What a fetch brought of one partition. */
export interface ReadBatches {
  /** Without markers and aborted records. */
  readonly records: readonly LogRecord[]
  /** Behind the last batch that was read, whether or not a record of it is delivered; undefined if none was read. */
  readonly nextOffset: number | undefined
  /** No record of these batches is newer, milliseconds since 1970; -Infinity if none was read. */
  readonly newestMs: number
  /**
   * The ends of damaged batches, if the fetch has aborted transactions. Such a batch may have been the marker of any of
   * them: after it the fetch's list no longer says which batches are aborted.
   */
  readonly doubtfulFrom: readonly number[]
  /** Why reading can't go on after the last batch that was read, and what to do; undefined if it can. */
  readonly obstacle: string | undefined
}

/** Decoding yields to other work this often, in milliseconds. */
const TURN_MS = 5
/** Times beyond this are no dates, but damage (ECMAScript's range). */
const MOST_MS = 8.64e15

/** What the answer to a fetch says of a partition besides its batches. */
export interface FetchFacts {
  readonly aborted: readonly AbortedTransaction[]
  /** The partition's end: no batch reaches beyond it. */
  readonly endOffset: number
}

/**
 * Reads as many batches as there is room for; the rest is fetched again. A batch for which there is no room in all of a
 * fetch, or that is damaged, is refused as a whole, and one record stands for it.
 */
export async function readBatches(bytes: Buffer, room: Room, facts: FetchFacts): Promise<ReadBatches> {
  const aborted = new AbortedTransactions(facts.aborted)
  const records: LogRecord[] = []
  let nextOffset: number | undefined
  let newestMs = -Infinity
  const doubtfulFrom: number[] = []
  let sinceMs = performance.now()
  let obstacle: string | undefined
  try {
    for (const stored of storedBatches(bytes)) {
      if (performance.now() - sinceMs >= TURN_MS) {
        await nextTurn()
        sinceMs = performance.now()
      }
      const isDamaged = !isIntact(stored)
      // The checksum doesn't cover the first offset, and damage to a length leads into the midst of a batch.
      checkPlace(stored.firstOffset, { from: nextOffset ?? 0, end: isDamaged ? facts.endOffset : Infinity })
      const batch = isDamaged ? { ...stored, lastOffset: boundedLastOffset(stored, facts.endOffset) } : stored
      if (isDamaged) records.push(standIn(batch, 'batch-unreadable'))
      else if (!(await readWithin(room, batch, aborted, records))) break
      nextOffset = batch.lastOffset + 1
      if (isDamaged && facts.aborted.length > 0) doubtfulFrom.push(nextOffset)
      if (batch.timestamps.max < MOST_MS) newestMs = Math.max(newestMs, batch.timestamps.max)
      if (room.bytes <= 0) break
    }
  } catch (error) {
    // The other partitions of the fetch go on.
    if (!(error instanceof BatchUnreadableError)) throw error
    obstacle = error.message
  }
  return { records, nextOffset, newestMs, doubtfulFrom, obstacle }
}

/** Reads one batch into `records`, or what stands for it; false if it is left for the next fetch. */
async function readWithin(
  room: Room,
  batch: StoredBatch,
  aborted: AbortedTransactions,
  records: LogRecord[],
): Promise<boolean> {
  const isFirst = room.bytes === MAX_UNPACKED_BYTES
  const before = records.length
  try {
    if (aborted.leavesOut(batch) || batch.isControl) return true
    room.bytes -= await readBatch(batch, room.bytes, records)
  } catch (error) {
    records.length = before
    const code = refusalCode(error)
    if (code === 'batch-too-large' && !isFirst) {
      room.bytes = 0
      return false
    }
    // The memory that was taken in vain isn't given back at once.
    room.bytes = code === 'batch-too-large' ? 0 : room.bytes - 1
    records.push(standIn(batch, code))
  }
  return true
}

async function readBatch(batch: StoredBatch, maxBytes: number, records: LogRecord[]): Promise<number> {
  // Compaction has emptied it, and keeps its header for its offsets.
  if (batch.count === 0 && batch.packed.length === 0) return 0
  const least = leastBytes(batch)
  if (least > maxBytes) throw new BatchTooLargeError()
  const bytes = await unpack(batch.codec, batch.packed, maxBytes - least)
  return readRecords(batch, bytes, maxBytes, records)
}

const NO_MEMORY = new Set(['Z_MEM_ERROR', 'ZSTD_error_memory_allocation', 'ERR_MEMORY_ALLOCATION_FAILED'])

/** Why a batch is refused. That memory is short at the moment is no fault of the batch: then it is fetched again. */
function refusalCode(error: unknown): RefusedBatch['code'] {
  if (error instanceof BatchTooLargeError) return 'batch-too-large'
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
  // V8's own error of an allocation has no code; Node's, of bytes that end too soon, has one.
  const isOutOfMemory = typeof code === 'string' ? NO_MEMORY.has(code) : error instanceof RangeError
  if (isOutOfMemory) throw error
  return 'batch-unreadable'
}
