// What a thread is working on, in shared memory. It outlives the thread, and so says which records may have killed it.
import { PARTITIONS_IN_FLIGHT } from '../../log/event-log.ts'

/** Records that are being worked on: a partition's from one offset to another, both included. */
export interface WorkSpan {
  readonly topic: string
  readonly partition: number
  readonly from: number
  readonly to: number
}

const FIELDS = 3
/** Kafka's topics have at most 249 characters, all of ASCII; one byte before them says how many. */
const NAME_BYTES = 256
/** Twice the batches that a member works on side by side: after a failure earlier ones may still be ending. */
const PLACES = 2 * PARTITIONS_IN_FLIGHT
const FREE = -1

export class WorkJournal {
  readonly block: SharedArrayBuffer
  readonly #fields: Float64Array
  readonly #names: Buffer

  /** A new journal, or that of another thread, by its block. */
  constructor(block?: SharedArrayBuffer) {
    this.block = block ?? new SharedArrayBuffer(PLACES * (FIELDS * 8 + NAME_BYTES))
    this.#fields = new Float64Array(this.block, 0, PLACES * FIELDS)
    this.#names = Buffer.from(this.block, PLACES * FIELDS * 8)
    if (!block) this.clear()
  }

  /** Forgets all spans. */
  clear(): void {
    this.#fields.fill(FREE)
  }

  /** Notes that a span is in work; returns the function that ends it. */
  begin({ topic, partition, from, to }: WorkSpan): () => void {
    for (let at = 0, name = 0; at < this.#fields.length; at += FIELDS, name += NAME_BYTES) {
      if (this.#fields[at] !== FREE) continue
      this.#names[name] = this.#names.write(topic, name + 1, NAME_BYTES - 1, 'latin1')
      this.#fields.set([partition, from, to], at)
      return () => {
        this.#fields[at] = FREE
      }
    }
    throw new RangeError(`More than ${PLACES} batches are in work at once.`)
  }

  /** The spans in work. */
  spans(): WorkSpan[] {
    const spans: WorkSpan[] = []
    for (let at = 0, name = 0; at < this.#fields.length; at += FIELDS, name += NAME_BYTES) {
      const [partition, from, to] = this.#fields.subarray(at, at + FIELDS)
      if (partition === FREE) continue
      const topic = this.#names.toString('latin1', name + 1, name + 1 + this.#names[name])
      spans.push({ topic, partition, from, to })
    }
    return spans
  }
}
