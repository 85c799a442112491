// Which batches of a fetch belong to aborted transactions, as KIP-98 has it: a consumer leaves out the batches of a
// producer from the first offset of its aborted transaction to its next abort marker.
import { BatchUnreadableError, readRecords, type StoredBatch } from './record-batch.ts'
import type { LogRecord } from '../../log/event-log.ts'

/** One entry of the list that the broker sends with each fetch: all aborted transactions that the fetch touches. */
export interface AbortedTransaction {
  readonly producerId: bigint
  /** May lie before the fetch: the transaction can be larger than one. */
  readonly firstOffset: number
}

/** The key of a marker: its version, then its type, each of 16 bits. */
const MARKER_TYPE_AT = 2
const ABORT = 0

/** Follows the batches of one fetch, in the order of their offsets. */
export class AbortedTransactions {
  /** By first offset, the lowest last. The broker's own order may be another. */
  readonly #ahead: AbortedTransaction[]
  /** Producers that are within an aborted transaction. */
  readonly #open = new Set<bigint>()

  constructor(ofFetch: readonly AbortedTransaction[]) {
    this.#ahead = [...ofFetch].sort((a, b) => b.firstOffset - a.firstOffset)
  }

  /**
   * Whether the next batch is to be left out.
   * @throws BatchUnreadableError If it says that it holds a marker, and its bytes are none.
   */
  leavesOut(batch: StoredBatch): boolean {
    if (!batch.isTransactional) return false
    for (
      let next = this.#ahead.at(-1);
      next && next.firstOffset <= batch.lastOffset;
      next = this.#ahead.at(-1)
    ) {
      this.#open.add(next.producerId)
      this.#ahead.pop()
    }
    // Before it is read, which few batches need: most topics know no transactions, and most transactions don't abort.
    if (!this.#open.has(batch.producerId)) return false
    if (!batch.isControl) return true
    if (isAbortMarker(batch)) this.#open.delete(batch.producerId)
    return false
  }
}

/** Compaction may have emptied a control batch. */
function isAbortMarker(batch: StoredBatch): boolean {
  const markers: LogRecord[] = []
  readRecords(batch, batch.packed, Infinity, markers)
  return markers.some(({ key }) => {
    if (key === null || key.length < MARKER_TYPE_AT + 2)
      throw new BatchUnreadableError('The marker of a transaction has no type.')
    return key.readInt16BE(MARKER_TYPE_AT) === ABORT
  })
}
