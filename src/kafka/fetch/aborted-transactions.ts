// Which batches of a fetch belong to aborted transactions, as KIP-98 has it: a consumer leaves out the batches of a
// producer from the first offset of its aborted transaction to its next marker.
import type { StoredBatch } from './record-batch.ts'

/** One entry of the list that the broker sends with each fetch: all aborted transactions that the fetch touches. */
export interface AbortedTransaction {
  readonly producerId: bigint
  /** May lie before the fetch: the transaction can be larger than one. */
  readonly firstOffset: number
}

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
   * Whether the next batch is to be left out. A producer has one transaction at a time, so its next marker ends the aborted
   * one, whatever that marker holds: compaction may have emptied it, and what can't be read must not hide what follows.
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
    if (!this.#open.has(batch.producerId)) return false
    if (!batch.isControl) return true
    this.#open.delete(batch.producerId)
    return false
  }
}
