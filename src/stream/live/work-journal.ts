// A note of the records in work, which outlives the thread that works on them.
import type { RecordPointer } from '../../contract/dead-letter.ts'
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
/** Twice what a member works on side by side: after a failure what it had in work may still be ending. */
const PLACES = 2 * PARTITIONS_IN_FLIGHT
const NONE = -1

/**
 * What a thread is working on, in shared memory: it outlives the thread, and so tells what may have killed it.
 */
export class WorkJournal {
  readonly block: SharedArrayBuffer
  readonly #fields: Float64Array
  readonly #names: Buffer

  /** A new journal, or that of another thread. */
  constructor(block?: SharedArrayBuffer) {
    this.block = block ?? new SharedArrayBuffer(PLACES * (FIELDS * 8 + NAME_BYTES))
    this.#fields = new Float64Array(this.block, 0, PLACES * FIELDS)
    this.#names = Buffer.from(this.block, PLACES * FIELDS * 8)
    if (!block) this.clear()
  }

  /** Nothing is in work. */
  clear(): void {
    this.#fields.fill(NONE)
  }

  /** Notes that a span is in work; returns what ends that. */
  begin({ topic, partition, from, to }: WorkSpan): () => void {
    for (let at = 0, name = 0; at < this.#fields.length; at += FIELDS, name += NAME_BYTES) {
      if (this.#fields[at] !== NONE) continue
      this.#names[name] = this.#names.write(topic, name + 1, NAME_BYTES - 1, 'latin1')
      this.#fields.set([partition, from, to], at)
      return () => {
        this.#fields[at] = NONE
      }
    }
    throw new RangeError(`More than ${PLACES} batches are in work at once.`)
  }

  /** The spans in work. */
  spans(): WorkSpan[] {
    const spans: WorkSpan[] = []
    for (let at = 0, name = 0; at < this.#fields.length; at += FIELDS, name += NAME_BYTES) {
      const [partition, from, to] = this.#fields.subarray(at, at + FIELDS)
      if (partition === NONE) continue
      const topic = this.#names.toString('latin1', name + 1, name + 1 + this.#names[name])
      spans.push({ topic, partition, from, to })
    }
    return spans
  }
}

/** What killed threads has taught: how a member works on a partition from now on. */
export interface Caution {
  /** Spans that are worked on record by record, so that the next death tells which one it was. */
  readonly singly: readonly WorkSpan[]
  /** Records that are not touched any more: dead letters, unread. */
  readonly condemned: readonly RecordPointer[]
}

export const NO_CAUTION: Caution = { singly: [], condemned: [] }

const DEATHS_TO_WORK_SINGLY = 2
const DEATHS_TO_CONDEMN = 3

/** Learns from deaths: two near one offset, and it is approached in single steps; three, and the record is left out. */
export class DeathLedger {
  readonly #deaths: WorkSpan[] = []
  #caution = NO_CAUTION

  get caution(): Caution {
    return this.#caution
  }

  /** A thread died while it worked on these. Returns whether there is more to be cautious of. */
  note(spans: readonly WorkSpan[]): boolean {
    this.#deaths.push(...spans)
    const condemned = [...this.#caution.condemned]
    const singly = [...this.#caution.singly]
    for (const span of spans) {
      const { topic, partition, from, to } = span
      const killed = this.#deaths.filter((death) => overlap(death, span)).length
      if (from === to && killed >= DEATHS_TO_CONDEMN) condemned.push({ topic, partition, offset: from })
      else if (killed >= DEATHS_TO_WORK_SINGLY) singly.push(span)
    }
    const isMore =
      condemned.length > this.#caution.condemned.length || singly.length > this.#caution.singly.length
    this.#caution = { singly, condemned }
    return isMore
  }
}

const overlap = (a: WorkSpan, b: WorkSpan): boolean =>
  a.topic === b.topic && a.partition === b.partition && a.from <= b.to && b.from <= a.to

/** Whether any record of the span must be worked on alone. */
export const isSingly = ({ singly }: Caution, span: WorkSpan): boolean =>
  singly.some((careful) => overlap(careful, span))

export const isCondemned = ({ condemned }: Pick<Caution, 'condemned'>, at: RecordPointer): boolean =>
  condemned.some(
    ({ topic, partition, offset }) =>
      topic === at.topic && partition === at.partition && offset === at.offset,
  )
