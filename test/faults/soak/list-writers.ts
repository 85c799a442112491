// Writes the known-hash list by librdkafka: an idempotent and a transactional producer in turn, in every codec.
import { encodeKnownHash, knownHashKey, type KnownHash } from '../../../src/contract/known-hash.ts'
import type { OutgoingRecord } from '../../../src/log/event-log.ts'
import type { Random } from '../../../src/sample/random-hash.ts'
import type { ListWriter } from '../known-list.ts'
import { CODECS, type Codec, type JobResult, type OtherProducer } from './librdkafka.ts'

/** A producer gets another codec, and with it a new producer id, after this number of jobs on average. */
const JOBS_A_CODEC = 8

export class ListWriters implements ListWriter {
  readonly #producers: readonly OtherProducer[]
  readonly #topic: string
  readonly #random: Random
  readonly #codecs = new Map<OtherProducer, Codec>()
  /** A job of another codec is a new producer's. */
  readonly #last = new Map<OtherProducer, Codec>()
  readonly #counts = { committed: 0, aborted: 0, unknown: 0 }
  readonly #aborted: KnownHash[] = []
  #jobs = 0

  constructor(producers: readonly OtherProducer[], topic: string, random: Random) {
    this.#producers = producers
    this.#topic = topic
    this.#random = random
  }

  /** What became of the jobs. */
  get counts(): Readonly<Record<JobResult['outcome'], number>> {
    return this.#counts
  }

  /** Entries that stood in aborted transactions only: they must never be known. */
  get aborted(): readonly KnownHash[] {
    return this.#aborted
  }

  addKnown(...entries: readonly KnownHash[]): Promise<void> {
    return this.#publish(
      entries.map((entry) => ({ key: knownHashKey(entry), value: encodeKnownHash(entry) })),
    )
  }

  removeKnown(...entries: readonly KnownHash[]): Promise<void> {
    return this.#publish(entries.map((entry) => ({ key: knownHashKey(entry), value: null })))
  }

  /** Sends entries that no list has in a transaction that is aborted. */
  async abort(entries: readonly KnownHash[]): Promise<void> {
    const producer = this.#producers.find(({ kind }) => kind === 'transactional')
    if (!producer) throw new Error('The list has no transactional producer')
    const records = entries.map((entry) => ({ key: knownHashKey(entry), value: encodeKnownHash(entry) }))
    const codec = this.#codecOf(producer)
    const { outcome } = await producer.send({ topic: this.#topic, records, codec, transaction: 'abort' })
    // After an error it is aborted, too: its commit was never asked for.
    this.#counts[outcome]++
    this.#aborted.push(...entries)
  }

  /** The next jobs are new producers', with ids of their own. */
  renew(): void {
    this.#codecs.clear()
  }

  /** Rejects if the records may not all be there; records that are sent again then come twice, or for the first time. */
  async #publish(records: readonly OutgoingRecord[]): Promise<void> {
    const producer = this.#producers[this.#jobs++ % this.#producers.length]
    const transaction = producer.kind === 'transactional' ? { transaction: 'commit' as const } : {}
    const codec = this.#codecOf(producer)
    const { outcome, error } = await producer.send({ topic: this.#topic, records, codec, ...transaction })
    this.#counts[outcome]++
    if (outcome !== 'committed') throw new Error(`A change of the list was not written: ${error}`)
  }

  #codecOf(producer: OtherProducer): Codec {
    const now = this.#codecs.get(producer)
    if (now !== undefined && this.#random() > 1 / JOBS_A_CODEC) return now
    const last = this.#last.get(producer)
    const next = anyCodec(
      this.#random,
      CODECS.filter((codec) => codec !== last),
    )
    this.#codecs.set(producer, next)
    this.#last.set(producer, next)
    return next
  }
}

export const anyCodec = (random: Random, from: readonly Codec[] = CODECS): Codec =>
  from[Math.floor(random() * from.length)]
